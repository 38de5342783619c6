/// What an identifier identifies: gives it its own Swift type and its prefix in text.
public protocol Identified {
  /// The word before the underscore: `coupon` in `coupon_01j…`.
  static var prefix: String { get }
}

/// A 128-bit UUIDv7 that can't be mistaken for the identifier of something else.
///
/// Outside it is text, `coupon_` and 26 characters of Crockford's base 32 that sort as the number does.
public struct Identifier<Subject: Identified>: Sendable, BitwiseCopyable {
  /// The UUID as a number, most significant byte first.
  public let value: UInt128

  /// An identifier from the 128 bits of its UUID.
  public init(_ value: UInt128) { self.value = value }

  /// Reads the text form; nil for another prefix, a wrong length or a character outside the alphabet.
  public init?(_ text: some StringProtocol) { self.init(utf8: String(text).utf8.span) }

  private init?(utf8 bytes: Span<UInt8>) {
    let prefix = Subject.prefix.utf8.span
    guard bytes.count == prefix.count + 27, bytes[prefix.count] == UInt8(ascii: "_") else { return nil }
    for index in prefix.indices where bytes[index] != prefix[index] { return nil }
    guard let value = Base32.value(bytes.extracting((prefix.count + 1)...)) else { return nil }
    self.value = value
  }
}

extension Identifier: Hashable, Comparable, CustomStringConvertible {
  /// Two identifiers are the same if their bits are.
  public static func == (left: Self, right: Self) -> Bool { left.value == right.value }

  /// Hashes the low half, which is random in a UUIDv7.
  public func hash(into hasher: inout Hasher) { hasher.combine(UInt64(truncatingIfNeeded: value)) }

  /// Older is less: the high bits are the time of creation.
  public static func < (left: Self, right: Self) -> Bool { left.value < right.value }

  /// The prefixed text form.
  public var description: String {
    let text = [UInt8](capacity: Self.textLength) { append(to: &$0) }
    return String(decoding: text, as: UTF8.self)
  }

  /// How many bytes the text form has.
  public static var textLength: Int { Subject.prefix.utf8.count + 27 }

  /// Appends the text form where there is room for `textLength` bytes.
  public func append(to text: inout OutputSpan<UInt8>) {
    let prefix = Subject.prefix
    let bytes = prefix.utf8.span
    for index in bytes.indices { text.append(bytes[index]) }
    text.append(UInt8(ascii: "_"))
    Base32.append(value, to: &text)
  }
}

/// Crockford's base 32 in lower case: no i, l, o or u.
enum Base32 {
  static let digits: [UInt8?] = {
    var digits = [UInt8?](repeating: nil, count: 256)
    for (digit, character) in "0123456789abcdefghjkmnpqrstvwxyz".utf8.enumerated() {
      digits[Int(character)] = UInt8(digit)
    }
    return digits
  }()

  /// Reads 26 characters; nil for anything else.
  static func value(_ bytes: Span<UInt8>) -> UInt128? {
    guard bytes.count == 26, bytes[0] <= UInt8(ascii: "7") else { return nil }
    let digits = digits
    var value: UInt128 = 0
    for index in bytes.indices {
      guard let digit = digits[Int(bytes[index])] else { return nil }
      value = value << 5 | UInt128(digit)
    }
    return value
  }

  /// 26 characters.
  static func text(_ value: UInt128) -> String {
    String(decoding: [UInt8](capacity: 26) { append(value, to: &$0) }, as: UTF8.self)
  }

  /// Appends 26 characters: the highest three bits, then five at a time.
  static func append(_ value: UInt128, to text: inout OutputSpan<UInt8>) {
    unsafe text.withUnsafeMutableBufferPointer { room, count in
      precondition(room.count - count >= 26, "there is room for an identifier")
      // In pieces that fit into words, because shifts of 128 bits cost several times as much.
      unsafe put(UInt64(truncatingIfNeeded: value >> 120), digits: 2, in: room, at: &count)
      unsafe put(UInt64(truncatingIfNeeded: value >> 60), digits: 12, in: room, at: &count)
      unsafe put(UInt64(truncatingIfNeeded: value), digits: 12, in: room, at: &count)
    }
  }

  @inline(__always)
  private static func put(
    _ value: UInt64, digits: Int, in room: UnsafeMutableBufferPointer<UInt8>, at count: inout Int
  ) {
    let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
    var shift = UInt64(5 * digits)
    while shift > 0 {
      shift &-= 5
      unsafe room[count] = alphabet.utf8Start[Int(truncatingIfNeeded: value &>> shift & 31)]
      count &+= 1
    }
  }
}

/// Where new identifiers come from; injected, so that a decision can be replayed.
public struct IdentifierSource: Sendable {
  private let random: @Sendable () -> UInt128

  /// A source over 128 fresh random bits a call.
  public init(random: @escaping @Sendable () -> UInt128) { self.random = random }

  /// A new UUIDv7: 48 bits of milliseconds, version, then random bits (RFC 9562, section 5.7).
  public func next<Subject>(at now: Instant) -> Identifier<Subject> {
    let milliseconds = UInt128(UInt64(max(0, now.microseconds / 1000))) & 0xFFFF_FFFF_FFFF
    let noise = random()
    let versioned = 0x7000 | (noise >> 64 & 0x0FFF)
    let variant = UInt128(0x8000_0000_0000_0000) | (noise & 0x3FFF_FFFF_FFFF_FFFF)
    return Identifier(milliseconds << 80 | versioned << 64 | variant)
  }
}
