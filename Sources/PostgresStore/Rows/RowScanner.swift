import Engine

/// The walk that reads a row's columns from a row of a result.
struct RowScanner: ColumnWalk, ~Copyable {
  private var source: ColumnReader

  /// Begins at a column.
  init(_ row: ResultRow, from first: Int = 0) { source = ColumnReader(row: row, next: first) }

  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value {
    try Value(column: &source)
  }

  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value? {
    if role == .derived { return nil }
    return source.skipsNull() ? nil : try Value(column: &source)
  }
}

private struct ColumnReader: ColumnSource {
  let row: ResultRow
  var next: Int

  private mutating func take() -> Int {
    defer { next += 1 }
    return next
  }

  mutating func skipsNull() -> Bool {
    guard row.isNull(next) else { return false }
    next += 1
    return true
  }

  mutating func integer() -> Int64 { row.int64(take()) }
  mutating func flag() -> Bool { row.bool(take()) }
  mutating func text() -> String { row.text(take()) }
  mutating func bytes() -> [UInt8] { row.bytes(take()) }
  mutating func uuid() -> UInt128? { row.readableUUID(take()) }
}
