import struct Scrip.Exact

/// A language, perhaps with script and country, as in BCP 47: `de`, `de-CH`, `zh-Hant-TW`.
public struct LanguageTag: Sendable, Hashable, CustomStringConvertible {
  @Exact private var text: String

  /// Nil for what has not the form of a tag. Whether anybody speaks it is not asked.
  public init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    let areWords = parts.allSatisfy { (1...8).contains($0.count) && $0.allSatisfy(\.isLetterOrDigit) }
    guard areWords, (1...8).contains(parts.count), let language = parts.first,
      (2...3).contains(language.count),
      language.allSatisfy({ $0 > UInt8(ascii: "9") })
    else { return nil }
    self.text = text
  }

  /// The tag, then what it becomes when parts are taken from its end: `de-CH`, `de`. What is not there in the first is
  /// looked for in the next.
  public var fallbacks: [LanguageTag] {
    let parts = text.split(separator: "-")
    return (1...parts.count).reversed().compactMap { LanguageTag(parts.prefix($0).joined(separator: "-")) }
  }

  /// The tag.
  public var description: String { text }
}
