import Engine
import Scrip

/// Counters, answers and keys.
extension LoadPlan {
  mutating func addCounters(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.counters.isEmpty { return }
    let keys = Array(request.counters)
    add(
      """
      SELECT k.tenant, k.coupon_id, k.counter, c.used FROM unnest($1, $2, $3) AS k(tenant, coupon_id, counter)
      CROSS JOIN LATERAL (
        SELECT c.used FROM scrip.counter AS c
        WHERE c.tenant = k.tenant AND c.coupon_id = k.coupon_id AND c.counter = k.counter OFFSET 0) AS c
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value.couponID))
      $0.bind(keys.map(\.value.counter.stored))
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCounters(rows, &set, &found)
    }
  }

  static func readCounters(
    _ rows: Rows, _ set: inout WorkingSet, _ found: inout Found
  ) throws(StoreFailure) {
    for row in rows {
      guard let counter = UsageCounter(stored: row.text(2)) else { throw .corrupt("a counter") }
      let key = Owned(row.tenant(0), CounterKey(couponID: try row.identifier(1), counter: counter))
      found.counters.insert(key)
      if set.counters[key] != nil || set.unreadableCounters[key] != nil { continue }
      do throws(StoreFailure) {
        set.counters[key] = try row.count(3, of: "a counter")
      } catch {
        guard error.kind == .corrupt else { throw error }
        set.unreadableCounters[key] = error
      }
    }
  }

  mutating func addAnswers(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.answers.isEmpty { return }
    let keys = Array(request.answers)
    add(
      """
      SELECT k.tenant, k.key, a.fingerprint, a.kind, a.body, a.at FROM unnest($1, $2) AS k(tenant, key)
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.answer AS a WHERE a.tenant = k.tenant AND a.key = k.key OFFSET 0) AS a
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value))
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key = Owned(row.tenant(0), row.name(1) as IdempotencyKey.Name)
        if set.answers[key] != nil { continue }
        set.answers[key] = StoredAnswer(
          fingerprint: try row.hash(2),
          form: AnswerForm(kind: try AnswerForm.Kind(stored: row.text(3)), body: row.bytes(4)),
          at: try row.instant(5))
      }
    }
  }

  /// Whether any code opens a coupon. An archived coupon's codes may have gone to others; it needs none any more.
  mutating func addCodedCoupons(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.codedCoupons.isEmpty { return }
    let keys = Array(request.codedCoupons)
    add(
      """
      SELECT k.tenant, k.id, EXISTS (SELECT FROM scrip.code AS c WHERE c.tenant = k.tenant AND c.coupon_id = k.id)
      FROM unnest($1, $2) AS k(tenant, id)
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value))
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        if set.codedCoupons[key] == nil { set.codedCoupons[key] = row.bool(2) }
      }
    }
  }

  mutating func addAccess(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if !request.accessKeys.isEmpty {
      let keys = Array(request.accessKeys)
      add(
        """
        SELECT a.tenant, a.id, a.role, a.name, a.secret_hash, a.created_at, a.revoked_at
        FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
          SELECT * FROM scrip.access_key AS a WHERE a.tenant = k.tenant AND a.id = k.id OFFSET 0) AS a
        """, to: &pipeline
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value))
      } read: { (rows, set, _) throws(StoreFailure) in
        for row in rows {
          let key = try AccessKey(row)
          if set.accessKeys[Owned(key.tenant, key.id)] == nil {
            set.accessKeys[Owned(key.tenant, key.id)] = key
          }
        }
      }
    }
    if !request.adminKeyCounts.isEmpty { countAdminKeys(request.adminKeyCounts, in: &pipeline) }
  }

  private mutating func countAdminKeys(_ tenants: Set<Tenant.ID>, in pipeline: inout Pipeline) {
    add(
      """
      SELECT k.tenant, (SELECT count(*) FROM scrip.access_key AS a
        WHERE a.tenant = k.tenant AND a.role = $2 AND a.revoked_at IS NULL)
      FROM unnest($1) AS k(tenant)
      """, to: &pipeline
    ) {
      $0.bind(Array(tenants))
      $0.bind(AccessKey.Role.admin.stored)
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows where set.adminKeyCounts[row.tenant(0)] == nil {
        set.adminKeyCounts[row.tenant(0)] = row.int64(1)
      }
    }
  }
}

extension AccessKey {
  /// Reads the columns tenant, id, role, name, secret_hash, created_at, revoked_at.
  init(_ row: Row) throws(StoreFailure) {
    self.init(
      id: try row.identifier(1), tenant: row.tenant(0), role: try AccessKey.Role(stored: row.int64(2)),
      name: row.text(3), secretHash: row.bytes(4), createdAt: try row.instant(5),
      revokedAt: try row.optionalInstant(6))
  }
}
