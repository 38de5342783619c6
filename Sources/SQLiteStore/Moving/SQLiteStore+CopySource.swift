import Engine
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
      let answers = try rows.connection.rows(
        """
        SELECT number, tenant, key, fingerprint, kind, body, at FROM answer
        WHERE number > ?1 ORDER BY number LIMIT ?2
        """
      ) {
        $0.bind(number)
        $0.bind(limit)
      } read: { (row) throws(StoreFailure) in
        last = row.int64(0)
        return KeptAnswer(
          key: Owned(row.tenant(1), row.name(2)),
          stored: StoredAnswer(
            fingerprint: try row.hash(3),
            form: AnswerForm(kind: try AnswerForm.Kind(stored: row.text(4)), body: row.bytes(5)),
            at: try row.instant(6)))
      }
      return (answers, last)
    }
  }
}

extension Connection {
  func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    var counts: [StoredTable: Int64] = [:]
    for table in StoredTable.allCases {
      counts[table] = try first(table.countStatement) { $0.int64(0) }
    }
    return counts
  }
}

extension StoredTable {
  fileprivate var countStatement: StaticString {
    switch self {
    case .tenant: "SELECT count(*) FROM tenant"
    case .coupon: "SELECT count(*) FROM coupon"
    case .couponVersion: "SELECT count(*) FROM coupon_version"
    case .code: "SELECT count(*) FROM code"
    case .counter: "SELECT count(*) FROM counter"
    case .application: "SELECT count(*) FROM application"
    case .usage: "SELECT count(*) FROM usage"
    case .accessKey: "SELECT count(*) FROM access_key"
    case .event: "SELECT count(*) FROM event"
    case .answer: "SELECT count(*) FROM answer"
    }
  }
}
