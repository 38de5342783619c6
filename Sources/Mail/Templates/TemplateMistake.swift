import struct Scrip.Exact

/// What is wrong with a template, and where.
public struct TemplateMistake: Error, Sendable, Hashable {
  /// The part of the mail.
  public enum Part: String, Sendable, CaseIterable {
    /// The subject.
    case subject
    /// The text.
    case text
    /// The HTML.
    case html
  }

  /// What is wrong.
  public enum Code: String, Sendable, CaseIterable {
    /// A `{{` without its `}}`.
    case unclosedTag = "unclosed_tag"
    /// What stands between them is no name.
    case noName = "no_name"
    /// It is something of Mustache's that is not taken here, such as `{{{name}}}`.
    case unsupported
    /// A section that does not end.
    case unclosedSection = "unclosed_section"
    /// An end without a section, or that of another one.
    case strayEnd = "stray_end"
    /// Nothing has this name here.
    case unknownName = "unknown_name"
    /// What has this name is nothing that can be shown.
    case notShowable = "not_showable"
    /// In this place of the HTML a value can't be made safe.
    case unsafePlace = "unsafe_place"
    /// Here has to be a link.
    case linkExpected = "link_expected"
    /// The section ends in another place of the HTML than it begins.
    case unevenSection = "uneven_section"
    /// A subject has one line.
    case lineBreak = "line_break"
    /// A list stands inside of itself.
    case repeatedList = "repeated_list"
    /// Sections lie too deep inside of each other.
    case tooDeep = "too_deep"
    /// It is too long.
    case tooLong = "too_long"
  }

  /// The part of the mail.
  public let part: Part
  /// What is wrong.
  public let code: Code
  /// The line, from 1.
  public let line: Int
  /// The place in the line in characters, from 1.
  public let column: Int
  /// What is wrong, in a sentence.
  @Exact public private(set) var message: String

  init(_ part: Part, _ code: Code, _ place: TemplatePlace, _ message: String) {
    self.part = part
    self.code = code
    line = place.line
    column = place.column
    self.message = message
  }
}

/// All that is wrong with a template, in the order in which it stands there.
public struct TemplateMistakes: Error, Sendable, Equatable {
  /// At least one.
  public let mistakes: [TemplateMistake]
}

/// A place in a template.
struct TemplatePlace: Sendable, Equatable {
  var line = 1
  var column = 1

  /// The place behind a text that begins here.
  func after(_ text: Substring) -> TemplatePlace {
    guard let lastBreak = text.lastIndex(where: \.isLineEnd) else {
      return TemplatePlace(line: line, column: column + text.count)
    }
    let breaks = text.count(where: \.isLineEnd)
    return TemplatePlace(line: line + breaks, column: text[lastBreak...].count)
  }
}
