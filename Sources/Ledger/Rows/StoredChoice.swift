/// The small numbers that choices are stored as. They are part of every schema: none is ever given another meaning.
public protocol StoredChoice: CaseIterable, Equatable, ColumnValue {
  /// The number.
  var stored: Int64 { get }
}

extension StoredChoice {
  /// Reads a stored number.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a number that no version of this program writes.
  public init(stored number: Int64) throws(StoreFailure) {
    guard let choice = Self.allCases.first(where: { $0.stored == number }) else {
      throw .corrupt("a \(Self.self) of \(number)")
    }
    self = choice
  }
}

extension StoredChoice {
  /// One of a few choices.
  public static var columnType: ColumnType { .choice }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    try self.init(stored: source.integer())
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(stored) }

  /// The first choice.
  public static var sample: Self {
    guard let first = allCases.first else { preconditionFailure("there is a choice") }
    return first
  }
}
