import Engine
import Scrip

/// Applications: found by order, time or coupon, and read with their usages and snapshots.
extension LoadPlan {
  mutating func addSearches(_ request: LoadRequest, _ keys: LoadKeys, to pipeline: inout Pipeline) {
    if !keys.orders.isEmpty { searchOrders(keys.orders, in: &pipeline) }
    if !keys.lockedOf.isEmpty { searchLocked(keys.lockedOf, in: &pipeline) }
    if let moment = request.expiredAt { searchExpired(keys, at: moment, in: &pipeline) }
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

  /// Applications that hold a lock on a coupon, those that run out first before others.
  private mutating func searchLocked(_ coupons: KeyArrays<Coupon.ID>, in pipeline: inout Pipeline) {
    add(
      """
      SELECT k.tenant, k.coupon_id, locked.id FROM unnest($1, $2) AS k(tenant, coupon_id)
      LEFT JOIN LATERAL (
        SELECT a.id, a.expires_at FROM (
          SELECT u.application_id FROM scrip.usage AS u
          WHERE u.tenant = k.tenant AND u.coupon_id = k.coupon_id AND u.state = 0 OFFSET 0) AS u
        CROSS JOIN LATERAL (
          SELECT a.id, a.expires_at FROM scrip.application AS a
          WHERE a.tenant = k.tenant AND a.id = u.application_id AND a.state = 0 OFFSET 0) AS a
        ORDER BY a.expires_at, a.id LIMIT $3) AS locked ON true
      ORDER BY locked.expires_at, locked.id
      """, to: &pipeline
    ) {
      $0.bind(coupons.tenants)
      $0.bind(coupons.values)
      $0.bind(LoadRequest.tidyMax)
    } read: { (rows, set, found) throws(StoreFailure) in
      var lists: [Owned<Coupon.ID>: [DiscountApplication.ID]] = [:]
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        lists[key, default: []] += try row.optionalIdentifier(2).map { [$0] } ?? []
      }
      for (key, list) in lists {
        if set.lockedOf[key] == nil { set.lockedOf[key] = list }
        found.applications += list.map { Owned(key.tenant, $0) }
      }
    }
  }

  /// Locked applications whose time ran out, oldest first.
  private mutating func searchExpired(
    _ keys: LoadKeys, at moment: Instant, in pipeline: inout Pipeline
  ) {
    let read: Reading = { (rows, set, found) throws(StoreFailure) in
      set.expired = []
      for row in rows { set.expired.append(Owned(row.tenant(0), try row.identifier(1))) }
      found.applications += set.expired
    }
    guard let expired = keys.expired else {
      add(
        "SELECT tenant, id FROM scrip.expired_applications($1, $2::integer)", to: &pipeline,
        {
          $0.bind(moment)
          $0.bind(LoadRequest.tidyMax)
        }, read: read)
      return
    }
    add(
      """
      SELECT k.tenant, late.id FROM unnest($1) AS k(tenant) CROSS JOIN LATERAL (
        SELECT a.id, a.expires_at FROM scrip.application AS a
        WHERE a.tenant = k.tenant AND a.state = 0 AND a.expires_at <= $2 ORDER BY a.expires_at LIMIT $3) AS late
      ORDER BY late.expires_at, k.tenant, late.id LIMIT $3
      """, to: &pipeline,
      {
        $0.bind(expired.tenants)
        $0.bind(moment)
        $0.bind(LoadRequest.tidyMax)
      }, read: read)
  }

  /// Applications with usages and snapshots, and the counters that giving the usages back will change.
  mutating func addApplications(_ keys: LoadKeys, to pipeline: inout Pipeline) {
    if keys.applications.isEmpty { return }
    let bind = { (parameters: inout Parameters) in
      parameters.bind(keys.applications.tenants)
      parameters.bind(keys.applications.values)
    }
    add(
      """
      SELECT c.tenant, c.coupon_id, c.counter, c.used FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      CROSS JOIN LATERAL json_array_elements_text(u.counters::json) AS held(counter) CROSS JOIN LATERAL (
        SELECT * FROM scrip.counter AS c
        WHERE c.tenant = u.tenant AND c.coupon_id = u.coupon_id AND c.counter = held.counter OFFSET 0) AS c
      """, to: &pipeline, bind
    ) { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCounters(rows, &set, &found)
    }
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
      """, to: &pipeline, bind
    ) { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key: Owned<DiscountApplication.ID> = Owned(row.tenant(0), try row.identifier(1))
        if set.applications[key] == nil { set.applications[key] = try ApplicationRecord(row) }
      }
    }
    add(
      """
      SELECT u.tenant, u.application_id, u.id, u.coupon_id, u.version, u.code, u.state, u.amount, u.counters
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      ORDER BY u.tenant, u.application_id, u.coupon_id
      """, to: &pipeline, bind
    ) { (rows, set, _) throws(StoreFailure) in
      var usages: [Owned<DiscountApplication.ID>: [Usage]] = [:]
      for row in rows {
        usages[Owned(row.tenant(0), try row.identifier(1)), default: []].append(try Usage(row))
      }
      // An application that the set held before keeps the usages that it has there.
      for (key, list) in usages where set.applications[key]?.application.usages.isEmpty == true {
        set.applications[key]?.application.usages = list
      }
    }
  }
}

extension ApplicationRecord {
  /// Reads an application with its snapshot, still without its usages.
  fileprivate init(_ row: Row) throws(StoreFailure) {
    guard !row.isNull(14) else { throw .corrupt("the event that an application was agreed in") }
    let cause = try row.optionalInt64(8).map { (cause) throws(StoreFailure) in
      try ReleasedUsage.Cause(stored: cause)
    }
    self.init(
      application: DiscountApplication(
        id: try row.identifier(1), orderID: row.name(2), buyer: try IdentityKey.buyer(row.optionalText(3)),
        state: try Usage.State(stored: row.int64(4)), lockedAt: row.instant(5), expiresAt: row.instant(6),
        settledAt: row.optionalInstant(7), releaseCause: cause, currency: try row.currency(9),
        discount: row.int64(10), total: row.int64(11),
        snapshot: try StoredAgreement.decode(type: row.text(14), payload: row.bytes(15)).snapshot, usages: []),
      agreedIn: EventReference(couponID: try row.identifier(12), sequence: row.int64(13)))
  }
}

extension Usage {
  fileprivate init(_ row: Row) throws(StoreFailure) {
    self.init(
      id: try row.identifier(2), couponID: try row.identifier(3), version: row.int64(4),
      code: try row.code(5),
      state: try Usage.State(stored: row.int64(6)), amount: row.int64(7),
      counters: row.isNull(8) ? [] : try StoredCounters.decode(row.bytes(8)))
  }
}

extension IdentityKey {
  fileprivate static func buyer(_ stored: String?) throws(StoreFailure) -> IdentityKey? {
    guard let stored else { return nil }
    guard let buyer = IdentityKey(stored: stored) else { throw .corrupt("a buyer") }
    return buyer
  }
}
