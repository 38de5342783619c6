/// Looks at a template before it is kept: whether all that it names is there, and stands where it can be shown safely.
struct TemplateCheck {
  private let part: TemplateMistake.Part
  private(set) var mistakes: [TemplateMistake] = []
  private var place = HTMLPlace()

  init(_ part: TemplateMistake.Part) { self.part = part }

  /// Looks at pieces under the names of a sample.
  mutating func look(at nodes: [TemplateNode], _ scope: TemplateScope) {
    for node in nodes {
      switch node {
      case .literal(let text): place.pass(text)
      case .value(let name, let at): look(atValue: name, at, scope)
      case .section(let name, let isInverted, let body, let at):
        look(atSection: name, isInverted, body, at, scope)
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
    case .any: break
    case .link:
      if !isLink { note(.linkExpected, at, "An address begins here, and \(name) is no link.") }
    case .none:
      note(
        .unsafePlace, at,
        "Values stand between tags, or in attributes with quotation marks that hold no program.")
    }
  }

  private mutating func look(
    atSection name: String, _ isInverted: Bool, _ body: [TemplateNode], _ at: TemplatePlace,
    _ scope: TemplateScope
  ) {
    guard let value = known(name, at, scope) else { return }
    var inner = scope
    if case .list(let elements) = value, !isInverted, let first = elements.first {
      inner = scope.entering(first)
    }
    let before = place
    look(at: body, inner)
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
