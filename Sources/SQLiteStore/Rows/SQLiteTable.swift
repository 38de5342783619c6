import Ledger
import Promotions
import Synchronization

/// The statements of one declared table.
final class SQLiteTable: Sendable {
  let shape: TableShape
  /// Reads the columns behind the key, by key.
  let select: StatementText
  /// Reads all rows, the columns of the key first, as they lie in the file.
  let selectAll: StatementText
  /// Makes a row.
  let insert: StatementText
  private let updates: [RowChange: StatementText]
  let delete: StatementText
  let count: StatementText
  /// A page of a tenant's rows whose key is an identifier, newest first: the columns of the key, then the others.
  let newestFirst: StatementText
  private let latest = Mutex<[String: StatementText]>([:])  // String: columns of ours
  /// Deletes all rows of a tenant's.
  let emptying: StatementText

  /// A statement that changes rows.
  func update(_ change: RowChange) -> StatementText { updates[change] ?? insert }

  /// A page of a tenant's rows, those that were made last before others: the columns of the key, then the others.
  ///
  /// - Parameter column: one that has a value; nil for all rows.
  func latest(by column: String?) -> StatementText {  // String: a column of ours
    latest.withLock { texts in
      if let text = texts[column ?? ""] { return text }
      let all = (shape.keyColumns + shape.valueColumns).map(\.name).joined(separator: ", ")
      let condition = column.map { " AND \($0) = ?5" } ?? ""
      let text = StatementText(
        made: """
          SELECT \(all) FROM \(shape.name) WHERE tenant = ?1 AND (created_at, id) < (?2, ?3)\(condition)
          ORDER BY created_at DESC, id DESC LIMIT ?4
          """)
      texts[column ?? ""] = text
      return text
    }
  }

  private static let made = Mutex<[ObjectIdentifier: SQLiteTable]>([:])

  /// The statements of a table. They are made once.
  static func of(_ shape: TableShape) -> SQLiteTable {
    made.withLock { made in
      if let table = made[ObjectIdentifier(shape)] { return table }
      let table = SQLiteTable(shape)
      made[ObjectIdentifier(shape)] = table
      return table
    }
  }

  /// The columns of a table that are read with a row, for statements that are written by hand: those of the key first.
  static func columns<Row: StoredRow>(_ row: Row.Type, of alias: String? = nil) -> String {
    let prefix = alias.map { $0 + "." } ?? ""
    return (Row.shape.keyColumns + Row.shape.valueColumns).map { prefix + $0.name }.joined(separator: ", ")
  }

  /// Where a column stands among these.
  static func place<Row: StoredRow>(
    of column: String, in row: Row.Type  // String: a column of ours
  ) -> Int32 {
    let columns = Row.shape.keyColumns + Row.shape.valueColumns
    guard let place = columns.firstIndex(where: { $0.name == column }) else {
      preconditionFailure("\(Row.shape.name) has no column \(column)")
    }
    return Int32(place)
  }

  private init(_ shape: TableShape) {
    self.shape = shape
    let name = shape.name
    let key = shape.keyColumns.enumerated().map { "\($1.name) = ?\($0 + 1)" }.joined(separator: " AND ")
    let values = shape.valueColumns.map(\.name).joined(separator: ", ")
    select = StatementText(made: "SELECT \(values) FROM \(name) WHERE \(key)")
    let all = (shape.keyColumns + shape.valueColumns).map(\.name).joined(separator: ", ")
    selectAll = StatementText(made: "SELECT \(all) FROM \(name)")
    delete = StatementText(made: "DELETE FROM \(name) WHERE \(key)")
    emptying = StatementText(made: "DELETE FROM \(shape.name) WHERE tenant = ?1")
    count = StatementText(made: "SELECT count(*) FROM \(name)\(shape.toldCondition)")
    newestFirst = StatementText(
      made: "SELECT \(all) FROM \(name) WHERE tenant = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")
    updates = Dictionary(
      uniqueKeysWithValues: [RowChange.count, .update, .redefine].filter { shape.changes($0) }.map { change in
        (change, StatementText(made: SQLiteTable.updateText(shape, change)))
      })
    insert = StatementText(made: SQLiteTable.insertText(shape))
  }

  private static func updateText(_ shape: TableShape, _ change: RowChange) -> String {
    let columns = shape.columns(of: change)
    let set = columns.enumerated().filter { !$1.isFound }.map { "\($1.name) = ?\($0 + 1)" }
    let found = columns.enumerated().filter { $1.isFound }.map { "\($1.name) = ?\($0 + 1)" }
    let text =
      "UPDATE \(shape.name) SET \(set.joined(separator: ", ")) WHERE \(found.joined(separator: " AND "))"
    guard let count = shape.count, let sum = sum(count, columns) else { return text }
    let before = count.columns.joined(separator: " + ")
    let (enforces, max) = (columns.count + 1, columns.count + 2)
    return text
      + " AND (NOT ?\(enforces) OR ?\(max) IS NULL OR \(sum) <= ?\(max) OR \(sum) <= \(before))"
  }

  /// The parameters of what is counted.
  private static func sum(_ count: TableShape.Count, _ columns: [TableShape.Column]) -> String? {
    let places = count.columns.compactMap { name in columns.firstIndex { $0.name == name } }
    return places.count == count.columns.count
      ? places.map { "?\($0 + 1)" }.joined(separator: " + ") : nil
  }

  private static func insertText(_ shape: TableShape) -> String {
    let columns = shape.columns(of: .insert)
    let (enforces, max) = (columns.count + 1, columns.count + 2)
    var text = plainInsertText(shape)
    if let count = shape.count, let sum = sum(count, columns) {
      let (names, numbers) = namesAndNumbers(columns)
      text = """
        INSERT INTO \(shape.name) (\(names)) SELECT \(numbers)
        WHERE NOT ?\(enforces) OR ?\(max) IS NULL OR \(sum) <= ?\(max)
        """
    }
    if shape.repetition == .keepsFirst { return text + " ON CONFLICT DO NOTHING" }
    guard let replaced = shape.replacement else { return text }
    return text + """
       \(replacement(shape)) WHERE NOT ?\(enforces) OR EXISTS (
      SELECT 1 FROM \(replaced.table) AS other WHERE other.tenant = \(shape.name).tenant
        AND other.id = \(shape.name).\(replaced.column) AND other.\(replaced.state.column) = \(replaced.state.value))
      """
  }

  private static func plainInsertText(_ shape: TableShape) -> String {
    let (names, numbers) = namesAndNumbers(shape.columns(of: .insert))
    return "INSERT INTO \(shape.name) (\(names)) VALUES (\(numbers))"
  }

  private static func namesAndNumbers(_ columns: [TableShape.Column]) -> (names: String, numbers: String) {
    (
      columns.map(\.name).joined(separator: ", "),
      columns.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
    )
  }

  private static func replacement(_ shape: TableShape) -> String {
    let key = shape.keyColumns.map(\.name).joined(separator: ", ")
    let set = shape.columns.filter { $0.role != .key }.map { "\($0.name) = excluded.\($0.name)" }
    return "ON CONFLICT (\(key)) DO UPDATE SET \(set.joined(separator: ", "))"
  }
}

extension TableShape {
  /// Whether there is a column that a change writes.
  fileprivate func changes(_ change: RowChange) -> Bool {
    columns(of: change).contains { !$0.isFound }
  }
}
