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

/// Persons.
extension SQLiteStore {
  /// What names persons in pages, in the order of their pseudonyms.
  public func forEachPersons(
    page: Int, _ body: ([KeptPerson]) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    var last = Owned(Tenant.ID(Int64.min), UserID(""))
    while true {
      let persons = try persons(after: last, limit: page)
      guard let end = persons.last else { return }
      try body(persons)
      last = end.key
    }
  }

  private func persons(after last: Owned<UserID>, limit: Int) throws(StoreFailure) -> [KeptPerson] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(SQLiteStore.personsInOrder) {
        $0.bind(last.tenant)
        $0.bind(last.value)
        $0.bind(limit)
      } read: { (row) throws(StoreFailure) in
        let (key, person) = try row.row(PersonRow.self)
        return KeptPerson(key: key, row: person)
      }
    }
  }

  private static let personsInOrder = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(PersonRow.self)) FROM person
      WHERE (tenant, pseudonym) > (?1, ?2) ORDER BY tenant, pseudonym LIMIT ?3
      """)
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
    for shape in TableShape.all {
      counts[StoredTable(shape)] = try first(SQLiteTable.of(shape).count) { $0.int64(0) }
    }
    counts[.event] = try first("SELECT count(*) FROM event") { $0.int64(0) }
    return counts
  }
}
