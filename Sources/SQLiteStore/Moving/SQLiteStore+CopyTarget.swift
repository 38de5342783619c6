import Digest
import Ledger
import Promotions
import Scrip

extension SQLiteStore: CopyTarget {
  /// Fills the file in one transaction. Until its end everything is in the write-ahead log, which therefore grows as
  /// large as what is copied.
  public func receive<Result>(
    _ body: (any CopyTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let result = try writer.exclusively { (connection) throws(StoreFailure) in
      let result = try connection.immediately { () throws(StoreFailure) -> Result in
        let result = try body(FillingTransaction(connection: connection, now: now))
        try connection.noteGapsOfPositions()
        return result
      }
      writer.noteCommit()
      return result
    }
    checkpoint()
    return result
  }

  /// Whether positions have no gaps. A log that was copied from a store whose positions have gaps keeps them.
  public var positionsAreContiguous: Bool {
    do throws(StoreFailure) {
      return try query { (rows) throws(StoreFailure) in try rows.connection.logHasNoGaps() }
    } catch {
      // The strict answer. Whoever asked reads the log next, and that fails for the same reason.
      return true
    }
  }
}

/// The transaction that fills a file.
private struct FillingTransaction: CopyTransaction {
  let connection: SQLiteConnection
  private let rows: WriteTransaction

  init(connection: SQLiteConnection, now: Instant) {
    self.connection = connection
    rows = WriteTransaction(connection: connection, terms: TermsCache(), now: now, enforcesLimits: false)
  }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try rows.load(request, into: &set)
  }

  func counts() throws(StoreFailure) -> [StoredTable: Int64] { try connection.counts() }

  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    try connection.keepIdentityCheck(check)
  }

  func write(_ set: WorkingSet, events: [StoredEvent]) throws(StoreFailure) {
    try rows.write(set)
    for event in events { try insert(event) }
  }

  func write<Row: StoredRow>(_ page: Rows<Row>) throws(StoreFailure) {
    try connection.write(page, enforcesLimits: false)
  }

  private func insert(_ event: StoredEvent) throws(StoreFailure) {
    let envelope = event.envelope
    try connection.run(
      """
      INSERT INTO event (position, tenant, stream, sequence, type, at, actor, request_id, payload, hash,
        stream_kind)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
      """
    ) {
      $0.bind(event.position)
      $0.bind(envelope.tenant)
      $0.bind(envelope.stream)
      $0.bind(envelope.sequence)
      $0.bind(envelope.type)
      $0.bind(envelope.at)
      $0.bind(envelope.actor)
      $0.bind(envelope.requestID)
      $0.bind(event.payload)
      $0.bind(event.hash)
      $0.bind(envelope.stream.kind)
    }
  }
}

extension SQLiteConnection {
  /// The file's own number for its user, which is of no other use here: 1 if the log was copied with gaps.
  fileprivate func noteGapsOfPositions() throws(StoreFailure) {
    let hasGaps = try first("SELECT count(*) < coalesce(max(position), 0) FROM event") { $0.bool(0) } ?? false
    if hasGaps { try execute("PRAGMA user_version = 1") }
  }

  fileprivate func logHasNoGaps() throws(StoreFailure) -> Bool {
    try first("PRAGMA user_version") { $0.int64(0) == 0 } ?? true
  }
}
