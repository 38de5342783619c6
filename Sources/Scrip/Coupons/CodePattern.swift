/// A pattern for generated codes: each `#` becomes a random character, everything else stays. Hyphens are for show.
public struct CodePattern: Hashable, Sendable {
  /// Thirty characters: no 0 and O, no 1, I and L, which people mistake, and no U, which makes words.
  public static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  /// The fewest random characters of a code that belongs to one person: 30¹³ is above 2⁶⁰.
  public static let personalCharactersMin = 13
  /// With so many random characters at most, the codes of a pattern are counted: 30⁴ are 810 000.
  static let countedCharactersMax = 4
  /// With more than so many random characters no shop comes near half of the codes: 30⁷ are 21 billion.
  static let limitedCharactersMax = 6

  /// The pattern's characters in UTF-8, as they are shown.
  public let characters: [UInt8]
  /// How many characters are random.
  public let randomCharacters: Int
  /// What all of its codes have in common.
  public let skeleton: PatternSkeleton

  /// Nil unless there is a `#`, nothing in it is a control character and every code of the pattern is well-formed, of
  /// letters of ASCII, digits, underscores and hyphens.
  public init?(_ text: String) {
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) { return nil }
    let text = CouponCode.shown(text)
    characters = Array(text.utf8)
    randomCharacters = characters.count { $0 == UInt8(ascii: "#") }
    guard randomCharacters > 0, CouponCode(text.replacing("#", with: "2")) != nil,
      let skeleton = PatternSkeleton(text)
    else { return nil }
    self.skeleton = skeleton
  }

  /// How many codes there are; `Int.max` where there are more.
  public var keyspace: Int { skeleton.keyspace }

  /// How many codes to draw so that as many as wanted are likely to be free, even if half of the pattern's codes are
  /// taken; for patterns whose codes are not counted enough of them to judge by.
  public func draws(for wanted: Int) -> Int {
    if randomCharacters > CodePattern.limitedCharactersMax { return wanted + max(16, wanted / 100) }
    let likely = 2 * wanted + 8 * Int(Double(2 * wanted).squareRoot()) + 16
    return min(keyspace, skeleton.isCounted ? likely : max(likely, PatternSkeleton.sampleMin))
  }
}

/// What the codes of a pattern have in common: the skeleton of each, with `#` for a random character.
public struct PatternSkeleton: Hashable, Sendable {
  /// A sample of so many random codes tells well enough whether half of a pattern's codes are taken.
  public static let sampleMin = 400

  /// The skeleton, such as `G01D10######`.
  @Exact public private(set) var text: String

  /// The skeleton of a pattern; nil if it has other characters than generated codes have.
  init?(_ pattern: String) {
    var bytes: [UInt8] = []
    for byte in pattern.utf8 where byte != UInt8(ascii: "-") {
      let raised = CodeAlphabet.raised(byte)
      guard CodeAlphabet.isAlphanumeric(raised) || raised == UInt8(ascii: "_") || raised == UInt8(ascii: "#")
      else {
        return nil
      }
      bytes.append(CodeSkeleton.folded(raised))
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  var randomCharacters: Int { text.utf8.count { $0 == UInt8(ascii: "#") } }

  /// How many codes there are; `Int.max` where there are more.
  public var keyspace: Int {
    var size = 1
    for _ in 0..<randomCharacters {
      let (next, overflow) = size.multipliedReportingOverflow(by: CodePattern.alphabet.count)
      if overflow { return .max }
      size = next
    }
    return size
  }

  /// How many of its codes may be given out: more, and trying some finds one.
  public var codesMax: Int { keyspace / 2 }

  /// Whether its codes are counted; those of longer patterns are judged by a sample.
  public var isCounted: Bool { randomCharacters <= CodePattern.countedCharactersMax }

  /// Whether so few codes are possible that half of them may ever be given out.
  public var isLimited: Bool { randomCharacters <= CodePattern.limitedCharactersMax }

  /// How many characters its codes' skeletons have.
  public var length: Int { text.utf8.count }

  /// The first skeleton that can be one of its codes', and the first behind all of them.
  public var bounds: (first: String, end: String) {
    let fixed = String(text.prefix { $0 != "#" })
    return (fixed + "2", fixed + "[")
  }

  /// An expression for its codes' skeletons that SQLite's `GLOB` understands, and PostgreSQL between `^` and `$`.
  public var expression: String { text.replacing("#", with: "[2-9A-HJKMNP-TV-Z]") }

  /// Whether a skeleton is that of one of its codes.
  public func matches(_ skeleton: CodeSkeleton) -> Bool {
    let (pattern, other) = (text.utf8, skeleton.text.utf8)
    return pattern.count == other.count
      && zip(pattern, other).allSatisfy { expected, byte in
        expected == UInt8(ascii: "#") ? CodePattern.alphabet.contains(byte) : expected == byte
      }
  }
}
