/// The Latin letters outside of ASCII that codes may have: those of the blocks Latin-1, Latin Extended-A, -B and
/// Additional that have both cases or marks, and the other case of each wherever it stands. Letters of phonetic alphabets
/// and compatibility forms are none of them.
enum LatinLetters {
  /// Whether a scalar is such a letter.
  static func contains(_ scalar: Unicode.Scalar) -> Bool {
    for range in ranges {
      if scalar.value < range.lowerBound { return false }
      if scalar.value <= range.upperBound { return true }
    }
    return false
  }

  /// The letter that a base letter and its marks make together; nil if there is none, as for `x` with an acute.
  static func composed(_ parts: String) -> Unicode.Scalar? {
    // Characters are equal if they are canonically equivalent, however many scalars each is made of.
    parts.count == 1 ? letters[Character(parts)] : nil
  }

  /// The capital of a letter, by simple case mapping: one scalar for one. A letter without a capital stays, `ß` as well;
  /// its rare capital is the same letter in codes.
  static func raised(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar == "\u{1E9E}" { return "\u{DF}" }
    let raised = scalar.properties.uppercaseMapping.unicodeScalars
    guard let first = raised.first, raised.count == 1 else { return scalar }
    return first
  }

  private static let letters: [Character: Unicode.Scalar] = {
    var letters: [Character: Unicode.Scalar] = [:]
    for scalar in ranges.joined().compactMap(Unicode.Scalar.init) { letters[Character(scalar)] = scalar }
    return letters
  }()

  private static let ranges: [ClosedRange<UInt32>] = table.split(separator: ";").compactMap { entry in
    let bounds = entry.split(separator: " ").compactMap { UInt32($0, radix: 16) }
    return bounds.count == 2 ? bounds[0]...bounds[1] : nil
  }

  // First and last scalar of each run.
  private static let table = """
    c0 d6;d8 f6;f8 131;134 137;139 13e;141 148;14a 17e;180 18c;18e 19a;19c 1a9;1ac 1b9;1bc 1bd;1bf 1bf;\
    1cd 1f0;1f4 220;222 233;23a 24f;253 254;256 257;259 259;25b 25b;260 260;263 263;268 269;26f 26f;\
    272 272;275 275;280 280;283 283;288 28c;292 292;1e00 1e99;1e9e 1e9e;1ea0 1eff;2c65 2c66;2c7e 2c7f
    """
}
