import Engine
import Scrip

/// Counts are written on condition: one that grows past its limit changes no row, and that is a failure.
extension WriteTransaction {
  func writeCoupons(_ set: WorkingSet) throws(StoreFailure) {
    for (key, terms) in set.changes.newVersions {
      try connection.run(
        "INSERT INTO coupon_version (tenant, coupon_id, version, terms) VALUES (?1, ?2, ?3, ?4)"
      ) {
        $0.bind(key.tenant)
        $0.bind(key.value.couponID)
        $0.bind(key.value.version)
        $0.bindText(set.changes.storedTerms(of: key, terms))
      }
    }
    for key in set.changes.coupons {
      if let termless = set.termlessCoupons[key] {
        try update(termless, key)
        continue
      }
      let record = set.changed(set.coupons[key])
      let usesMax = set.changes.usesMax(of: key, limit: record.coupon.terms.limits.total)
      if try updateCounts(record, key) { continue }
      if try update(record, key, usesMax: usesMax) { continue }
      try insert(record, key, usesMax: usesMax)
    }
  }

  /// Writes the counts and the head of a coupon that is otherwise as it was, and says whether it is and the count was let
  /// through. A column that a statement sets has its indexes written, also if its value stays: so most batches, which
  /// only count, touch none.
  private func updateCounts(
    _ record: CouponRecord, _ key: Owned<Coupon.ID>
  ) throws(StoreFailure) -> Bool {
    try connection.run(
      """
      UPDATE coupon SET locked = ?7, redeemed = ?8, head_sequence = ?14, head_hash = ?15
      WHERE tenant = ?1 AND id = ?2 AND state = ?3 AND revokes_locks = ?4 AND revocations = ?5 AND version = ?6
        AND updated_at = ?17
        AND (NOT ?18 OR limit_total IS NULL OR ?7 + ?8 <= limit_total OR ?7 + ?8 <= locked + redeemed)
      """
    ) {
      bind(record, key, to: $0)
      $0.bind(enforcesLimits)
    } == 1
  }

