import Ledger
import Promotions
import Scrip

extension SQLiteStore: CopySource {
  /// How many rows each table has, as of one moment.
  public func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    try query { (rows) throws(StoreFailure) in try rows.connection.counts() }
  }

  /// The rows in pages, as of one moment: answers oldest first, others in the order of their keys.
  public func forEachPage<Row: StoredRow>(
    of row: Row.Type, size: Int, _ body: (Rows<Row>) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try query { (rows) throws(StoreFailure) in
      var page = Rows<Row>()
      _ = try rows.connection.rows(SQLiteTable.of(Row.shape).selectAll) { (statement) throws(StoreFailure) in
        let (key, row) = try statement.row(Row.self)
        page.insert(row, for: key)
        if page.all.count == size {
          try body(page)
          page = Rows()
        }
      }
      if !page.all.isEmpty { try body(page) }
    }
  }
}

extension SQLiteConnection {
  func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    var counts: [StoredTable: Int64] = [:]
    for shape in WorkingSet.shapes {
      counts[StoredTable(shape)] = try first(SQLiteTable.of(shape).count) { $0.int64(0) }
    }
    counts[.event] = try first("SELECT count(*) FROM event") { $0.int64(0) }
    return counts
  }
}
