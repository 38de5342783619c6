import Ledger
import Promotions

/// Reading and writing rows of declared tables.
extension SQLiteConnection {
  /// The row of a key; nil if there is none.
  func row<Row: StoredRow>(_ key: Row.Key) throws(StoreFailure) -> Row? {
    try first(SQLiteTable.of(Row.shape).select) {
      var binder = RowBinder($0, .key)
      binder.bind(key, of: Row.self)
    } read: { (statement) throws(StoreFailure) in
      var scanner = RowScanner(ColumnReader(statement))
      return try Row.walk(&scanner, nil, of: key)
    }
  }

  /// Writes what has changed of a table's rows.
  ///
  /// - Throws: `StoreFailure` of kind `refusedByDatabase` if a limit or a unique key stands in the way, or if a row that
  ///   is to be changed is not there.
  func write<Row: StoredRow>(_ rows: Rows<Row>, enforcesLimits: Bool) throws(StoreFailure) {
    if rows.isUnchanged { return }
    let writer = RowWriter<Row>(connection: self, enforcesLimits: enforcesLimits)
    try rows.forEachWriting { (key, row, change, limit) throws(StoreFailure) in
      if let change { try writer.write(row, key, change, limit) } else { try writer.delete(key) }
    }
  }

  /// Makes a row.
  func insert<Row: StoredRow>(_ row: Row, _ key: Row.Key) throws(StoreFailure) {
    try run(SQLiteTable.of(Row.shape).insert, row, key, .insert)
  }

  /// Changes rows that belong together, and then makes those of them that are new.
  ///
  /// - Throws: `StoreFailure` of kind `refusedByDatabase` if all of them are, or if a unique key stands in the way.
  func change<Row: StoredRow>(_ rows: [(key: Row.Key, row: Row)]) throws(StoreFailure) {
    let update = SQLiteTable.of(Row.shape).update(.update)
    var new: [(key: Row.Key, row: Row)] = []
    for (key, row) in rows where try run(update, row, key, .update) == 0 { new.append((key, row)) }
    if new.count == rows.count {
      throw .refused("rows of \(Row.shape.name) that changed are not there", statement: update)
    }
    for (key, row) in new { try insert(row, key) }
  }

  @discardableResult
  private func run<Row: StoredRow>(
    _ text: StatementText, _ row: Row, _ key: Row.Key, _ change: RowChange
  ) throws(StoreFailure) -> Int {
    try run(text) {
      var binder = RowBinder($0, ColumnRoles(of: change))
      binder.bind(row, key)
    }
  }
}

extension Statement {
  /// The row of a table whose columns the statement reads from one on, those of the key first.
  func row<Row: StoredRow>(
    _ row: Row.Type, from first: Int32 = 0
  ) throws(StoreFailure) -> (key: Row.Key, row: Row) {
    var scanner = RowScanner(ColumnReader(self, from: first))
    let key = try Row.walkKey(&scanner, nil)
    return (key, try Row.walk(&scanner, nil, of: key))
  }
}

private struct RowWriter<Row: StoredRow> {
  let connection: SQLiteConnection
  let enforcesLimits: Bool
  private let table = SQLiteTable.of(Row.shape)

  init(connection: SQLiteConnection, enforcesLimits: Bool) {
    self.connection = connection
    self.enforcesLimits = enforcesLimits
  }

  func write(
    _ row: Row, _ key: Row.Key, _ change: RowChange, _ limit: Int64?
  ) throws(StoreFailure) {
    let text = table.update(change)
    let isConditional = table.shape.count != nil || change == .insert && table.shape.replacement != nil
    let written = try connection.run(text) {
      var binder = RowBinder($0, ColumnRoles(of: change))
      binder.bind(row, key)
      if isConditional { $0.bind(enforcesLimits) }
      if table.shape.count != nil { $0.bind(limit) }
    }
    let mayBeThere = change == .insert && table.shape.repetition == .keepsFirst
    if written == 0, !mayBeThere { throw .refused(refusal(of: change), statement: text) }
  }

  func delete(_ key: Row.Key) throws(StoreFailure) {
    try connection.run(table.delete) {
      var binder = RowBinder($0, .key)
      binder.bind(key, of: Row.self)
    }
  }

  private func refusal(of change: RowChange) -> String {
    let shape = table.shape
    if change == .insert, let replacement = shape.replacement { return replacement.refusal }
    return shape.count?.refusal ?? "a row of \(shape.name) that changed is not there"
  }
}

extension RowBinder {
  /// Binds the columns of a key.
  fileprivate mutating func bind<Row: StoredRow>(_ key: Row.Key, of row: Row.Type) {
    // Nothing is read, so nothing can be unreadable.
    do throws(StoreFailure) { _ = try Row.walkKey(&self, key) } catch {
      preconditionFailure("a key is bound: \(error)")
    }
  }

  /// Binds the columns of a row.
  fileprivate mutating func bind<Row: StoredRow>(_ row: Row, _ key: Row.Key) {
    do throws(StoreFailure) {
      _ = try Row.walkKey(&self, key)
      _ = try Row.walk(&self, row, of: key)
    } catch {
      preconditionFailure("a row is bound: \(error)")
    }
  }
}
