import Digest
import Ledger
import Promotions
import Scrip

extension PostgresStore: CopyTarget {
  /// Fills the database in one transaction, as whoever logs in.
  public func receive<Result>(
    _ body: (any CopyTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let connection = try PostgresConnection(configuration.address, schema: schema, deadline: deadline)
    var session = Session(connection: connection, deadline: PostgresStore.copyingDeadline, role: "none")
    let begun = try connection.roundTrip(session.deadline) { pipeline in
      session.begin(.writing, in: &pipeline)
      // A service that starts now finds no tenant, and waits with making one.
      pipeline.add("LOCK TABLE scrip.tenant IN SHARE ROW EXCLUSIVE MODE")
    }
    let rows = WriteTransaction(
      now: try Session.moment(begun),
      loader: Loader(session: session, terms: TermsCache(), locks: .none),
      enforcesLimits: false)
    let result = try body(FillingTransaction(connection: connection, rows: rows, deadline: session.deadline))
    try rows.finishFilling()
    try rows.commit()
    return result
  }
}

/// The transaction that fills a database.
private struct FillingTransaction: CopyTransaction {
  let connection: PostgresConnection
  let rows: WriteTransaction
  let deadline: Deadline

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try rows.load(request, into: &set)
  }

  func counts() throws(StoreFailure) -> [StoredTable: Int64] {
    try rows.flush()
    return try connection.counts(deadline)
  }

  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    let results = try connection.roundTrip(deadline) { pipeline in
      IdentityCheck.keep(check, in: &pipeline)
      pipeline.add(IdentityCheck.select)
    }
    guard let kept = results[1].first else { throw .corrupt("the identity check") }
    return try kept.hash(0)
  }

  func write(_ set: WorkingSet, events: [StoredEvent]) throws(StoreFailure) {
    try rows.write(set)
    if !events.isEmpty { rows.insert(events) }
    try rows.flush()
  }

  func write<Row: StoredRow>(_ page: Rows<Row>) throws(StoreFailure) {
    rows.write(page)
    try rows.flush()
  }
}

extension WriteTransaction {
  /// Every event is settled from the start: nothing will ever appear before one of them.
  fileprivate func insert(_ events: [StoredEvent]) {
    let envelopes = events.map(\.envelope)
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.event (position, tenant, stream, sequence, type, at, actor, request_id, payload, hash,
          stream_kind, settled_after)
        SELECT n.*, '0'::xid8 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS n
        """
      ) {
        $0.bind(events.map(\.position))
        $0.bind(envelopes.map(\.tenant))
        $0.bind(envelopes.map(\.stream))
        $0.bind(envelopes.map(\.sequence))
        $0.bind(envelopes.map(\.type))
        $0.bind(envelopes.map(\.at))
        $0.bind(envelopes.map(\.actor))
        $0.bind(envelopes.map(\.requestID))
        $0.bindBytes(events.map(\.payload))
        $0.bind(events.map(\.hash))
        $0.bind(envelopes.map(\.stream.kind))
      }
    }
  }

  /// The next position is behind the last event's, and the planner knows the tables from the first query on.
  fileprivate func finishFilling() throws(StoreFailure) {
    try flush()
    let results = try loader.session.connection.roundTrip(loader.session.deadline) {
      $0.add("SELECT max(position) FROM scrip.event")
    }
    let last = results.first?.first?.optionalInt64(0)
    add { pipeline in
      if let last { pipeline.add("SELECT setval('scrip.event_position', $1)") { $0.bind(last) } }
      pipeline.add(WriteTransaction.analysis)
    }
  }

  private static let analysis = StatementText(
    made: "ANALYZE "
      + (WorkingSet.shapes.map(\.name) + ["event"]).map { "scrip.\($0)" }.joined(separator: ", "))
}