  /// A coupon whose terms can't be read keeps the columns that repeat them, and takes no uses.
  private func update(_ coupon: TermlessCoupon, _ key: Owned<Coupon.ID>) throws(StoreFailure) {
    let sql: StaticString = """
      UPDATE coupon SET state = ?3, revokes_locks = ?4, revocations = ?5, locked = ?6, redeemed = ?7,
        head_sequence = ?8, head_hash = ?9, updated_at = ?10
      WHERE tenant = ?1 AND id = ?2 AND (NOT ?11 OR ?6 + ?7 <= locked + redeemed)
      """
    let updated = try connection.run(sql) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(coupon.life.state.stored)
      $0.bind(coupon.life.revokesLocks)
      $0.bind(coupon.life.revocations)
      $0.bind(coupon.life.uses.locked)
      $0.bind(coupon.life.uses.redeemed)
      $0.bind(coupon.head.sequence)
      $0.bind(coupon.head.hash)
      $0.bind(coupon.life.updatedAt)
      $0.bind(enforcesLimits)
    }
    if updated == 0 { throw .refused("a coupon without terms takes no uses", statement: sql) }
  }

  /// Says whether there was such a coupon and its count was let through. Uses of one batch may have been taken under
  /// the limit that stood before the batch lowered it, so that limit serves as well.
  private func update(
    _ record: CouponRecord, _ key: Owned<Coupon.ID>, usesMax: Int64?
  ) throws(StoreFailure) -> Bool {
    try connection.run(
      """
      UPDATE coupon SET state = ?3, revokes_locks = ?4, revocations = ?5, version = ?6, locked = ?7, redeemed = ?8,
        limit_total = ?9, owner = ?10, seller_id = ?11, starts_at = ?12, ends_at = ?13, head_sequence = ?14,
        head_hash = ?15, created_at = ?16, updated_at = ?17
      WHERE tenant = ?1 AND id = ?2 AND (NOT ?18
        OR ?19 IS NULL OR ?7 + ?8 <= ?19 OR ?7 + ?8 <= locked + redeemed
        OR limit_total IS NULL OR ?7 + ?8 <= limit_total)
      """
    ) {
      bind(record, key, to: $0)
      $0.bind(enforcesLimits)
      $0.bind(usesMax)
    } == 1
  }

  /// A coupon that is there already is one whose count was not let through: the primary key refuses it.
  private func insert(
    _ record: CouponRecord, _ key: Owned<Coupon.ID>, usesMax: Int64?
  ) throws(StoreFailure) {
    let sql: StaticString = """
      INSERT INTO coupon (tenant, id, state, revokes_locks, revocations, version, locked, redeemed, limit_total, owner,
        seller_id, starts_at, ends_at, head_sequence, head_hash, created_at, updated_at)
      SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17
      WHERE NOT ?18 OR ?19 IS NULL OR ?7 + ?8 <= ?19
      """
    let inserted = try connection.run(sql) {
      bind(record, key, to: $0)
      $0.bind(enforcesLimits)
      $0.bind(usesMax)
    }
    if inserted == 0 { throw .refused("a coupon's uses would pass its limit", statement: sql) }
  }

  private func bind(_ record: CouponRecord, _ key: Owned<Coupon.ID>, to statement: Statement) {
    let coupon = record.coupon
    statement.bind(key.tenant)
    statement.bind(key.value)
    statement.bind(coupon.state.stored)
    statement.bind(coupon.revokesLocks)
    statement.bind(coupon.revocations)
    statement.bind(coupon.version)
    statement.bind(coupon.uses.locked)
    statement.bind(coupon.uses.redeemed)
    statement.bind(coupon.terms.limits.total)
    statement.bind(coupon.terms.owner)
    statement.bind(coupon.terms.sellerID)
    statement.bind(coupon.terms.validity.startsAt)
    statement.bind(coupon.terms.validity.endsAt)
    statement.bind(record.head.sequence)
    statement.bind(record.head.hash)
    statement.bind(coupon.createdAt)
    statement.bind(coupon.updatedAt)
  }

  func writeCodes(_ set: WorkingSet) throws(StoreFailure) {
    // In the order of the table, so that many random codes touch each of its pages once.
    for key in set.changes.newCodes.sorted() { try insert(set.changed(set.codes[key]), key) }
    for key in set.changes.codes {
      let record = set.changed(set.codes[key])
      let coupon = set.coupons[Owned(key.tenant, record.couponID)]?.coupon
      let limit = record.grant.limit ?? coupon?.terms.limits.perCode
      try update(record, key, limit: set.changes.usesMax(of: key, limit: limit))
    }
  }

  /// A new code takes the place of an archived coupon's; another coupon's code stays.
  private func insert(_ record: CodeRecord, _ key: Owned<CouponCode>) throws(StoreFailure) {
    let sql: StaticString = """
      INSERT INTO code (tenant, canonical, coupon_id, display, owner, use_limit, used, is_generated)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      ON CONFLICT (tenant, canonical) DO UPDATE SET coupon_id = excluded.coupon_id, display = excluded.display,
        owner = excluded.owner, use_limit = excluded.use_limit, used = excluded.used,
        is_generated = excluded.is_generated
      WHERE NOT ?9 OR (SELECT state FROM coupon WHERE tenant = ?1 AND id = code.coupon_id) = 3
      """
    let inserted = try connection.run(sql) {
      $0.bind(key.tenant)
      $0.bind(key.value.canonical)
      $0.bind(record.couponID)
      $0.bind(record.grant.display.hasSameBytes(as: key.value.canonical) ? nil : record.grant.display)
      $0.bind(record.grant.owner)
      $0.bind(record.grant.limit)
      $0.bind(record.used)
      $0.bind(record.grant.isGenerated)
      $0.bind(enforcesLimits)
    }
    if inserted == 0 { throw .refused("a code belongs to another coupon", statement: sql) }
  }

  private func update(
    _ record: CodeRecord, _ key: Owned<CouponCode>, limit: Int64?
  ) throws(StoreFailure) {
    let sql: StaticString = """
      UPDATE code SET used = ?4 WHERE tenant = ?1 AND canonical = ?2 AND coupon_id = ?3
        AND (NOT ?6 OR ?5 IS NULL OR ?4 <= ?5 OR ?4 <= used)
      """
    let updated = try connection.run(sql) {
      $0.bind(key.tenant)
      $0.bind(key.value.canonical)
      $0.bind(record.couponID)
      $0.bind(record.used)
      $0.bind(limit)
      $0.bind(enforcesLimits)
    }
    if updated == 0 { throw .refused("a code's uses would pass its limit", statement: sql) }
  }

  func writeCounters(_ set: WorkingSet) throws(StoreFailure) {
    for (key, limit) in set.changes.counters {
      let used = set.counters[key] ?? 0
      if used == 0 { try deleteCounter(key) } else { try writeCounter(key, used: used, limit: limit) }
    }
  }

  private func deleteCounter(_ key: Owned<CounterKey>) throws(StoreFailure) {
    try connection.run("DELETE FROM counter WHERE tenant = ?1 AND coupon_id = ?2 AND counter = ?3") {
      $0.bind(key.tenant)
      $0.bind(key.value.couponID)
      $0.bind(key.value.counter.stored)
    }
  }

  /// A count that grows past its limit is refused by the condition; one beyond a limit that was lowered may only fall.
  private func writeCounter(
    _ key: Owned<CounterKey>, used: Int64, limit: Int64?
  ) throws(StoreFailure) {
    // Most counts are within their limits: they need no look at the row that is there.
    let mayOnlyFall = enforcesLimits && limit.map { used > $0 } ?? false
    let sql: StaticString =
      mayOnlyFall
      ? """
      UPDATE counter SET used = ?4 WHERE tenant = ?1 AND coupon_id = ?2 AND counter = ?3
        AND (?5 IS NULL OR ?4 <= ?5 OR ?4 <= used)
      """
      : """
      INSERT INTO counter (tenant, coupon_id, counter, used) SELECT ?1, ?2, ?3, ?4 WHERE ?5 IS NULL OR ?4 <= ?5
      ON CONFLICT (tenant, coupon_id, counter) DO UPDATE SET used = excluded.used
      """
    let written = try connection.run(sql) {
      $0.bind(key.tenant)
      $0.bind(key.value.couponID)
      $0.bind(key.value.counter.stored)
      $0.bind(used)
      $0.bind(enforcesLimits ? limit : nil)
    }
    if written == 0 { throw .refused("a counter would pass its limit", statement: sql) }
  }
}
