import Digest

import struct Scrip.Tenant

/// One walk over the columns of a row. A table is declared once, as a function that names its columns in order; each walk
/// does something else with that function:
///
/// - a source reads a row from what a database has answered;
/// - a sink writes one to a statement's parameters;
/// - ``TableShape`` lists the columns, from which statements are made and schemas are checked.
///
/// Every column is named with the old row's value, which is nil only where there is no old row: when one is read, or the
/// table is described.
public protocol ColumnWalk: ~Copyable {
  /// A column that always has a value.
  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value

  /// A column that may be NULL.
  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value?
}

/// What a column is for.
public enum ColumnRole: Sendable {
  /// Part of the key: how the row is found. Never changed.
  case key
  /// Written when the row is made, and never changed.
  case fixed
  /// The same, and a change refuses a row in which it is another one: the row has become somebody else's.
  case owner
  /// May be changed.
  case plain
  /// Changed by most writes, which leave every other column alone: counts, and where a stream ends.
  case hot
  /// Told by other columns or rows, for searches alone: written like any other, and not read with the row.
  case derived
  /// Kept beside the log in a row that the log tells of: neither read nor written with the row, nor compared. May be NULL,
  /// and is where the row is made.
  case beside
}

extension ColumnWalk where Self: ~Copyable {
  /// The tenant, which is the first column of every key.
  @inlinable
  public mutating func tenant(_ tenant: Tenant.ID?) throws(StoreFailure) -> Tenant.ID {
    try column("tenant", .key, tenant)
  }

  /// A number between zero and 2^53.
  @inlinable
  public mutating func count(
    _ name: StaticString, _ role: ColumnRole, _ count: Int64?
  ) throws(StoreFailure) -> Int64 {
    try column(name, role, count.map(StoredCount.init)).number
  }

  /// Where the row's stream ends.
  @inlinable
  public mutating func head(_ head: StreamHead?) throws(StoreFailure) -> StreamHead {
    StreamHead(
      sequence: try count("head_sequence", .hot, head?.sequence),
      hash: try column("head_hash", .hot, head?.hash))
  }

  /// A column that other columns or rows tell.
  @inlinable
  public mutating func derived<Value: ColumnValue>(
    _ name: StaticString, _ value: Value?
  ) throws(StoreFailure) {
    _ = try optional(name, .derived, value)
  }

  /// A column that is kept beside the log.
  @inlinable
  public mutating func beside<Value: ColumnValue>(
    _ name: StaticString, _ value: Value.Type
  ) throws(StoreFailure) {
    _ = try optional(name, .beside, nil as Value?)
  }
}

/// Where the columns of one row are read from, in their order.
public protocol ColumnSource: ~Copyable {
  /// The next column's whole number; zero for NULL.
  mutating func integer() -> Int64
  /// The next column's truth value.
  mutating func flag() -> Bool
  /// The next column's text.
  mutating func text() -> String
  /// The next column's bytes, or those of its text.
  mutating func bytes() -> [UInt8]
  /// The next column's 16 bytes as a number; nil for what is no identifier.
  mutating func uuid() -> UInt128?
  /// Goes past the next column if it is NULL; says whether it was.
  mutating func skipsNull() -> Bool
}

/// The walk that reads a row from where its columns are.
public struct RowScanner<Source: ColumnSource>: ColumnWalk, ~Copyable {
  @usableFromInline var source: Source

  /// Begins at the source's next column.
  @inlinable
  public init(_ source: Source) { self.source = source }

  /// Reads a column.
  @inlinable
  public mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value {
    try Value(column: &source)
  }

  /// Reads a column unless it is NULL. What other rows tell is not read.
  @inlinable
  public mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value? {
    if role == .derived || role == .beside { return nil }
    return source.skipsNull() ? nil : try Value(column: &source)
  }
}

/// Where the columns of one row are written to, in their order.
public protocol ColumnSink: ~Copyable {
  /// Writes a whole number.
  mutating func put(_ integer: Int64)
  /// Writes a truth value.
  mutating func put(_ flag: Bool)
  /// Writes a text.
  mutating func put(_ text: String)
  /// Writes UTF-8 as a text.
  mutating func put(utf8: [UInt8])
  /// Writes bytes.
  mutating func put(_ bytes: [UInt8])
  /// Writes 16 bytes.
  mutating func put(_ uuid: UInt128)
  /// Writes NULL, in a column of a type.
  mutating func putNull(_ type: ColumnType)
}

/// The types of columns.
public enum ColumnType: Hashable, Sendable {
  /// A whole number of 8 bytes.
  case integer
  /// One of a few choices, by its small number.
  case choice
  /// True or false.
  case flag
  /// A text.
  case text
  /// Bytes.
  case bytes
  /// An identifier of 16 bytes.
  case uuid
}
