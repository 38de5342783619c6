/// A value that a column holds.
public protocol ColumnValue: Sendable {
  /// The column's type.
  static var columnType: ColumnType { get }

  /// Reads the value.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for what no version of this program writes.
  init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure)

  /// Writes the value.
  func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink)

  /// Any value, for a table that is described.
  static var sample: Self { get }
}

extension Int64: ColumnValue {
  /// A whole number.
  public static var columnType: ColumnType { .integer }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.integer()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// Zero.
  public static var sample: Int64 { 0 }
}

/// A count, an amount or a number of a version or event, which every store keeps between zero and 2^53.
public struct StoredCount: ColumnValue {
  /// The number.
  public let number: Int64

  /// Takes a number as it is.
  @inlinable
  public init(_ number: Int64) { self.number = number }

  /// A whole number.
  public static var columnType: ColumnType { .integer }

  /// Reads a stored number. One outside of its range would sooner or later break the arithmetic of whoever adds to it.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    number = try StoredCount.decode(source.integer(), "a count")
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(number) }

  /// Zero.
  public static var sample: StoredCount { StoredCount(0) }

  /// Reads a stored number.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a number that no version of this program writes.
  public static func decode(_ number: Int64, _ what: StaticString) throws(StoreFailure) -> Int64 {
    guard (0...(1 << 53)).contains(number) else { throw .corrupt("\(what): a number out of range") }
    return number
  }
}

extension Bool: ColumnValue {
  /// True or false.
  public static var columnType: ColumnType { .flag }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.flag()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// False.
  public static var sample: Bool { false }
}

extension String: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.text()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// Nothing.
  public static var sample: String { "" }
}

extension [UInt8]: ColumnValue {
  /// Bytes.
  public static var columnType: ColumnType { .bytes }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.bytes()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// Nothing.
  public static var sample: [UInt8] { [] }
}

/// UTF-8 that a column holds as a text.
public struct ColumnText: ColumnValue {
  /// The text.
  public let utf8: [UInt8]

  /// Takes UTF-8 as it is.
  @inlinable
  public init(_ utf8: [UInt8]) { self.utf8 = utf8 }

  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    utf8 = source.bytes()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(utf8: utf8) }

  /// Nothing.
  public static var sample: ColumnText { ColumnText([]) }
}
