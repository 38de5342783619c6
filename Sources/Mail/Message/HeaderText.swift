import Digest

/// Texts in headers: what is not plain ASCII becomes encoded words (RFC 2047), long ones go on in the next line, and no text
/// can begin another header.
enum HeaderText {
  /// How long a line should be at most.
  private static let lineMax = 78
  /// How long an encoded word may be, `=?UTF-8?B?` and `?=` included.
  private static let wordMax = 75

  /// The text with a space for each control character and line end, and none at its ends.
  static func plain(_ text: String) -> String {
    String(flattened(text).drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }

  /// A header whose value is text, such as `Subject`, with its line end.
  static func line(_ name: String, _ text: String) -> String {
    let text = plain(text)
    let words = text.split(separator: " ").map(String.init)
    return fold(name, canStandAsIs(text, words) ? words : encodedWords(text))
  }

  /// A header whose value is an address, with its line end.
  static func line(_ name: String, _ address: MailAddress) -> String {
    let route = "<\(address.address)>"
    guard let shown = address.name else { return fold(name, [address.address]) }
    return fold(name, (canStandAsIs(shown, [shown]) ? [quoted(shown)] : encodedWords(shown)) + [route])
  }

  /// What looks like an encoded word would be read as one, a long word has no place where the line could end, and of
  /// several spaces only one would be left.
  private static func canStandAsIs(_ text: String, _ words: [String]) -> Bool {
    text.utf8.allSatisfy { $0 < 0x80 } && !text.contains("=?") && !text.contains("  ")
      && words.allSatisfy { $0.utf8.count <= lineMax / 2 }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    return "\"\(escaped)\""
  }

  /// Words that each hold whole characters of the text; readers drop the space between them.
  private static func encodedWords(_ text: String) -> [String] {
    // Three bytes are four letters.
    let bytesMax = (wordMax - "=?UTF-8?B?".utf8.count - "?=".utf8.count) / 4 * 3
    var words: [[UInt8]] = [[]]
    for scalar in text.unicodeScalars {
      let bytes = Array(scalar.utf8)
      if words[words.count - 1].count + bytes.count > bytesMax { words.append([]) }
      words[words.count - 1] += bytes
    }
    return words.map { "=?UTF-8?B?\(Base64.encode($0))?=" }
  }

  /// Puts words into lines; each further line begins with a space.
  private static func fold(_ name: String, _ words: [String]) -> String {
    var lines = ["\(name):"]
    for word in words {
      let isTooLong = lines[lines.count - 1].utf8.count + 1 + word.utf8.count > lineMax
      // The first word stays on the header's own line, which must not be blank.
      if isTooLong && lines[lines.count - 1] != "\(name):" {
        lines.append(" \(word)")
      } else {
        lines[lines.count - 1] += " \(word)"
      }
    }
    return lines.joined(separator: "\r\n") + "\r\n"
  }
}

extension Unicode.Scalar {
  fileprivate var utf8: [UInt8] { Array(String(self).utf8) }
}
