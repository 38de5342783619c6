/// Looks at a template before it is kept: whether all that it names is there, and stands where it can be shown safely.
struct TemplateCheck {
  private let part: TemplateMistake.Part
  private(set) var mistakes: [TemplateMistake] = []
  private var place = HTMLPlace()
  /// The lists whose elements are being shown: each of them once more for each element of itself would be no mail any more.
  private var repeated: Set<String> = []  // String: names of ours

  init(_ part: TemplateMistake.Part) { self.part = part }

  /// Looks at pieces under the names of a sample, and notes of their values where they stand.
  mutating func look(at nodes: inout [TemplateNode], _ scope: TemplateScope) {
    for index in nodes.indices {
      switch nodes[index] {
      case .literal(let text): if part == .html { place.pass(text) }
      case .value(let name, let at, _):
        nodes[index] = .value(name, at, isInAddress: part == .html && place.admission == .word)
        look(atValue: name, at, scope)
      case .section(let name, let isInverted, var body, let at):
        look(atSection: name, isInverted, &body, at, scope)
        nodes[index] = .section(name, isInverted: isInverted, body, at)
      }
    }
  }

  private mutating func look(atValue name: String, _ at: TemplatePlace, _ scope: TemplateScope) {
    guard let value = known(name, at, scope) else { return }
    var isLink = false
    switch value {
    case .text: break
    case .link: isLink = true
    case .flag, .list: note(.notShowable, at, "\(name) is \(value.kind), which can't be shown.")
    }
    if part == .html { admit(name, isLink: isLink, at) }
  }

  private mutating func admit(_ name: String, isLink: Bool, _ at: TemplatePlace) {
    switch place.admission {
    case .any, .word: break
    case .link:
      if isLink {
        place.passLink()
      } else {
        note(.linkExpected, at, "An address begins here, and \(name) is no link.")
      }
    case .none:
      note(
        .unsafePlace, at,
        "Values stand between tags, in attributes with quotation marks that hold mere text, and in addresses of links and pictures behind https://, a host and a /."
      )
    }
  }

  private mutating func look(
    atSection name: String, _ isInverted: Bool, _ body: inout [TemplateNode], _ at: TemplatePlace,
    _ scope: TemplateScope
  ) {
    guard let value = known(name, at, scope) else { return }
    var inner = scope
    var isRepeated = false
    if case .list(let elements) = value {
      if repeated.contains(name) {
        note(.repeatedList, at, "The list \(name) stands inside of itself.")
      } else if !isInverted {
        isRepeated = true
        if let first = elements.first { inner = scope.entering(first) }
      }
    }
    let before = place
    if isRepeated { repeated.insert(name) }
    look(at: &body, inner)
    if isRepeated { repeated.remove(name) }
    // It may be shown often or not at all, and what follows has to be read the same.
    if part == .html && !place.isLike(before) {
      note(.unevenSection, at, "The section \(name) ends in another place of the HTML than it begins.")
    }
    place = before
  }

  private mutating func known(_ name: String, _ at: TemplatePlace, _ scope: TemplateScope) -> TemplateValue? {
    if let value = scope[name] { return value }
    note(
      .unknownName, at, "Nothing is called \(name) here. There are: \(scope.names.joined(separator: ", ")).")
    return nil
  }

  private mutating func note(_ code: TemplateMistake.Code, _ place: TemplatePlace, _ message: String) {
    mistakes.append(TemplateMistake(part, code, place, message))
  }
}
