import Ledger
import Promotions
import Synchronization

/// The statements of one declared table. Each of them takes any number of rows or keys, as an array for each column.
final class PostgresTable: Sendable {
  let shape: TableShape
  /// Reads rows by key: the columns of the key, then those that are read with it.
  let select: StatementText
  /// Reads so many rows in the order of their keys.
  let firstPage: StatementText
  /// The same behind a key.
  let nextPage: StatementText
  /// Locks rows in the order of their keys, and reads them.
  let lock: StatementText
  private let insert: StatementText
  private let writes: [RowChange: StatementText]
  let delete: StatementText
  /// Deletes rows that new ones take the place of; nil if they never do.
  let makeRoom: StatementText?
  let count: StatementText
  /// A page of a tenant's rows whose key is an identifier, newest first.
  let newestFirst: StatementText
  private let latest = Mutex<[String: StatementText]>([:])  // String: columns of ours
  /// Deletes all rows of a tenant's.
  let emptying: StatementText
  /// Changes rows that are parts of groups: at least one of each.
  let changeParts: StatementText
  /// Makes those of a group's rows that are not there.
  let addParts: StatementText

  /// A statement that writes rows.
  func write(_ change: RowChange) -> StatementText { writes[change] ?? insert }

  /// A page of a tenant's rows, those that were made last before others.
  ///
  /// - Parameter column: one that has a value; nil for all rows.
  func latest(by column: String?) -> StatementText {  // String: a column of ours
    latest.withLock { texts in
      if let text = texts[column ?? ""] { return text }
      let text = StatementText(made: TableText(shape).latest(by: column))
      texts[column ?? ""] = text
      return text
    }
  }

  private static let made = Mutex<[ObjectIdentifier: PostgresTable]>([:])

  /// The statements of a table. They are made once.
  static func of(_ shape: TableShape) -> PostgresTable {
    made.withLock { made in
      if let table = made[ObjectIdentifier(shape)] { return table }
      let table = PostgresTable(shape)
      made[ObjectIdentifier(shape)] = table
      return table
    }
  }

  /// The columns of a table that are read with a row, for statements that are written by hand: those of the key first.
  static func columns<Row: StoredRow>(_ row: Row.Type, of alias: String) -> String {
    (Row.shape.keyColumns + Row.shape.valueColumns).map { "\(alias).\($0.name)" }.joined(separator: ", ")
  }

  /// How many columns those are.
  static func columnCount<Row: StoredRow>(_ row: Row.Type) -> Int {
    Row.shape.keyColumns.count + Row.shape.valueColumns.count
  }

  private init(_ shape: TableShape) {
    self.shape = shape
    let text = TableText(shape)
    select = StatementText(made: text.select)
    firstPage = StatementText(made: text.page(behindKey: false))
    nextPage = StatementText(made: text.page(behindKey: true))
    lock = StatementText(made: text.lock)
    delete = StatementText(made: text.delete)
    makeRoom = text.makeRoom.map { StatementText(made: $0) }
    count = StatementText(made: "SELECT count(*) FROM scrip.\(shape.name)\(shape.toldCondition)")
    newestFirst = StatementText(made: text.newestFirst)
    emptying = StatementText(made: "DELETE FROM scrip.\(shape.name) WHERE tenant = $1")
    insert = StatementText(made: text.insert)
    changeParts = StatementText(made: text.changeParts)
    addParts = StatementText(made: text.addParts)
    var writes: [RowChange: StatementText] = [:]
    for change in [RowChange.count, .update, .redefine] {
      if let update = text.update(change) { writes[change] = StatementText(made: update) }
    }
    self.writes = writes
  }
}

/// Makes the statements of one table.
private struct TableText {
  let shape: TableShape

  init(_ shape: TableShape) { self.shape = shape }

  private var name: String { "scrip.\(shape.name)" }

  /// `$1, $2, $3`
  private func numbers(_ count: Int) -> String { (1...count).map { "$\($0)" }.joined(separator: ", ") }

  private func list(_ columns: [TableShape.Column], of alias: String? = nil) -> String {
    columns.map { (alias.map { $0 + "." } ?? "") + $0.name }.joined(separator: ", ")
  }

  private func matches(_ alias: String, _ other: String, _ columns: [TableShape.Column]? = nil) -> String {
    (columns ?? shape.keyColumns).map { "\(alias).\($0.name) = \(other).\($0.name)" }.joined(
      separator: " AND ")
  }

  /// Behind the barrier of `OFFSET 0` each key is one look into the index, whatever the planner knows of the arrays.
  var select: String {
    let key = shape.keyColumns
    return """
      SELECT \(list(key + shape.valueColumns, of: "t")) FROM unnest(\(numbers(key.count))) AS k(\(list(key))) \
      CROSS JOIN LATERAL (SELECT * FROM \(name) AS t WHERE \(matches("t", "k")) OFFSET 0) AS t
      """
  }

  /// A key comes as arrays of one, as everywhere.
  func page(behindKey: Bool) -> String {
    let (key, number) = (shape.keyColumns, behindKey ? shape.keyColumns.count + 1 : 1)
    let last = key.indices.map { "($\($0 + 1))[1]" }.joined(separator: ", ")
    return "SELECT \(list(key + shape.valueColumns)) FROM \(name)"
      + (behindKey ? " WHERE (\(list(key))) > (\(last))" : "") + " ORDER BY \(list(key)) LIMIT $\(number)"
  }

  var newestFirst: String {
    """
    SELECT \(list(shape.keyColumns + shape.valueColumns, of: "t")) FROM \(name) AS t \
    WHERE t.tenant = $1 AND t.id < $2 ORDER BY t.id DESC LIMIT $3
    """
  }

