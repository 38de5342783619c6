/// Which characters codes are made of, and which are dropped around them.
enum CodeAlphabet {
  /// Whether a byte of ASCII is a letter or digit in canonical form.
  static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x30 && byte <= 0x39)
  }

  /// Whether a byte of ASCII is one of the signs that codes may have.
  static func isSymbol(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "%"), UInt8(ascii: "&"),
      UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "@"), UInt8(ascii: "!"), UInt8(ascii: "$"),
      UInt8(ascii: "#"):
      true
    default: false
    }
  }

  /// The capital of a letter of ASCII; anything else stays.
  static func raised(_ byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7A ? byte - 32 : byte }

  /// Whether a byte of ASCII is dropped at the ends: white space, controls, quotation marks and full stops.
  static func isTrimmed(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
      || byte == UInt8(ascii: "`") || byte == UInt8(ascii: ".")
  }

  /// Whether a scalar is dropped at the ends: what is dropped or refused inside, quotation marks and full stops.
  static func isTrimmed(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return isTrimmed(UInt8(scalar.value)) }
    return isDropped(scalar) || isControl(scalar) || trimmed.contains(scalar)
  }

  /// Whether a scalar is dropped wherever it stands: blanks and invisible format characters.
  static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    return !isControl(scalar) && (properties.isWhitespace || properties.generalCategory == .format)
  }

  /// Whether a scalar is refused inside of a code and never kept: controls and the ends of lines and paragraphs.
  static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
    default: false
    }
  }

  private static let trimmed: Set<Unicode.Scalar> = [
    "\u{AB}", "\u{B4}", "\u{BB}", "\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}", "\u{201C}", "\u{201D}",
    "\u{201E}", "\u{201F}", "\u{2024}", "\u{2025}", "\u{2026}", "\u{2032}", "\u{2033}", "\u{2035}",
    "\u{2036}",
    "\u{2039}", "\u{203A}", "\u{275B}", "\u{275C}", "\u{275D}", "\u{275E}", "\u{2E42}", "\u{3002}",
    "\u{300C}",
    "\u{300D}", "\u{300E}", "\u{300F}", "\u{301D}", "\u{301E}", "\u{301F}", "\u{FE52}", "\u{FF02}",
    "\u{FF07}",
    "\u{FF0E}", "\u{FF40}", "\u{FF61}", "\u{FF62}", "\u{FF63}",
  ]
}
