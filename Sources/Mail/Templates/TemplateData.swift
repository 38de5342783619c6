import struct Scrip.Exact

/// A value that a template can show.
public enum TemplateValue: Sendable {
  /// A text; as a condition, whether there is one.
  case text(String)
  /// An address that begins with `https:`, `http:` or `mailto:`; as a condition, whether there is one.
  case link(String)
  /// A condition.
  case flag(Bool)
  /// What a section is repeated for; as a condition, whether there is any.
  case list([TemplateData])

  /// What it is, in words.
  var kind: String {
    switch self {
    case .text: "a text"
    case .link: "a link"
    case .flag: "a condition"
    case .list: "a list"
    }
  }
}

/// What a template is filled with: names of ours with their values.
public struct TemplateData: Sendable, ExpressibleByDictionaryLiteral {
  private let values: [String: TemplateValue]  // String: names of ours

  /// Makes data of names that differ.
  public init(dictionaryLiteral values: (String, TemplateValue)...) {
    self.values = Dictionary(uniqueKeysWithValues: values)
  }

  subscript(name: String) -> TemplateValue? { values[name] }

  /// All names in order.
  var names: [String] { values.keys.sorted() }
}

/// Why a template can't be filled with what it was given.
public enum TemplateDataError: Error, Sendable, Equatable {
  /// The data lack what the sample had, or it is something else than in the sample. Ours to mend.
  case lacking(String)  // String: a name of ours
  /// A part would be longer than ``MailTemplate/renderedBytesMax``, or as much work as that.
  case tooLong(TemplateMistake.Part)
}

/// Names as a template sees them: those of the innermost list first.
struct TemplateScope {
  private var levels: [TemplateData]

  init(_ data: TemplateData) { levels = [data] }

  func entering(_ element: TemplateData) -> TemplateScope {
    var inner = self
    inner.levels.append(element)
    return inner
  }

  subscript(name: String) -> TemplateValue? {
    for level in levels.reversed() { if let value = level[name] { return value } }
    return nil
  }

  /// All that can be named here.
  var names: [String] { Array(Set(levels.flatMap(\.names))).sorted() }  // String: names of ours
}
