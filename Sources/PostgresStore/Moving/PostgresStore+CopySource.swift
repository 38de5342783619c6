import Ledger
import Promotions
import Scrip

extension PostgresStore: CopySource {
  /// How many rows each table has, as of one moment.
  ///
  /// - Throws: `StoreFailure` of kind `schema` if whoever logs in does not see all rows: what is copied would look
  ///   complete, and be empty.
  public func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    try readingForLong { (reader) throws(StoreFailure) in
      guard let row = try reader.rows("SELECT row_security_active('scrip.event')").first, !row.bool(0) else {
        throw .schema("not all rows are seen: log in as the role that owns the schema")
      }
      return try reader.connection.counts(reader.deadline)
    }
  }

  /// The rows in pages, in the order of their keys, as of one moment.
  public func forEachPage<Row: StoredRow>(
    of row: Row.Type, size: Int, _ body: (Rows<Row>) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try readingForLong { (reader) throws(StoreFailure) in
      var last: Row.Key?
      repeat {
        var page = Rows<Row>()
        let found = try reader.rows(of: Row.self, after: last, limit: size)
        last = nil
        for result in found {
          let (key, row) = try result.row(Row.self)
          page.insert(row, for: key)
          last = key
        }
        if last != nil { try body(page) }
      } while last != nil
    }
  }

  /// How long a statement or a pause may take where all of a store is read or written.
  static var copyingDeadline: Deadline { .after(milliseconds: 24 * 3_600_000) }

  private func readingForLong<Result>(
    _ body: (ReadTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let connection = try PostgresConnection(configuration.address, schema: schema, deadline: deadline)
    let session = Session(connection: connection, deadline: PostgresStore.copyingDeadline, role: "none")
    let reader = ReadTransaction(session: session, terms: terms, clock: clock)
    try reader.begin(for: [])
    let result = try body(reader)
    try reader.end()
    return result
  }
}

extension ReadTransaction {
  fileprivate func rows<Row: StoredRow>(
    of row: Row.Type, after last: Row.Key?, limit: Int
  ) throws(StoreFailure) -> ResultRows {
    let table = PostgresTable.of(Row.shape)
    guard let last else { return try rows(table.firstPage) { $0.bind(limit) } }
    return try rows(table.nextPage) {
      var arrays = ColumnArrays(table.shape, .key)
      arrays.add(last, of: Row.self)
      arrays.bind(to: &$0)
      $0.bind(limit)
    }
  }
}

extension PostgresConnection {
  func counts(_ deadline: Deadline) throws(StoreFailure) -> [StoredTable: Int64] {
    let shapes = WorkingSet.shapes
    let results = try roundTrip(deadline) { pipeline in
      for shape in shapes { pipeline.add(PostgresTable.of(shape).count) }
      pipeline.add("SELECT count(*) FROM scrip.event")
    }
    var counts: [StoredTable: Int64] = [:]
    for (table, rows) in zip(shapes.map(StoredTable.init) + [.event], results) {
      counts[table] = rows.first?.int64(0)
    }
    return counts
  }
}
