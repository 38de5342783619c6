import Digest
import Forms
import Ledger
import Promotions
import Scrip

/// Several nodes write at once, so a position that was taken earlier may be committed later. What is shown of the log
/// ends before the first place where that can still happen. What comes before it is settled.
///
/// Beside every row is the first transaction that had not begun when the row's position had been taken. Once all
/// transactions before that one have ended, nothing can appear before the row any more. This costs nothing to look at,
/// but waits for every transaction of the server, whatever it does in whichever database. So where it leaves nothing to
/// show, those that write events are looked up, and only they count.
extension PostgresStore {
  /// How long a page that would be empty is waited for, if only events that are not settled yet could fill it.
  static let settlingMillisecondsMax = 500

  private static let settlingPauseMilliseconds = 5

  /// A page of events after a position, oldest first. It may be shorter than asked for before the end of the log.
  ///
  /// It is empty at the end of the log, and while a transaction that wrote events has been open for long.
  public func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    try rows(filter).map { (row) throws(StoreFailure) in try StoredEvent(row) }
  }

  /// The same, with what can be read of events that are damaged.
  public func shownEvents(_ filter: EventFilter) throws(StoreFailure) -> [ShownEvent] {
    try rows(filter).map { (row) throws(StoreFailure) in
      let event = try unreadable.read("event", String(row.int64(0)), of: row.tenant(1)) {
        () throws(StoreFailure) in try StoredEvent(row)
      }
      return event?.shown ?? ShownEvent(row)
    }
  }

  /// A page of the whole log, with rows that can't be read.
  public func log(after position: Int64, limit: Int) throws(StoreFailure) -> [LoggedRow] {
    try rows(EventFilter(after: position, limit: limit, bytes: EventFilter.bytesOfPass)).map { LoggedRow($0) }
  }

  private func rows(_ filter: EventFilter) throws(StoreFailure) -> [ResultRow] {
    let deadline = Deadline.after(milliseconds: PostgresStore.settlingMillisecondsMax)
    var page = try page(filter)
    while page.rows.isEmpty, let withheld = page.lastWithheld, !deadline.hasPassed {
      let oldest = try oldestEventWriter(of: filter.tenant)
      page = try self.page(filter, known: KnownWriters(upTo: withheld, oldest: oldest))
      if page.rows.isEmpty { pause(milliseconds: PostgresStore.settlingPauseMilliseconds) }
    }
    return page.rows
  }

  private func page(
    _ filter: EventFilter, known writers: KnownWriters = .none
  ) throws(StoreFailure) -> EventPage {
    guard let tenant = filter.tenant else {
      return try queryEveryTenant { (transaction) throws(StoreFailure) in
        guard let stream = filter.stream else {
          return EventPage(try transaction.events(filter), known: writers)
        }
        return EventPage(try transaction.events(filter, of: stream), known: writers)
      }
    }
    return try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      guard let stream = filter.stream else {
        return EventPage(try transaction.events(filter, of: tenant), known: writers)
      }
      return EventPage(allOf: try transaction.events(filter, of: Owned(tenant, stream)))
    }
  }
}

/// Who was writing events at a moment at which these had been seen already.
private struct KnownWriters {
  /// The last position that had been seen.
  let upTo: Int64
  /// The oldest transaction that was writing.
  let oldest: Int64

  static let none = KnownWriters(upTo: Int64.min, oldest: 0)
}

/// What a reader may see of the rows that were found.
private struct EventPage {
  private(set) var rows: [ResultRow] = []
  /// The last position that was found and is not shown.
  let lastWithheld: Int64?

  init(allOf rows: ResultRows) {
    self.rows = rows.map { $0 }
    lastWithheld = nil
  }

  /// Cuts off what follows the last settled row.
  init(_ part: LogPart, known writers: KnownWriters) {
    let shown = (0..<part.rows.count).last { part.isSettled($0, known: writers) }.map { $0 + 1 } ?? 0
    for index in 0..<shown { rows.append(part.rows[index]) }
    lastWithheld = shown < part.rows.count ? part.position(part.rows.count - 1) : nil
  }
}

