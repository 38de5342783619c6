import Engine
import Scrip

/// Several nodes write at once, so a position that was taken earlier may be committed later. What is shown of the log
/// ends before the first place where that can still happen.
///
/// Every row says which transaction was the next to begin when its position had been taken. Once all transactions
/// before that one have ended, nothing can appear before the row any more: the row is settled, and so is every row
/// before it.
extension PostgresStore {
  private static let settlingPauseMilliseconds = 5

  /// The largest page: positions behind one still fit into 64 bits.
  private static let pageMax = 1 << 40

  /// A page of events after a position, oldest first. It may be shorter than asked for before the end of the log.
  ///
  /// It is empty at the end of the log, and while a transaction that has been open for long holds back the rest.
  public func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    let deadline = Deadline.after(milliseconds: configuration.settlingMilliseconds)
    var filter = filter
    filter.limit = min(filter.limit, PostgresStore.pageMax)
    while true {
      let page = try page(filter)
      if !page.events.isEmpty || !page.isWithheld || deadline.hasPassed { return page.events }
      pause(milliseconds: PostgresStore.settlingPauseMilliseconds)
    }
  }

  private func page(_ filter: EventFilter) throws(StoreFailure) -> EventPage {
    guard let tenant = filter.tenant else {
      return try queryEveryTenant { (transaction) throws(StoreFailure) in
        if let couponID = filter.couponID { return try transaction.events(filter, of: couponID) }
        return try transaction.events(filter)
      }
    }
    return try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      guard let couponID = filter.couponID else { return try transaction.events(filter, of: tenant) }
      return try EventPage(allOf: transaction.events(filter, of: Owned(tenant, couponID)))
    }
  }
}

/// What a reader may see of the rows that were found.
private struct EventPage {
  private(set) var events: [StoredEvent] = []
  let isWithheld: Bool

  init(allOf rows: Rows) throws(StoreFailure) {
    events = try rows.map { (row) throws(StoreFailure) in try StoredEvent(row) }
    isWithheld = false
  }

  /// Cuts off what follows the last settled row. The column behind those of the event is the transaction that had to
  /// be waited for.
  ///
  /// - Parameter horizon: the oldest transaction that has not ended.
  init(of rows: Rows, settledBefore horizon: Int64) throws(StoreFailure) {
    let settled = (0..<rows.count).last { rows[$0].int64(10) <= horizon }.map { $0 + 1 } ?? 0
    for index in 0..<settled { events.append(try StoredEvent(rows[index])) }
    isWithheld = settled < rows.count
  }
}

extension StoredEvent {
  /// Reads the columns position, tenant, stream, sequence, type, at, actor, request_id, payload, hash.
  fileprivate init(_ row: Row) throws(StoreFailure) {
    self.init(
      position: row.int64(0),
      envelope: EventEnvelope(
        tenant: row.tenant(1), stream: try row.stream(2), sequence: row.int64(3), type: row.text(4),
        at: row.instant(5), actor: row.text(6), requestID: row.optionalText(7)),
      payload: row.bytes(8), hash: try row.hash(9))
  }
}

extension ReadTransaction {
  fileprivate func events(_ filter: EventFilter, of tenant: Tenant.ID) throws(StoreFailure) -> EventPage {
    try settled(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash,
        settled_after::text::bigint
      FROM scrip.event WHERE tenant = $1 AND position > $2 ORDER BY position LIMIT $3
      """
    ) {
      $0.bind(tenant)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    }
  }

  /// One stream is written by one transaction at a time, so its numbers and positions rise together and all of it is
  /// settled. Where the page begins is found by the number of the event that the last page ended with.
  fileprivate func events(_ filter: EventFilter, of key: Owned<Coupon.ID>) throws(StoreFailure) -> Rows {
    // The sum keeps the planner from walking along the positions, between which all other streams' lie.
    try rows(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash
      FROM scrip.event
      WHERE tenant = $1 AND stream = $2 AND position + 0 > $3 AND sequence > coalesce(
        (SELECT sequence FROM scrip.event WHERE tenant = $1 AND position = $3 AND stream = $2), 0)
      ORDER BY sequence LIMIT $4
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    }
  }

  /// Coupons of several tenants with one identifier: nothing makes such, but the log could hold them.
  fileprivate func events(_ filter: EventFilter, of couponID: Coupon.ID) throws(StoreFailure) -> EventPage {
    try settled(
      """
      WITH RECURSIVE logged (tenant) AS (
        (SELECT tenant FROM scrip.event ORDER BY tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT event.tenant FROM scrip.event WHERE event.tenant > logged.tenant ORDER BY tenant LIMIT 1)
        FROM logged WHERE logged.tenant IS NOT NULL
      )
      SELECT position, page.tenant, stream, sequence, type, at, actor, request_id, payload, hash,
        settled_after::text::bigint
      FROM logged CROSS JOIN LATERAL (
        SELECT * FROM scrip.event
        WHERE event.tenant = logged.tenant AND stream = $1 AND position + 0 > $2 ORDER BY sequence LIMIT $3
      ) AS page
      ORDER BY position LIMIT $3
      """
    ) {
      $0.bind(couponID)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    }
  }

  /// Every tenant's events. Tenants are found in the log itself, where an audit would miss those of one that was
  /// deleted. There is no index on positions alone, which a database that is distributed by tenant could not have
  /// either: so each tenant is asked for its part of a stretch of positions, beginning with the first that is there.
  /// The stretch is twice the page, because positions have gaps where transactions were rolled back.
  fileprivate func events(_ filter: EventFilter) throws(StoreFailure) -> EventPage {
    try settled(
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
        settled_after::text::bigint
      FROM logged CROSS JOIN LATERAL (
        SELECT * FROM scrip.event
        WHERE event.tenant = logged.tenant AND position >= (SELECT first.position FROM first)
          AND position < (SELECT first.position FROM first) + $3
        ORDER BY position LIMIT $2
      ) AS page
      ORDER BY position LIMIT $2
      """
    ) {
      $0.bind(filter.after)
      $0.bind(filter.limit)
      $0.bind(2 * min(filter.limit, Int.max / 4))
    }
  }

  /// The page of a statement's rows, with the oldest transaction that had not ended at their moment. That is asked for
  /// by a statement of its own: within one that reads a table, a distributed database would have each machine answer
  /// with its own transactions.
  private func settled(
    _ sql: StaticString, _ bind: (inout Parameters) -> Void
  ) throws(StoreFailure) -> EventPage {
    let results = try connection.roundTrip(deadline) { pipeline in
      pipeline.add("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
      pipeline.add(sql, bind)
    }
    guard results.count == 2, let horizon = results[0].first?.int64(0) else {
      throw .corrupt("the answer to a query")
    }
    return try EventPage(of: results[1], settledBefore: horizon)
  }
}
