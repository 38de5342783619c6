import Engine
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
        (SELECT a.id FROM scrip.application AS a
          WHERE a.tenant = k.tenant AND a.order_id = k.order_id AND a.state < 2),
        (SELECT a.id FROM scrip.application AS a
          WHERE a.tenant = k.tenant AND a.order_id = k.order_id AND a.state = 2
          ORDER BY a.locked_at DESC, a.id DESC LIMIT 1))
      FROM unnest($1, $2) AS k(tenant, order_id)
      """, to: &pipeline
    ) {
      $0.bind(orders.tenants)
      $0.bind(orders.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      for row in rows {
        let key = Owned(row.tenant(0), row.name(1) as OrderID)
        if set.applicationOfOrder[key] == nil {
          guard let id: DiscountApplication.ID = try row.optionalIdentifier(2) else { continue }
          set.applicationOfOrder[key] = id
        }
        if let id = set.applicationOfOrder[key] { found.applications.append(Owned(key.tenant, id)) }
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
      SELECT k.tenant, k.coupon_id, late.tenant, late.id, late.order_id, late.expires_at
      FROM unnest($1, $2) AS k(tenant, coupon_id)
      LEFT JOIN LATERAL (
        SELECT a.tenant, a.id, a.order_id, a.expires_at FROM (
          SELECT a.tenant, a.id, a.order_id, a.expires_at FROM scrip.application AS a
          WHERE a.tenant = k.tenant AND a.state = 0 AND a.expires_at <= $3 ORDER BY a.expires_at OFFSET 0) AS a
        CROSS JOIN LATERAL (
          SELECT FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.application_id = a.id AND u.coupon_id = k.coupon_id AND u.state = 0
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
      for (key, list) in lists where set.lateLocks[key] == nil { set.lateLocks[key] = list }
    }
  }

  /// When the first lock on each coupon ends, if that is one of the tenant's first.
  private mutating func searchFirstEnds(_ coupons: Set<Owned<Coupon.ID>>, in pipeline: inout Pipeline) {
    let keys = KeyArrays(coupons.map { ($0.tenant, $0.value) })
    add(
      """
      SELECT k.tenant, k.coupon_id, first.expires_at
      FROM unnest($1, $2) AS k(tenant, coupon_id)
      CROSS JOIN LATERAL (
        SELECT a.expires_at FROM (
          SELECT a.id, a.expires_at FROM scrip.application AS a
          WHERE a.tenant = k.tenant AND a.state = 0 ORDER BY a.expires_at LIMIT $3) AS a
        CROSS JOIN LATERAL (
          SELECT FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.application_id = a.id AND u.coupon_id = k.coupon_id AND u.state = 0
          OFFSET 0) AS u
        ORDER BY a.expires_at LIMIT 1) AS first
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
      $0.bind(LoadRequest.heldSearchMax)
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        if set.heldUntil[key] == nil { set.heldUntil[key] = try row.instant(2) }
      }
    }
  }

  /// The uses of coupons that the first locks of their tenants hold. One that can't be read is left out: its own order's
  /// commands say so, and what a refusal tells of others is not worth failing for.
  private mutating func searchHeldUses(_ coupons: Set<Owned<Coupon.ID>>, in pipeline: inout Pipeline) {
    add(
      """
      SELECT k.tenant, u.coupon_id, u.application_id, u.code, u.amount, u.counters, a.expires_at
      FROM unnest($1) AS k(tenant)
      CROSS JOIN LATERAL (
        SELECT a.id, a.expires_at FROM scrip.application AS a
        WHERE a.tenant = k.tenant AND a.state = 0 ORDER BY a.expires_at LIMIT $3) AS a
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u
        WHERE u.tenant = k.tenant AND u.application_id = a.id AND u.coupon_id = ANY ($2) AND u.state = 0
        OFFSET 0) AS u
      """, to: &pipeline
    ) {
      $0.bind(Array(Set(coupons.map(\.tenant))))
      $0.bind(Array(Set(coupons.map(\.value))))
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
      for (key, list) in lists where set.heldUses[key] == nil {
        set.heldUses[key] = list.sorted { $0.expiresAt < $1.expiresAt }
      }
    }
  }

  /// Applications with snapshots, or without.
  mutating func addApplications(_ keys: LoadKeys, to pipeline: inout Pipeline) {
    if !keys.applications.isEmpty {
      addApplications(keys.applications, to: &pipeline)
      addUsages(of: keys.applications, to: &pipeline)
    }
    if !keys.locks.isEmpty {
      addLocks(keys.locks, to: &pipeline)
      addUsages(of: keys.locks, to: &pipeline)
    }
  }

  private mutating func addLocks(
    _ keys: KeyArrays<DiscountApplication.ID>, to pipeline: inout Pipeline
  ) {
    add(
      """
      SELECT a.tenant, a.id, a.order_id, a.buyer, a.state, a.locked_at, a.expires_at, a.settled_at, a.release_cause,
        a.currency, a.discount, a.total, a.agreed_coupon_id, a.agreed_sequence
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.application AS a WHERE a.tenant = k.tenant AND a.id = k.id OFFSET 0) AS a
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      for row in rows {
        let key: Owned<DiscountApplication.ID> = Owned(row.tenant(0), try row.identifier(1))
        found.orders.insert(Owned(key.tenant, OrderID(row.text(2))))
        if set.applications[key] == nil {
          set.applications[key] = try ApplicationRecord(row, snapshot: .notLoaded)
        }
      }
    }
  }

  private mutating func addApplications(
    _ keys: KeyArrays<DiscountApplication.ID>, to pipeline: inout Pipeline
  ) {
    add(
      """
      SELECT a.tenant, a.id, a.order_id, a.buyer, a.state, a.locked_at, a.expires_at, a.settled_at, a.release_cause,
        a.currency, a.discount, a.total, a.agreed_coupon_id, a.agreed_sequence, e.type, e.payload
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.application AS a WHERE a.tenant = k.tenant AND a.id = k.id OFFSET 0) AS a
      LEFT JOIN LATERAL (
        SELECT e.type, e.payload FROM scrip.event AS e
        WHERE e.tenant = a.tenant AND e.stream = a.agreed_coupon_id AND e.sequence = a.agreed_sequence OFFSET 0
      ) AS e ON true
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      for row in rows {
        let key: Owned<DiscountApplication.ID> = Owned(row.tenant(0), try row.identifier(1))
        found.orders.insert(Owned(key.tenant, OrderID(row.text(2))))
        if set.applications[key] == nil {
          set.applications[key] = try ApplicationRecord(row, snapshot: try row.snapshot)
        }
      }
    }
  }

  /// The usages of applications, and the counters that giving them back will change.
  private mutating func addUsages(
    of keys: KeyArrays<DiscountApplication.ID>, to pipeline: inout Pipeline
  ) {
    add(
      """
      SELECT c.tenant, c.coupon_id, c.counter, c.used FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      CROSS JOIN LATERAL json_array_elements_text(u.counters::json) AS held(counter) CROSS JOIN LATERAL (
        SELECT * FROM scrip.counter AS c
        WHERE c.tenant = u.tenant AND c.coupon_id = u.coupon_id AND c.counter = held.counter OFFSET 0) AS c
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCounters(rows, &set, &found)
    }
    add(
      """
      SELECT u.tenant, u.application_id, u.id, u.coupon_id, u.version, u.code, u.state, u.amount, u.counters,
        u.revocations
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      ORDER BY u.tenant, u.application_id, u.coupon_id
      """, to: &pipeline
    ) {
      $0.bind(keys.tenants)
      $0.bind(keys.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      var usages: [Owned<DiscountApplication.ID>: [Usage]] = [:]
      for row in rows {
        let usage = try Usage(row)
        found.behind.insert(Owned(row.tenant(0), usage.couponID))
        usages[Owned(row.tenant(0), try row.identifier(1)), default: []].append(usage)
      }
      // An application that the set held before keeps the usages that it has there.
      for (key, list) in usages where set.applications[key]?.application.usages.isEmpty == true {
        set.applications[key]?.application.usages = list
      }
    }
  }
}

extension Row {
  /// The snapshot of the event in the columns 14 and 15.
  fileprivate var snapshot: QuoteSnapshot {
    get throws(StoreFailure) {
      guard !isNull(14) else { throw .corrupt("the event that an application was agreed in") }
      return try StoredAgreement.decode(type: text(14), payload: bytes(15)).snapshot
    }
  }
}

extension ApplicationRecord {
  /// Reads an application, still without its usages.
  fileprivate init(_ row: Row, snapshot: QuoteSnapshot) throws(StoreFailure) {
    let cause = try row.optionalInt64(8).map { (cause) throws(StoreFailure) in
      try ReleaseCause(stored: cause)
    }
    self.init(
      application: DiscountApplication(
        id: try row.identifier(1), orderID: row.name(2), buyer: try IdentityKey.buyer(row.optionalText(3)),
        state: try Usage.State(stored: row.int64(4)), lockedAt: try row.instant(5),
        expiresAt: try row.instant(6),
        settledAt: try row.optionalInstant(7), releaseCause: cause, currency: try row.currency(9),
        discount: row.int64(10), total: row.int64(11), snapshot: snapshot, usages: []),
      agreedIn: EventReference(couponID: try row.identifier(12), sequence: row.int64(13)))
  }
}

extension Usage {
  fileprivate init(_ row: Row) throws(StoreFailure) {
    self.init(
      id: try row.identifier(2), couponID: try row.identifier(3), version: row.int64(4),
      code: try row.code(5),
      state: try Usage.State(stored: row.int64(6)), amount: try row.count(7, of: "a usage's amount"),
      counters: row.isNull(8) ? [] : try StoredCounters.decode(row.bytes(8)), revocations: row.int64(9))
  }
}

extension HeldUse {
  fileprivate init(_ row: Row) throws(StoreFailure) {
    self.init(
      applicationID: try row.identifier(2), code: try row.code(3),
      amount: try row.count(4, of: "a usage's amount"),
      counters: row.isNull(5) ? [] : try StoredCounters.decode(row.bytes(5)), expiresAt: try row.instant(6))
  }
}

extension IdentityKey {
  fileprivate static func buyer(_ stored: String?) throws(StoreFailure) -> IdentityKey? {
    guard let stored else { return nil }
    guard let buyer = IdentityKey(stored: stored) else { throw .corrupt("a buyer") }
    return buyer
  }
}
