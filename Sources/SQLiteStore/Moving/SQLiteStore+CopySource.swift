import Ledger
import Promotions
import Scrip

extension SQLiteStore: CopySource {
  /// How many rows each table has, as of one moment.
  public func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    try query { (rows) throws(StoreFailure) in try rows.connection.counts() }
  }

  /// The kept answers in pages, oldest first.
  public func forEachAnswers(
    page: Int, _ body: ([KeptAnswer]) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    // Numbers begin at 1 and rise as answers are given.
    var last: Int64 = 0
    while true {
      let (answers, next) = try answers(after: last, limit: page)
      if answers.isEmpty { return }
      try body(answers)
      last = next
    }
  }

  private func answers(
    after number: Int64, limit: Int
  ) throws(StoreFailure) -> (answers: [KeptAnswer], last: Int64) {
    try query { (rows) throws(StoreFailure) in
      var last = number
      let answers = try rows.connection.rows(SQLiteStore.answersInOrder) {
        $0.bind(number)
        $0.bind(limit)
      } read: { (row) throws(StoreFailure) in
        last = row.int64(0)
        let (key, stored) = try row.row(StoredAnswer.self, from: 1)
        return KeptAnswer(key: key, stored: stored)
      }
      return (answers, last)
    }
  }
}

extension SQLiteStore {
  private static let answersInOrder = StatementText(
    made: """
      SELECT number, \(SQLiteTable.columns(StoredAnswer.self)) FROM answer WHERE number > ?1 ORDER BY number LIMIT ?2
      """)
}

extension Connection {
  func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    var counts: [StoredTable: Int64] = [:]
    for shape in WorkingSet.shapes {
      counts[StoredTable(shape)] = try first(SQLiteTable.of(shape).count) { $0.int64(0) }
    }
    counts[.event] = try first("SELECT count(*) FROM event") { $0.int64(0) }
    return counts
  }
}
