import Ledger
import Promotions
import Scrip

/// One transaction of the only writing connection.
final class WriteTransaction: StoreTransaction {
  let now: Instant
  let connection: SQLiteConnection
  /// Off where events are folded again: a limit that was lowered later says nothing about earlier uses.
  let enforcesLimits: Bool
  private var rows: RowReader
  /// Whether keys were changed.
  private(set) var changesAccess = false

  /// How far ahead of now an answer may be without being of a time that never was: a clock may be put back a little.
  private static let secondsAheadMax: Int64 = 86_400

  init(connection: SQLiteConnection, terms: TermsCache, now: Instant, enforcesLimits: Bool) {
    self.now = now
    self.connection = connection
    self.enforcesLimits = enforcesLimits
    rows = RowReader(connection: connection, terms: terms, cache: nil)
  }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try rows.load(request, into: &set)
  }

  func write(_ set: WorkingSet) throws(StoreFailure) {
    rows.readsCommitted = false
    if !set.accessKeys.isUnchanged { changesAccess = true }
    var writing = TableWriting(connection: connection, enforcesLimits: enforcesLimits)
    try set.visitTables(&writing)
    try writeEvents(set)
  }

  /// Writes the row that tells nothing. Its bytes are others each time: SQLite writes no page that stays as it is.
  func probe(_ size: ProbeSize) throws(StoreFailure) {
    try connection.run(
      """
      INSERT INTO write_probe (number, value) VALUES (1, randomblob(?1))
      ON CONFLICT (number) DO UPDATE SET value = excluded.value
      """
    ) {
      $0.bind(size.bytes)
    }
  }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    // Answers are numbered as they are given, so the oldest have the lowest numbers; among them may be some of a time
    // that never was, from before a clock was put right.
    try connection.run(
      """
      DELETE FROM answer
      WHERE (at < ?1 OR at > ?3) AND number IN (SELECT number FROM answer ORDER BY number LIMIT ?2)
      """
    ) {
      $0.bind(moment)
      $0.bind(max)
      $0.bind(now.adding(seconds: WriteTransaction.secondsAheadMax))
    }
  }
}

extension WriteTransaction {
  /// Deletes all rows of a tenant's in a projection's tables.
  func empty(_ tables: [TableShape], of tenant: Tenant.ID) throws(StoreFailure) {
    for shape in tables {
      try connection.run(SQLiteTable.of(shape).emptying) { $0.bind(tenant) }
    }
  }

  func writeEvents(_ set: WorkingSet) throws(StoreFailure) {
    if enforcesLimits {
      for (stream, head) in set.log.continued { try check(head, of: stream) }
    }
    for chained in set.log.events {
      let event = chained.event
      try connection.run(
        """
        INSERT INTO event (tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
        """
      ) {
        $0.bind(event.tenant)
        $0.bind(event.stream)
        $0.bind(event.sequence)
        $0.bind(event.fact.name)
        $0.bind(event.at)
        $0.bind(event.actor.stored)
        $0.bind(event.requestID)
        $0.bind(chained.payload)
        $0.bind(chained.hash)
        $0.bind(event.stream.kind)
      }
    }
  }

  /// A head that does not stand where the log of its stream ends was changed by somebody else. The other direction, an
  /// event behind the head, is refused by the key.
  private func check(_ head: StreamHead, of stream: Owned<StreamID>) throws(StoreFailure) {
    let sql: StatementText = "SELECT hash FROM event WHERE tenant = ?1 AND stream = ?2 AND sequence = ?3"
    let isTheEnd = try connection.first(sql) {
      $0.bind(stream.tenant)
      $0.bind(stream.value)
      $0.bind(head.sequence)
    } read: {
      $0.bytes(0) == head.hash.bytes
    }
    if isTheEnd != true { throw .refused("a stream's head is not where its log ends", statement: sql) }
  }
}

/// Writes what has changed of each table.
private struct TableWriting: RowVisitor {
  let connection: SQLiteConnection
  let enforcesLimits: Bool

  func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(StoreFailure) {
    try connection.write(rows, enforcesLimits: enforcesLimits)
  }

  /// Groups that make room for others come first.
  func visit<Group: RowGroup>(groups: Rows<Group>) throws(StoreFailure) {
    if groups.isUnchanged { return }
    try groups.forEachWriting { (key, group, change, _) throws(StoreFailure) in
      switch change {
      case .update, .redefine: try connection.change(group.parts(of: key))
      case .insert: for (key, row) in group.parts(of: key) { try connection.insert(row, key) }
      case .count, nil: break
      }
    }
  }
}
