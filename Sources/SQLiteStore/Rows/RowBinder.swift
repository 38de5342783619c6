import Engine

/// The walk that binds a row's columns to a statement: those of some roles, in their order.
struct RowBinder: ColumnWalk, ~Copyable {
  let roles: ColumnRoles
  private var sink: ParameterSink

  init(_ statement: Statement, _ roles: ColumnRoles) {
    self.roles = roles
    sink = ParameterSink(statement: statement)
  }

  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value {
    guard let value else { preconditionFailure("a row that is written has a value in each column") }
    if roles.contains(ColumnRoles(role)) { value.write(to: &sink) }
    return value
  }

  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value? {
    if roles.contains(ColumnRoles(role)) {
      if let value { value.write(to: &sink) } else { sink.putNull(Value.columnType) }
    }
    return value
  }
}

private struct ParameterSink: ColumnSink {
  let statement: Statement

  func put(_ integer: Int64) { statement.bind(integer) }
  func put(_ flag: Bool) { statement.bind(flag) }
  func put(_ text: String) { statement.bind(text) }
  func put(utf8: [UInt8]) { statement.bindText(utf8) }
  func put(_ bytes: [UInt8]) { statement.bind(bytes) }
  func put(_ uuid: UInt128) { statement.bind(uuid) }
  func putNull(_ type: ColumnType) { statement.bindNull() }
}

/// The walk that reads a row's columns from the row at which a statement stands.
struct RowScanner: ColumnWalk, ~Copyable {
  private var source: ColumnReader

  /// Begins at a column.
  init(_ statement: Statement, from first: Int32 = 0) {
    source = ColumnReader(statement: statement, next: first)
  }

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
  let statement: Statement
  var next: Int32

  private mutating func take() -> Int32 {
    defer { next += 1 }
    return next
  }

  mutating func skipsNull() -> Bool {
    guard statement.isNull(next) else { return false }
    next += 1
    return true
  }

  mutating func integer() -> Int64 { statement.int64(take()) }
  mutating func flag() -> Bool { statement.bool(take()) }
  mutating func text() -> String { statement.text(take()) }
  mutating func bytes() -> [UInt8] { statement.bytes(take()) }
  mutating func uuid() -> UInt128? { statement.uuid(take()) }
}
