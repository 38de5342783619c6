/// Where in an HTML document a value would stand: escaping makes it safe between tags and inside of quoted attributes, and
/// nowhere else.
///
/// Follows the states of the HTML standard's tokenizer as far as templates need them. What a browser would read otherwise,
/// such as an attribute without quotation marks, is no place for values.
struct HTMLPlace: Equatable {
  private enum State: Equatable {
    case text
    case tagOpen, tagName, comment
    /// Between attributes, in a name, before a value, in one without quotation marks.
    case inTag, attributeName, beforeValue, bareValue
    case quoted(Character)
    /// Inside of an element whose content is no HTML.
    case raw
  }

  private var state = State.text
  /// The tag and the attribute that are being read, or were last.
  private var tag = ""
  private var attribute = ""
  /// What an attribute's value begins with; in comments and raw text, what came last.
  private var tail = ""
  /// Whether nothing of the attribute's value has come yet.
  private var isAtStart = false

  /// What may stand here.
  enum Admission: Equatable {
    /// Any value.
    case any
    /// A link: the beginning of an address.
    case link
    /// None.
    case none
  }

  /// What may stand here.
  var admission: Admission {
    switch state {
    case .text: .any
    case .quoted where attribute.hasPrefix("on") || ["style", "srcdoc", "srcset"].contains(attribute): .none
    case .quoted where Self.addresses.contains(attribute):
      isAtStart ? .link : Self.programs.contains { tail.hasPrefix($0) } ? .none : .any
    case .quoted: .any
    case .tagOpen, .tagName, .comment, .inTag, .attributeName, .beforeValue, .bareValue, .raw: .none
    }
  }

  private static let addresses: Set<String> = [  // String: names of HTML
    "action", "background", "cite", "data", "formaction", "href", "longdesc", "ping", "poster", "src",
    "xlink:href",
  ]

  private static let programs = ["javascript:", "vbscript:", "data:"]

  /// Whether two places read what comes next alike.
  func isLike(_ other: HTMLPlace) -> Bool {
    state == other.state && (state == .text || attribute == other.attribute && tag == other.tag)
  }

  /// Goes over a value.
  mutating func passValue() { isAtStart = false }

  /// Goes over what stands there.
  mutating func pass(_ literal: String) {
    // By scalars, as browsers read: a sign with an accent on it is still that sign.
    for scalar in literal.unicodeScalars { pass(Character(scalar)) }
  }

  private mutating func pass(_ character: Character) {
    switch state {
    case .text: if character == "<" { enter(.tagOpen) }
    case .tagOpen: openTag(character)
    case .tagName: passTagName(character)
    case .inTag, .attributeName, .beforeValue, .bareValue: passAttribute(character)
    case .quoted(let mark):
      if character == mark {
        enter(.inTag, tag: tag)
      } else if !character.isWhitespace {
        isAtStart = false
        tail = String((tail + character.lowercased()).prefix(16))
      }
    case .comment:
      tail = String((tail + String(character)).suffix(3))
      if tail == "-->" { state = .text }
    case .raw:
      tail = String((tail + character.lowercased()).suffix(tag.count + 2))
      if tail == "</\(tag)" { enter(.tagName, tag: "/\(tag)") }
    }
  }

  /// Begins something, with nothing known of it but its tag.
  private mutating func enter(_ next: State, tag name: String = "") {
    state = next
    tag = name
    attribute = ""
    tail = ""
  }

  private mutating func openTag(_ character: Character) {
    if character.isLetter || character == "/" {
      enter(.tagName, tag: character.lowercased())
    } else if character == "!" || character == "?" {
      enter(.tagName, tag: "!")
    } else {
      state = .text
      pass(character)
    }
  }

  private mutating func passTagName(_ character: Character) {
    switch character {
    case ">": endTag()
    case _ where character.isWhitespace || character == "/" && tag != "/": state = .inTag
    default:
      tag += character.lowercased()
      if tag == "!--" { enter(.comment) }
    }
  }

  private mutating func endTag() {
    let isRaw = ["script", "style", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp"].contains(
      tag)
    enter(isRaw ? .raw : .text, tag: isRaw ? tag : "")
  }

  private mutating func passAttribute(_ character: Character) {
    switch (state, character) {
    case (.beforeValue, "\""), (.beforeValue, "'"):
      state = .quoted(character)
      tail = ""
      isAtStart = true
    case (_, ">"): endTag()
    case (.beforeValue, _) where character.isWhitespace: break
    case (.beforeValue, _): state = .bareValue
    case (.bareValue, _): if character.isWhitespace { enter(.inTag, tag: tag) }
    case (.attributeName, "="),
      (.inTag, "=") where !attribute.isEmpty:
      state = .beforeValue
    case (_, "/"): enter(.inTag, tag: tag)
    case (_, _) where character.isWhitespace: state = .inTag
    case (.attributeName, _): attribute += character.lowercased()
    default:
      state = .attributeName
      attribute = character.lowercased()
    }
  }
}
