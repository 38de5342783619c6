/// The text of a statement, which is prepared once and kept: a literal, or one that was made from a table's declaration.
public struct StatementText: ExpressibleByStringLiteral, CustomStringConvertible, Sendable {
  /// A text that was made. What tells it from others is the object, which has to be kept for as long as the program runs.
  public final class Made: Sendable {
    /// The text.
    public let text: String  // String: SQL of ours

    fileprivate init(_ text: String) { self.text = text }
  }

  /// Where the text is.
  public enum Source: Sendable {
    /// In the program.
    case literal(StaticString)
    /// In an object.
    case made(Made)
  }

  /// Where the text is.
  public let source: Source

  /// A literal.
  public init(stringLiteral text: StaticString) { source = .literal(text) }

  /// A text that is made once and kept for as long as the program runs.
  public init(made text: String) { source = .made(Made(text)) }

  /// The text.
  public var description: String {
    switch source {
    case .literal(let text): text.description
    case .made(let made): made.text
    }
  }
}
