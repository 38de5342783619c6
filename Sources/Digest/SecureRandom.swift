import CCrypto

/// Unpredictable numbers and bytes from the operating system's entropy through libcrypto.
///
/// A process without randomness must not hand out secrets, so running dry is a trap and not an error. A value
/// draws its randomness in blocks, which suits making many codes; the static functions suit single uses.
public struct SecureRandom: RandomNumberGenerator, Sendable {
  private static let blockSize = 512

  private var block: [UInt8] = []
  private var used = 0

  /// A source with its own block.
  public init() {}

  /// Unpredictable bytes.
  public static func bytes(_ count: Int) -> [UInt8] {
    precondition(0...Int(Int32.max) ~= count, "Random bytes are drawn at most 2^31 - 1 at once.")
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let code = unsafe RAND_bytes(buffer.baseAddress, Int32(count))
      precondition(code == 1, "libcrypto has no randomness to give.")
      filled = count
    }
  }

  /// An integer from zero up to but not including a bound, all equally likely.
  public static func integer(below bound: UInt64) -> UInt64 {
    var random = SecureRandom()
    return random.integer(below: bound)
  }

  /// An integer from zero up to but not including a bound, all equally likely.
  public mutating func integer(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "No integer lies below zero.")
    return next(upperBound: bound)
  }

  /// 64 unpredictable bits.
  public mutating func next() -> UInt64 {
    if used == block.count {
      block = Self.bytes(Self.blockSize)
      used = 0
    }
    var bits: UInt64 = 0
    for position in used..<used + 8 {
      bits = bits << 8 | UInt64(block[position])
      // What has been handed out must not be readable from here.
      block[position] = 0
    }
    used += 8
    return bits
  }
}