/// Rows of the log, and the oldest transaction that had not ended at their moment.
private struct LogPart {
  let rows: ResultRows
  let horizon: Int64

  func position(_ index: Int) -> Int64 { rows[index].int64(0) }

  /// Whether every transaction that may have taken a position before the row's has ended. The column behind those of the
  /// event is the first transaction that can't have.
  func isSettled(_ index: Int, known writers: KnownWriters) -> Bool {
    let next = rows[index].int64(11)
    return next <= horizon || (position(index) <= writers.upTo && next <= writers.oldest)
  }
}

extension StoredEvent {
  /// Reads the columns position, tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind.
  fileprivate init(_ row: ResultRow) throws(StoreFailure) {
    self.init(
      position: row.int64(0),
      envelope: EventEnvelope(
        tenant: row.tenant(1), stream: try row.stream(2, kind: 10), sequence: row.int64(3), type: row.text(4),
        at: try row.instant(5), actor: row.text(6), requestID: row.optionalText(7)),
      payload: row.bytes(8), hash: try row.hash(9))
  }
}

extension ShownEvent {
  /// Reads the same columns but for the hash, as far as that is possible.
  fileprivate init(_ row: ResultRow) {
    self.init(
      position: row.int64(0), tenant: row.tenant(1), stream: row.readableStream(2, kind: 10),
      sequence: row.int64(3),
      type: row.text(4), at: Instant(exactly: row.int64(5)), actor: row.text(6),
      requestID: row.optionalText(7), payload: row.bytes(8))
  }
}

extension LoggedRow {
  /// Reads the same columns, as far as that is possible.
  fileprivate init(_ row: ResultRow) {
    let event: Result<StoredEvent, StoreFailure>
    do throws(StoreFailure) { event = .success(try StoredEvent(row)) } catch { event = .failure(error) }
    self.init(
      position: row.int64(0), tenant: row.tenant(1), stream: row.readableStream(2, kind: 10),
      sequence: row.int64(3),
      hash: Hash256(bytes: row.bytes(9)), event: event)
  }
}

extension ReadTransaction {
  fileprivate func events(_ filter: EventFilter, of tenant: Tenant.ID) throws(StoreFailure) -> LogPart {
    try part(ReadTransaction.ofTenant) {
      $0.bind(tenant)
      $0.bind(filter.after)
      $0.bind(filter.limit)
      $0.bind(filter.bytes)
    }
  }

  private static let ofTenant = bounded(
    """
    SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash,
      stream_kind::bigint, settled_after::text::bigint
    FROM scrip.event WHERE tenant = $1 AND position > $2 ORDER BY position LIMIT $3
    """, by: "$4", settledAfter: true)

  /// The events of a statement as far as their payloads go: those behind are counted, and never fetched.
  static func bounded(
    _ sql: String, by parameter: String, settledAfter: Bool  // String: SQL of ours
  ) -> StatementText {
    StatementText(
      made: """
        SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash,
          stream_kind\(settledAfter ? ", settled_after" : "")
        FROM (
          SELECT page.*, sum(octet_length(payload)) OVER (ORDER BY position) - octet_length(payload) AS bytes_before
          FROM (\(sql)) AS page
        ) AS page WHERE bytes_before < \(parameter) ORDER BY position
        """)
  }

