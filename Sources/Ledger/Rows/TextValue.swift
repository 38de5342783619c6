/// A value that is stored as a text of its own.
public protocol TextValue: ColumnValue {
  /// Reads the stored form; nil for what no version of this program writes.
  static func reading(column text: String) -> Self?

  /// The stored form.
  var columnText: String { get }

  /// What a text that can't be read should have been.
  static var noun: String { get }
}

extension TextValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let value = Self.reading(column: source.text()) else { throw .corrupt(Self.noun) }
    self = value
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(columnText) }
}

/// A choice that is stored by its name.
public protocol NamedChoice: TextValue, RawRepresentable<String>, CaseIterable {}

extension NamedChoice {
  /// The choice of a name.
  public static func reading(column text: String) -> Self? { Self(rawValue: text) }

  /// Its name.
  public var columnText: String { rawValue }

  /// Its type's name.
  public static var noun: String { "a \(Self.self)" }

  /// The first choice.
  public static var sample: Self {
    guard let first = allCases.first else { preconditionFailure("there is a choice") }
    return first
  }
}
