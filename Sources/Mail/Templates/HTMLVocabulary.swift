/// The attributes of HTML in which a value is mere text, or an address that is followed only when a reader asks for it, or
/// shown as a picture. Whatever is not named here takes no values: what it does may be more than to show them.
enum HTMLVocabulary {
  private static let elements: Set<String> = [  // String: names of HTML
    "a", "abbr", "address", "area", "article", "aside", "b", "big", "blockquote", "body", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption",
    "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "i", "img", "ins",
    "kbd", "li", "main", "map", "mark", "nav", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span",
    "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u",
    "ul", "var",
  ]

  private static let texts: Set<String> = [  // String: names of HTML
    "abbr", "align", "alt", "aria-label", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color",
    "colspan", "datetime", "dir", "height", "lang", "rowspan", "size", "start", "summary", "title", "valign",
    "value", "width",
  ]

  private static let addresses: [String: Set<String>] = [  // String: names of HTML
    "href": ["a", "area"], "src": ["img"], "background": ["body", "table", "td", "th", "tr"],
    "cite": ["blockquote", "del", "ins", "q"],
  ]

  /// Whether a value of the attribute is mere text.
  static func isText(_ attribute: String, of element: String) -> Bool {
    texts.contains(attribute) && elements.contains(element)
  }

  /// Whether a value of the attribute is an address, and does no more than to be one.
  static func isAddress(_ attribute: String, of element: String) -> Bool {
    addresses[attribute]?.contains(element) == true
  }

  /// Whether an address, in small letters, has got to its path or query, so that what follows can't change where it leads.
  ///
  /// - Parameter link: what stands for a link that it begins with.
  static func isBehindHost(_ address: String, link: String) -> Bool {
    if address.hasPrefix(link) { return "/?#".contains(address.dropFirst(link.count).first ?? " ") }
    if address.hasPrefix("mailto:") { return address.contains("?") }
    guard let scheme = ["https://", "http://"].first(where: { address.hasPrefix($0) }) else { return false }
    let rest = address.dropFirst(scheme.count)
    let host = rest.prefix { ($0.isASCII && ($0.isLetter || $0.isNumber)) || $0 == "." || $0 == "-" }
    var behind = rest[host.endIndex...]
    if behind.first == ":" { behind = behind.dropFirst().drop { $0.isASCII && $0.isNumber } }
    return !host.isEmpty && "/?#".contains(behind.first ?? " ")
  }
}
