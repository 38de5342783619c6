extension Span<UInt8> {
  /// Whether the bytes in `range` are exactly the UTF-8 bytes of `text`.
  func spells(_ text: String, in range: Range<Int>) -> Bool {
    guard text.utf8.count == range.count else { return false }
    let text = text.utf8.span
    for index in text.indices where self[range.lowerBound + index] != text[index] {
      return false
    }
    return true
  }

  /// Whether the bytes in `range` are those of `text`, ASCII letters compared without case.
  func spellsIgnoringCase(_ text: String, in range: Range<Int>) -> Bool {
    guard text.utf8.count == range.count else { return false }
    let text = text.utf8.span
    for index in text.indices
    where self[range.lowerBound + index].lowercasedASCII != text[index].lowercasedASCII {
      return false
    }
    return true
  }

  /// The range without spaces and tabs at its ends.
  func trimming(_ range: Range<Int>) -> Range<Int> {
    var lower = range.lowerBound
    var upper = range.upperBound
    while lower < upper, self[lower].isBlank { lower += 1 }
    while upper > lower, self[upper - 1].isBlank { upper -= 1 }
    return lower..<upper
  }

  /// The first position of `byte` in `range`.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    var index = range.lowerBound
    while index < range.upperBound {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  /// The bytes in `range` as text; bytes that are not UTF-8 become replacement characters.
  func text(in range: Range<Int>) -> String {
    unsafe extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}

extension UInt8 {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20
  static let comma: UInt8 = 0x2C
  static let slash: UInt8 = 0x2F
  static let colon: UInt8 = 0x3A
  static let semicolon: UInt8 = 0x3B
  static let questionMark: UInt8 = 0x3F

  var isBlank: Bool { self == .space || self == .tab }

  var lowercasedASCII: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }

  /// Whether this byte may stand in a method or field name (RFC 9110, section 5.6.2).
  var isToken: Bool {
    if self < 64 { return Self.tokensBelow64 & (1 << UInt64(self)) != 0 }
    if self < 128 { return Self.tokensFrom64 & (1 << UInt64(self & 63)) != 0 }
    return false
  }

  /// Whether this byte may stand in a field value: visible, blank or beyond ASCII.
  var isFieldContent: Bool { self >= 0x20 ? self != 0x7F : self == .tab }

  /// The value of this byte as a hexadecimal digit.
  var hexadecimalValue: Int? {
    switch self {
    case 0x30...0x39: Int(self) - 0x30
    case 0x41...0x46: Int(self) - 0x41 + 10
    case 0x61...0x66: Int(self) - 0x61 + 10
    default: nil
    }
  }

  // `! # $ % & ' * + - .` and the digits.
  private static let tokensBelow64: UInt64 = 0x03FF_6CFA_0000_0000
  // Letters and `^ _ \` | ~`.
  private static let tokensFrom64: UInt64 = 0x57FF_FFFF_C7FF_FFFE
}
