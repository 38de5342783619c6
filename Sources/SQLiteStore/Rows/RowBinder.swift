import Ledger
import Promotions

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

extension Statement {
  /// Binds what a column holds.
  func bind(value: any ColumnValue) {
    var sink = ParameterSink(statement: self)
    value.write(to: &sink)
  }
}
