/// Reads a template: text with tags in double braces, a part of Mustache (<https://mustache.github.io/mustache.5.html>).
///
/// `{{name}}` shows a value. `{{#name}}…{{/name}}` shows what is between for each element of a list, or if a condition
/// holds; `{{^name}}…{{/name}}` if it does not, or the list is empty. `{{! … }}` says nothing. A line with one tag
/// that shows nothing, alone, is no line.
struct TemplateReader {
  /// How deep sections may lie inside of each other.
  static let depthMax = 8

  private let part: TemplateMistake.Part
  private(set) var mistakes: [TemplateMistake] = []
  private var open: [Open] = [Open(name: "", isInverted: false, place: TemplatePlace())]

  /// A section that has not ended yet; the first one is the whole.
  private struct Open {
    let name: String
    let isInverted: Bool
    let place: TemplatePlace
    var nodes: [TemplateNode] = []
  }

  init(_ part: TemplateMistake.Part) { self.part = part }

  /// The pieces of a template; what is wrong is in ``mistakes``.
  mutating func read(_ source: String) -> [TemplateNode] {
    for token in TemplateToken.tokens(of: source) {
      switch token.kind {
      case .literal: open[open.count - 1].nodes.append(.literal(String(token.text)))
      case .unclosed: note(.unclosedTag, token.place, "The tag is not closed by }}.")
      case .tag: take(token)
      }
    }
    while open.count > 1 {
      note(
        .unclosedSection, open[open.count - 1].place, "The section \(open[open.count - 1].name) does not end."
      )
      close()
    }
    return open[0].nodes
  }

  private mutating func take(_ token: TemplateToken) {
    switch token.sign {
    case "!": break
    case "#", "^", "/", nil:
      guard let name = token.name else {
        note(.noName, token.place, "A name has small letters, digits and underscores.")
        return
      }
      take(token, name)
    default: note(.unsupported, token.place, "Only names, sections and comments can stand in braces.")
    }
  }

  private mutating func take(_ token: TemplateToken, _ name: String) {
    switch token.sign {
    case "/": end(name, token.place)
    case let sign?:
      if open.count > Self.depthMax {
        note(.tooDeep, token.place, "Sections lie at most \(Self.depthMax) deep.")
      }
      open.append(Open(name: name, isInverted: sign == "^", place: token.place))
    case nil: open[open.count - 1].nodes.append(.value(name, token.place))
    }
  }

  private mutating func end(_ name: String, _ place: TemplatePlace) {
    guard open.count > 1, open[open.count - 1].name == name else {
      note(
        .strayEnd, place,
        open.count > 1 ? "Here \(open[open.count - 1].name) has to end." : "No section is open here.")
      return
    }
    close()
  }

  private mutating func close() {
    let closed = open.removeLast()
    open[open.count - 1].nodes.append(
      .section(closed.name, isInverted: closed.isInverted, closed.nodes, closed.place))
  }

  private mutating func note(_ code: TemplateMistake.Code, _ place: TemplatePlace, _ message: String) {
    mistakes.append(TemplateMistake(part, code, place, message))
  }
}
