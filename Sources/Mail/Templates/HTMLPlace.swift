/// Where in an HTML document a value would stand: escaping makes it safe between tags and inside of quoted attributes, and
/// nowhere else.
///
/// Follows the tokenizer of the HTML standard exactly: a place that is mistaken for another one would let values in. Where
/// that also depends on elements around, as in `svg` and `noscript`, no more values are admitted.
struct HTMLPlace: Equatable {
  enum State: Equatable {
    /// Between tags; or inside of an element that has text alone, such as `title`.
    case text, plainText
    case tagOpen, endTagOpen, tagName, selfClosing
    case declaration, comment, bogusComment
    case beforeAttribute, attributeName, afterAttribute, beforeValue, bareValue
    case quoted(Character)
    /// Inside of an element whose content is no HTML.
    case raw
    /// Behind something that is read in different ways.
    case lost
  }

  var state = State.text
  /// The tag that is being read, or the element whose content is: `p`, `/p`.
  var tag = ""
  /// The attribute that is being read.
  var attribute = ""
  /// What an address begins with, white space left out; otherwise what came last, as far as it may become an end.
  var tail = ""

  /// What may stand here.
  enum Admission: Equatable {
    /// Any value.
    case any
    /// A link: the beginning of an address.
    case link
    /// A word of an address' path or query.
    case word
    /// None.
    case none
  }

  /// What may stand here. In attributes only those are admitted of which it is known what they do.
  var admission: Admission {
    guard case .quoted = state else {
      // Not where a value could complete the end of the element.
      return state == .text || state == .plainText && tail.isEmpty ? .any : .none
    }
    if HTMLVocabulary.isText(attribute, of: tag) { return .any }
    guard isInAddress else { return .none }
    if tail.isEmpty || tail == Self.link { return .link }
    return HTMLVocabulary.isBehindHost(tail, link: Self.link) ? .word : .none
  }

  /// Goes over a link as a value.
  mutating func passLink() { if tail.isEmpty { tail = Self.link } }

  /// Whether what comes next is read alike in both places.
  func isLike(_ other: HTMLPlace) -> Bool {
    guard case .quoted = state else { return self == other }
    guard state == other.state, tag == other.tag, attribute == other.attribute else { return false }
    return !isInAddress || tail == other.tail || admission != .none && admission == other.admission
  }

  private var isInAddress: Bool { HTMLVocabulary.isAddress(attribute, of: tag) }

  /// Stands for a link in ``tail``, which never has this character.
  private static let link = "\u{1}"

  /// How much of an address is kept: more than any scheme with a host.
  static let beginningMax = 512

  /// Elements that have text alone.
  static let plainElements = ["textarea", "title"]
  /// Elements whose content is no HTML.
  static let rawElements = ["script", "style"]
  /// Elements whose content some read as HTML and some don't, or in which other elements mean something else.
  static let ambiguousElements = [
    "frameset", "iframe", "math", "noembed", "noframes", "noscript", "plaintext", "select", "svg", "xmp",
  ]
}
