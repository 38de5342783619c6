import Ledger
import Promotions
import Scrip

/// Applications: found by order, time or coupon, and read with their usages and snapshots.
extension LoadPlan {
  mutating func addSearches(_ request: LoadRequest, _ keys: LoadKeys, to pipeline: inout Pipeline) {
    if !keys.orders.isEmpty { searchOrders(keys.orders, in: &pipeline) }
    if !request.heldOf.isEmpty { searchFirstEnds(request.heldOf, in: &pipeline) }
    if !request.heldUsesOf.isEmpty { searchHeldUses(request.heldUsesOf, in: &pipeline) }
    if !keys.lateLocksOf.isEmpty { searchLate(keys.lateLocksOf, at: request.lateAt, in: &pipeline) }
  }

  /// The order's live application, of which there is one at most, or the one that was locked last.
  private mutating func searchOrders(_ orders: KeyArrays<OrderID>, in pipeline: inout Pipeline) {
    add(
      """
      SELECT k.tenant, k.order_id, coalesce(
        (SELECT u.application_id FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.order_id = k.order_id AND u.is_first AND u.application_state < 2),
        (SELECT u.application_id FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.order_id = k.order_id AND u.is_first AND u.application_state > 1
          ORDER BY u.locked_at DESC, u.application_id DESC LIMIT 1))
      FROM unnest($1, $2) AS k(tenant, order_id)
      """, to: &pipeline
    ) {
      $0.bind(orders.tenants)
      $0.bind(orders.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      for row in rows {
        let key = Owned(row.tenant(0), row.name(1) as OrderID)
        if set.found.applicationOfOrder[key] == nil {
          guard let id: DiscountApplication.ID = try row.optionalIdentifier(2) else { continue }
          set.found.applicationOfOrder[key] = id
        }
        if let id = set.found.applicationOfOrder[key] { found.applications.append(Owned(key.tenant, id)) }
      }
    }
  }

  /// Locks on coupons whose time is over, those that ran out first before others. Whether they are still there is
  /// decided by the transaction that gives them back.
  private mutating func searchLate(
    _ coupons: KeyArrays<Coupon.ID>, at moment: Instant, in pipeline: inout Pipeline
  ) {
    add(
      """
      SELECT k.tenant, k.coupon_id, late.tenant, late.application_id, late.order_id, late.expires_at
      FROM unnest($1, $2) AS k(tenant, coupon_id)
      LEFT JOIN LATERAL (
        SELECT a.tenant, a.application_id, a.order_id, a.expires_at FROM (
          SELECT a.tenant, a.application_id, a.order_id, a.expires_at FROM scrip.usage AS a
          WHERE a.tenant = k.tenant AND a.is_first AND a.application_state = 0 AND a.expires_at <= $3
          ORDER BY a.expires_at OFFSET 0) AS a
        CROSS JOIN LATERAL (
          SELECT FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.application_id = a.application_id AND u.coupon_id = k.coupon_id
            AND u.state = 0
          OFFSET 0) AS u
        LIMIT $4) AS late ON true
      """, to: &pipeline
    ) {
      $0.bind(coupons.tenants)
      $0.bind(coupons.values)
      $0.bind(moment)
      $0.bind(LoadRequest.lateMax)
    } read: { (rows, set, _) throws(StoreFailure) in
      var lists: [Owned<Coupon.ID>: [FoundLock]] = [:]
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        let lock = row.isNull(3) ? nil : try FoundLock(row, from: 2)
        lists[key, default: []] += lock.map { [$0] } ?? []
      }
      for (key, list) in lists where set.found.lateLocks[key] == nil { set.found.lateLocks[key] = list }
    }
  }

