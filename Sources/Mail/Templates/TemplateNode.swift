/// A piece of a template that was read.
indirect enum TemplateNode: Sendable {
  /// What stands there as it is.
  case literal(String)
  /// A value; within an address, behind its host, if that is said.
  case value(String, TemplatePlace, isInAddress: Bool = false)
  /// What is shown for each element of a list, or if a condition holds; or, inverted, if there is none and it does not.
  case section(String, isInverted: Bool, [TemplateNode], TemplatePlace)
}

extension [TemplateNode] {
  /// Fills in values, each escaped as its surroundings need it.
  func render(_ scope: TemplateScope, into filling: inout TemplateFilling) throws(TemplateDataError) {
    for node in self {
      switch node {
      case .literal(let literal): try filling.add(literal)
      case .value(let name, _, let isInAddress):
        try filling.add(value: scope.shown(name), isInAddress: isInAddress)
      case .section(let name, let isInverted, let body, _):
        try filling.step()
        switch try scope.showing(of: name, isInverted: isInverted) {
        case .never: break
        case .once: try body.render(scope, into: &filling)
        case .each(let elements):
          for element in elements {
            try filling.step()
            try body.render(scope.entering(element), into: &filling)
          }
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
    case .link, .flag, .list, nil: throw .lacking(name)
    }
  }

  /// How often a section is shown.
  fileprivate enum Showing {
    case never, once
    case each([TemplateData])
  }

  fileprivate func showing(of name: String, isInverted: Bool) throws(TemplateDataError) -> Showing {
    let isThere: Bool
    switch self[name] {
    case .text(let text), .link(let text): isThere = !text.isEmpty
    case .flag(let flag): isThere = flag
    case .list(let elements):
      if !isInverted { return .each(elements) }
      isThere = !elements.isEmpty
    case nil: throw .lacking(name)
    }
    return isThere != isInverted ? .once : .never
  }

  /// Anything else could be a program.
  private static func isSafe(_ link: String) -> Bool {
    link.isEmpty || ["https:", "http:", "mailto:"].contains { link.lowercased().hasPrefix($0) }
  }
}