  /// One stream of a tenant.
  fileprivate func events(_ filter: EventFilter, of key: Owned<StreamID>) throws(StoreFailure) -> ResultRows {
    try rows(StreamStatements.events(key.value.kind)) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(filter.after)
      $0.bind(filter.limit)
      $0.bind(filter.bytes)
    }
  }

  /// A stream's events behind a position that may be any stream's: from the end of the stream back to it. One stream is
  /// written by one transaction at a time, so all of it is settled. The sum keeps the planner from walking along the
  /// positions.
  func tail(
    of stream: StreamID, _ tenant: Tenant.ID, after position: Int64, limit: Int
  ) throws(StoreFailure) -> [LoggedRow] {
    try rows(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind::bigint
      FROM scrip.event
      WHERE tenant = $1 AND stream = $2 AND sequence > coalesce((
        SELECT sequence FROM scrip.event
        WHERE tenant = $1 AND stream = $2 AND position + 0 <= $3 AND $3 > 0 ORDER BY sequence DESC LIMIT 1), 0)
      ORDER BY sequence LIMIT $4
      """
    ) {
      $0.bind(tenant)
      $0.bind(stream)
      $0.bind(position)
      $0.bind(limit)
    }.map { LoggedRow($0) }
  }

  /// Streams of several tenants with one identifier: nothing makes such, but the log could hold them.
  fileprivate func events(_ filter: EventFilter, of stream: StreamID) throws(StoreFailure) -> LogPart {
    try part(ReadTransaction.ofStreams) {
      $0.bind(stream)
      $0.bind(filter.after)
      $0.bind(filter.limit)
      $0.bind(filter.bytes)
    }
  }

  private static let ofStreams = bounded(
    """
    WITH RECURSIVE logged (tenant) AS (
      (SELECT tenant FROM scrip.event ORDER BY tenant LIMIT 1)
      UNION ALL
      SELECT (SELECT event.tenant FROM scrip.event WHERE event.tenant > logged.tenant ORDER BY tenant LIMIT 1)
      FROM logged WHERE logged.tenant IS NOT NULL
    )
    SELECT position, page.tenant, stream, sequence, type, at, actor, request_id, payload, hash,
      stream_kind::bigint, settled_after::text::bigint
    FROM logged CROSS JOIN LATERAL (
      SELECT * FROM scrip.event
      WHERE event.tenant = logged.tenant AND stream = $1 AND position + 0 > $2 ORDER BY position + 0 LIMIT $3
    ) AS page
    ORDER BY position LIMIT $3
    """, by: "$4", settledAfter: true)

  /// Every tenant's events. Tenants are found in the log itself, where an audit would miss those of one that was
  /// deleted. There is no index on positions alone: so each tenant is asked for its part of a stretch of positions,
  /// beginning with the first that is there.
  /// The stretch is twice the page, because positions have gaps where transactions were rolled back.
  fileprivate func events(_ filter: EventFilter) throws(StoreFailure) -> LogPart {
    try part(ReadTransaction.ofEverybody) {
      $0.bind(filter.after)
      $0.bind(filter.limit)
      $0.bind(2 * min(filter.limit, Int.max / 4))
      $0.bind(filter.bytes)
    }
  }

  private static let ofEverybody = bounded(
    """
    WITH RECURSIVE logged (tenant) AS (
      (SELECT tenant FROM scrip.event ORDER BY tenant LIMIT 1)
      UNION ALL
      SELECT (SELECT event.tenant FROM scrip.event WHERE event.tenant > logged.tenant ORDER BY tenant LIMIT 1)
      FROM logged WHERE logged.tenant IS NOT NULL
    ), first AS (
      SELECT min(next.position) AS position FROM logged CROSS JOIN LATERAL (
        SELECT position FROM scrip.event
        WHERE event.tenant = logged.tenant AND position > $1 ORDER BY position LIMIT 1
      ) AS next
    )
    SELECT position, page.tenant, stream, sequence, type, at, actor, request_id, payload, hash,
      stream_kind::bigint, settled_after::text::bigint
    FROM logged CROSS JOIN LATERAL (
      SELECT * FROM scrip.event
      WHERE event.tenant = logged.tenant AND position >= (SELECT first.position FROM first)
        AND position < (SELECT first.position FROM first) + $3
      ORDER BY position LIMIT $2
    ) AS page
    ORDER BY position LIMIT $2
    """, by: "$4", settledAfter: true)

  /// A statement's rows. The oldest transaction is asked for by a statement of its own: one that reads a table may be
  /// answered by another machine, where transactions have other numbers.
  private func part(
    _ sql: StatementText, _ bind: (inout Parameters) -> Void
  ) throws(StoreFailure) -> LogPart {
    let results = try connection.roundTrip(deadline) { pipeline in
      pipeline.add("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
      pipeline.add(sql, bind)
    }
    guard results.count == 2, let horizon = results[0].first?.int64(0) else {
      throw .corrupt("the answer to a query")
    }
    return LogPart(rows: results[1], horizon: horizon)
  }
}