  /// When the first lock on each coupon ends, as far as some of them tell.
  private mutating func searchFirstEnds(_ coupons: Set<Owned<Coupon.ID>>, in pipeline: inout Pipeline) {
    let keys = KeyArrays(coupons.map { ($0.tenant, $0.value) })
    add(
      """
      SELECT k.tenant, k.coupon_id, first.expires_at
      FROM unnest($1, $2) AS k(tenant, coupon_id)
      CROSS JOIN LATERAL (
        SELECT min(u.expires_at) AS expires_at FROM (
          SELECT u.expires_at FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.coupon_id = k.coupon_id AND u.state = 0 LIMIT $3) AS u) AS first
      WHERE first.expires_at IS NOT NULL
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
      $0.bind(LoadRequest.heldSearchMax)
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        if set.found.heldUntil[key] == nil { set.found.heldUntil[key] = try row.instant(2) }
      }
    }
  }

  /// The uses of coupons that locks hold, so many of each. One that can't be read is left out: its own order's commands
  /// say so, and what a refusal tells of others is not worth failing for.
  private mutating func searchHeldUses(_ coupons: Set<Owned<Coupon.ID>>, in pipeline: inout Pipeline) {
    let keys = KeyArrays(coupons.map { ($0.tenant, $0.value) })
    add(
      """
      SELECT k.tenant, k.coupon_id, u.application_id, u.code, u.amount, u.counters, u.expires_at
      FROM unnest($1, $2) AS k(tenant, coupon_id)
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u
        WHERE u.tenant = k.tenant AND u.coupon_id = k.coupon_id AND u.state = 0 LIMIT $3) AS u
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
      $0.bind(LoadRequest.heldSearchMax)
    } read: { (rows, set, _) throws(StoreFailure) in
      var lists = Dictionary(uniqueKeysWithValues: coupons.map { ($0, [HeldUse]()) })
      for row in rows {
        do throws(StoreFailure) {
          let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
          if lists[key] != nil { lists[key]?.append(try HeldUse(row)) }
        } catch {
          continue
        }
      }
      for (key, list) in lists where set.found.heldUses[key] == nil {
        set.found.heldUses[key] = list.sorted { $0.expiresAt < $1.expiresAt }
      }
    }
  }

  /// Applications with snapshots, or without.
  mutating func addApplications(_ keys: LoadKeys, locked: Bool, to pipeline: inout Pipeline) {
    addApplications(keys.applications, withSnapshots: true, locked: locked, to: &pipeline)
    addApplications(keys.locks, withSnapshots: false, locked: locked, to: &pipeline)
  }

  /// Applications with their usages, and the counters that giving those back will change. In a transaction that locks,
  /// those of campaigns come later, behind the campaigns' locks: holding the coupons keeps nobody from them.
  private mutating func addApplications(
    _ keys: KeyArrays<DiscountApplication.ID>, withSnapshots: Bool, locked: Bool, to pipeline: inout Pipeline
  ) {
    if keys.isEmpty { return }
    add(locked ? LoadPlan.couponCounters : LoadPlan.countersOfApplications, to: &pipeline) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows { try row.load(into: &set.counters) }
    }
    let text = withSnapshots ? LoadPlan.applicationsWithSnapshots : LoadPlan.applicationsWithoutSnapshots
    add(text, to: &pipeline) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      var usages: [Owned<DiscountApplication.ID>: [UsageRow]] = [:]
      var snapshots: [Owned<DiscountApplication.ID>: QuoteSnapshot] = [:]
      for row in rows {
        let (key, usage) = try row.row(UsageRow.self)
        let application = Owned(key.tenant, key.value.applicationID)
        found.behind.insert(Owned(key.tenant, key.value.couponID))
        found.orders.insert(Owned(key.tenant, usage.shared.application.orderID))
        if set.applications[application] != nil { continue }
        usages[application, default: []].append(usage)
        if withSnapshots, usage.isFirst {
          snapshots[application] = try row.snapshot(in: PostgresTable.columnCount(UsageRow.self))
        }
      }
      for (key, rows) in usages {
        guard var record = try ApplicationRecord(rows) else { continue }
        if withSnapshots {
          guard let snapshot = snapshots[key] else { throw .corrupt("the first usage of an application") }
          record.application.snapshot = snapshot
        }
        set.applications.load(record, for: key)
      }
    }
  }

  private static let countersOfApplications = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CounterRow.self, of: "c")) FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      CROSS JOIN LATERAL json_array_elements_text(u.counters::json) AS held(counter) CROSS JOIN LATERAL (
        SELECT CASE WHEN left(held.counter, 2) IN ('c:', 'm:') THEN substr(held.counter, 3, 32)::uuid
          ELSE u.coupon_id END AS id OFFSET 0) AS holder
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.counter AS c
        WHERE c.tenant = u.tenant AND c.holder_id = holder.id AND c.counter = held.counter OFFSET 0) AS c
      """)

  private static let couponCounters = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CounterRow.self, of: "c")) FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      CROSS JOIN LATERAL json_array_elements_text(u.counters::json) AS held(counter) CROSS JOIN LATERAL (
        SELECT * FROM scrip.counter AS c
        WHERE c.tenant = u.tenant AND c.holder_id = u.coupon_id AND c.counter = held.counter OFFSET 0) AS c
      """)

  private static let applicationsWithoutSnapshots = StatementText(
    made: """
      SELECT \(PostgresTable.columns(UsageRow.self, of: "u"))
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      ORDER BY u.tenant, u.application_id, u.coupon_id
      """)

  /// The stream is chosen by `CASE`: under row-level security a condition with `coalesce` is judged row by row after the index,
  /// and each application would read the more the more events there are.
  private static let applicationsWithSnapshots = StatementText(
    made: """
      SELECT \(PostgresTable.columns(UsageRow.self, of: "u")), e.type, e.payload
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      LEFT JOIN LATERAL (
        SELECT e.type, e.payload FROM scrip.event AS e
        WHERE u.is_first AND e.tenant = u.tenant AND e.sequence = u.agreed_sequence
          AND e.stream =
            CASE WHEN u.agreed_coupon_id IS NULL THEN u.coupon_id ELSE u.agreed_coupon_id END
        OFFSET 0) AS e ON true
      ORDER BY u.tenant, u.application_id, u.coupon_id
      """)
}

extension ResultRow {
  /// The snapshot of the event whose type and payload stand in a column and in the next one.
  fileprivate func snapshot(in column: Int) throws(StoreFailure) -> QuoteSnapshot {
    guard !isNull(column) else { throw .corrupt("the event that an application was agreed in") }
    return try StoredAgreement.decode(type: text(column), payload: bytes(column + 1)).snapshot
  }
}

extension HeldUse {
  fileprivate init(_ row: ResultRow) throws(StoreFailure) {
    self.init(
      applicationID: try row.identifier(2), code: try row.code(3),
      amount: try row.count(4, of: "a usage's amount"),
      counters: row.isNull(5) ? [] : try StoredCounters.decode(row.bytes(5)), expiresAt: try row.instant(6))
  }
}
