/// A 256-bit hash or authentication code; equal only if all 32 bytes are.
///
/// Comparing with `==` may stop early: for secrets use ``constantTimeEquals(_:_:)-(Hash256,Hash256)``.
public struct Hash256: Hashable, Sendable {
  /// The hash as four numbers, most significant byte first.
  let words: (UInt64, UInt64, UInt64, UInt64)

  /// The number of bytes in a hash.
  public static let byteCount = 32

  /// Thirty-two zero bytes: what stands before the first link of a chain.
  public static let zero = Hash256(words: (0, 0, 0, 0))

  init(words: (UInt64, UInt64, UInt64, UInt64)) { self.words = words }

  /// The hash with these 32 bytes; nil for any other number of bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == Self.byteCount else { return nil }
    let found = bytes.withContiguousStorageIfAvailable { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      return unsafe (
        bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
      )
    }
    if let found {
      self.init(bigEndianWords: found)
      return
    }
    var rest = bytes.makeIterator()
    func word() -> UInt64 {
      var word: UInt64 = 0
      for _ in 0..<8 { word = word << 8 | UInt64(rest.next() ?? 0) }
      return word
    }
    self.init(words: (word(), word(), word(), word()))
  }

  /// The hash with these 64 hexadecimal digits of either case; nil for any other text.
  public init?(hex: String) {
    let digits = hex.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count == 2 * Self.byteCount, hex.utf8.count == digits.count else { return nil }
    self.init(bytes: stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) })
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    unsafe withUnsafeBytes(of: bigEndianWords) { unsafe Array($0) }
  }

  /// The 32 bytes as they lie in memory.
  var bigEndianWords: (UInt64, UInt64, UInt64, UInt64) {
    (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian)
  }

  /// The first 16 bytes as a number, most significant byte first.
  public var leadingHalf: UInt128 { UInt128(words.0) << 64 | UInt128(words.1) }

  /// The 64 lowercase hexadecimal digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Whether all 32 bytes are equal.
  public static func == (left: Hash256, right: Hash256) -> Bool { left.words == right.words }

  /// Feeds a part of the hash: no two of them are known that have one in common.
  public func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
}

extension Hash256: CustomStringConvertible {
  /// The 64 lowercase hexadecimal digits.
  public var description: String { hex }
}