  func latest(by column: String?) -> String {
    """
    SELECT \(list(shape.keyColumns + shape.valueColumns, of: "t")) FROM \(name) AS t \
    WHERE t.tenant = $1 AND (t.created_at, t.id) < ($2, $3)\(column.map { " AND t.\($0) = $5" } ?? "") \
    ORDER BY t.created_at DESC, t.id DESC LIMIT $4
    """
  }

  var lock: String {
    let key = shape.keyColumns
    return """
      SELECT \(list(key + shape.valueColumns, of: "t")) FROM \(name) AS t WHERE (\(list(key, of: "t"))) IN ( \
      SELECT \(list(key, of: "k")) FROM unnest(\(numbers(key.count))) AS k(\(list(key)))) \
      ORDER BY \(list(key, of: "t")) FOR NO KEY UPDATE OF t
      """
  }

  var delete: String {
    let key = shape.keyColumns
    return
      "DELETE FROM \(name) AS t USING unnest(\(numbers(key.count))) AS n(\(list(key))) WHERE \(matches("t", "n"))"
  }

  var insert: String {
    let columns = shape.columns(of: .insert)
    guard let count = shape.count else {
      return "INSERT INTO \(name) (\(list(columns))) SELECT * FROM unnest(\(numbers(columns.count)))"
        + (shape.repetition == .keepsFirst ? " ON CONFLICT DO NOTHING" : "")
    }
    // Behind the columns: the limits, whether they are enforced, how many rows there are.
    let (enforces, rows) = (columns.count + 2, columns.count + 3)
    return """
      WITH written AS (INSERT INTO \(name) (\(list(columns))) SELECT \(list(columns, of: "n")) \
      FROM unnest(\(numbers(columns.count + 1))) AS n(\(list(columns)), most) \
      WHERE NOT $\(enforces) OR n.most IS NULL OR \(sum(count, of: "n")) <= n.most RETURNING 1) \
      \(require(rows, count.refusal))
      """
  }

  /// Deletes the rows of keys that new ones take the place of; nil if they never do. A statement of its own: an insert
  /// with a condition on another table is more than a cluster's machines take.
  var makeRoom: String? {
    guard let replaced = shape.replacement else { return nil }
    let key = shape.keyColumns
    return """
      DELETE FROM \(name) AS t USING (
        SELECT \(list(key, of: "k")), found.\(replaced.column) FROM unnest(\(numbers(key.count))) AS k(\(list(key)))
        CROSS JOIN LATERAL (
          SELECT f.\(replaced.column) FROM \(name) AS f WHERE \(matches("f", "k")) OFFSET 0) AS found
        CROSS JOIN LATERAL (
          SELECT FROM scrip.\(replaced.table) AS p WHERE p.tenant = k.tenant AND p.id = found.\(replaced.column)
            AND p.\(replaced.state.column) = \(replaced.state.value) OFFSET 0) AS other) AS n
      WHERE \(matches("t", "n")) AND t.\(replaced.column) = n.\(replaced.column)
      """
  }

  /// Nil if the change writes no column.
  func update(_ change: RowChange) -> String? {
    let columns = shape.columns(of: change)
    let set = columns.filter { !$0.isFound }.map { "\($0.name) = n.\($0.name)" }
    if set.isEmpty { return nil }
    let found = matches("t", "n", shape.foundColumns)
    let change = "WITH written AS (UPDATE \(name) AS t SET \(set.joined(separator: ", "))"
    guard let count = shape.count else {
      return """
        \(change) FROM unnest(\(numbers(columns.count))) AS n(\(list(columns))) WHERE \(found) RETURNING 1) \
        \(require(columns.count + 1, nil))
        """
    }
    let (enforces, rows) = (columns.count + 2, columns.count + 3)
    return """
      \(change) FROM unnest(\(numbers(columns.count + 1))) AS n(\(list(columns)), most) WHERE \(found) \
      AND (NOT $\(enforces) OR n.most IS NULL OR \(sum(count, of: "n")) <= n.most \
      OR \(sum(count, of: "n")) <= \(sum(count, of: "t"))) RETURNING 1) \(require(rows, count.refusal))
      """
  }

  /// Behind the columns: of how many groups there has to be a row.
  var changeParts: String {
    let columns = shape.columns(of: .update)
    let set = columns.filter { !$0.isFound }.map { "\($0.name) = n.\($0.name)" }.joined(separator: ", ")
    let group = shape.keyColumns.dropLast()
    return """
      WITH written AS (UPDATE \(name) AS t SET \(set) FROM unnest(\(numbers(columns.count))) AS n(\(list(columns))) \
      WHERE \(matches("t", "n")) RETURNING \(list(Array(group), of: "t"))) \
      SELECT scrip.require((SELECT count(*) FROM (SELECT DISTINCT \(list(Array(group))) FROM written) AS w) \
      = $\(columns.count + 1), 'rows of \(shape.name) that changed are not there')
      """
  }

  var addParts: String {
    let columns = shape.columns(of: .insert)
    return """
      INSERT INTO \(name) (\(list(columns))) SELECT * FROM unnest(\(numbers(columns.count))) \
      ON CONFLICT (\(list(shape.keyColumns))) DO NOTHING
      """
  }

  private func sum(_ count: TableShape.Count, of alias: String) -> String {
    count.columns.map { "\(alias).\($0)" }.joined(separator: " + ")
  }

  private func require(_ number: Int, _ refusal: String?) -> String {
    let refusal = (refusal ?? "a row of \(shape.name) that changed is not there").replacing("'", with: "''")
    return "SELECT scrip.require((SELECT count(*) FROM written) = $\(number), '\(refusal)')"
  }
}
