import Engine
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

  /// The kept answers in pages, in the order of their keys, as of one moment.
  public func forEachAnswers(
    page: Int, _ body: ([KeptAnswer]) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try readingForLong { (reader) throws(StoreFailure) in
      var last = Owned(Tenant.ID(Int64.min), IdempotencyKey.Name(""))
      while true {
        let answers = try reader.answers(after: last, limit: page)
        guard let end = answers.last else { return }
        try body(answers)
        last = end.key
      }
    }
  }

  /// What names persons in pages, in the order of their pseudonyms, as of one moment.
  public func forEachPersons(
    page: Int, _ body: ([KeptPerson]) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try readingForLong { (reader) throws(StoreFailure) in
      var last = Owned(Tenant.ID(Int64.min), UserID(""))
      while true {
        let persons = try reader.persons(after: last, limit: page)
        guard let end = persons.last else { return }
        try body(persons)
        last = end.key
      }
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
  fileprivate func answers(
    after last: Owned<IdempotencyKey.Name>, limit: Int
  ) throws(StoreFailure) -> [KeptAnswer] {
    let rows = try rows(ReadTransaction.answersInOrder) {
      $0.bind(last.tenant)
      $0.bind(last.value)
      $0.bind(limit)
    }
    return try rows.map { (row) throws(StoreFailure) in
      let (key, stored) = try row.row(StoredAnswer.self)
      return KeptAnswer(key: key, stored: stored)
    }
  }

  fileprivate func persons(
    after last: Owned<UserID>, limit: Int
  ) throws(StoreFailure) -> [KeptPerson] {
    let rows = try rows(ReadTransaction.personsInOrder) {
      $0.bind(last.tenant)
      $0.bind(last.value)
      $0.bind(limit)
    }
    return try rows.map { (row) throws(StoreFailure) in
      let (key, person) = try row.row(PersonRow.self)
      return KeptPerson(key: key, row: person)
    }
  }

  private static let personsInOrder = StatementText(
    made: """
      SELECT \(PostgresTable.columns(PersonRow.self, of: "person")) FROM scrip.person
      WHERE (tenant, pseudonym) > ($1, $2) ORDER BY tenant, pseudonym LIMIT $3
      """)

  private static let answersInOrder = StatementText(
    made: """
      SELECT \(PostgresTable.columns(StoredAnswer.self, of: "answer")) FROM scrip.answer
      WHERE (tenant, key) > ($1, $2) ORDER BY tenant, key LIMIT $3
      """)
}

extension PostgresConnection {
  func counts(_ deadline: Deadline) throws(StoreFailure) -> [StoredTable: Int64] {
    let shapes = TableShape.all
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
