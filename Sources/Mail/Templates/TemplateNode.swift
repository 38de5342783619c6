/// A piece of a template that was read.
indirect enum TemplateNode: Sendable {
  /// What stands there as it is.
  case literal(String)
  /// A value.
  case value(String, TemplatePlace)
  /// What is shown for each element of a list, or if a condition holds; or, inverted, if there is none and it does not.
  case section(String, isInverted: Bool, [TemplateNode], TemplatePlace)
}

extension [TemplateNode] {
  /// Fills in values, each escaped as its surroundings need it.
  func render(
    _ scope: TemplateScope, into text: inout String, escape: (String) -> String
  ) throws(TemplateDataError) {
    for node in self {
      switch node {
      case .literal(let literal): text += literal
      case .value(let name, _): text += escape(try scope.shown(name))
      case .section(let name, let isInverted, let body, _):
        for scope in try scope.scopes(of: name, isInverted: isInverted) {
          try body.render(scope, into: &text, escape: escape)
        }
      }
    }
  }
}

extension TemplateScope {
  fileprivate func shown(_ name: String) throws(TemplateDataError) -> String {
    switch self[name] {
    case .text(let text): return text
    case .link(let link) where Self.isSafe(link): return link
    case .link, .flag, .list, nil: throw TemplateDataError(name: name)
    }
  }

  /// What a section is shown with, once for each time that it is shown.
  fileprivate func scopes(of name: String, isInverted: Bool) throws(TemplateDataError) -> [TemplateScope] {
    let isThere: Bool
    switch self[name] {
    case .text(let text), .link(let text): isThere = !text.isEmpty
    case .flag(let flag): isThere = flag
    case .list(let elements):
      if !isInverted { return elements.map(entering) }
      isThere = !elements.isEmpty
    case nil: throw TemplateDataError(name: name)
    }
    return isThere != isInverted ? [self] : []
  }

  /// Anything else could be a program.
  private static func isSafe(_ link: String) -> Bool {
    link.isEmpty || ["https:", "http:", "mailto:"].contains { link.lowercased().hasPrefix($0) }
  }
}

/// Text that shows as it is in HTML, also between quotation marks of either kind.
func escapedForHTML(_ text: String) -> String {
  var escaped = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "\"": escaped += "&quot;"
    case "'": escaped += "&#39;"
    default: escaped.unicodeScalars.append(scalar)
    }
  }
  return escaped
}
