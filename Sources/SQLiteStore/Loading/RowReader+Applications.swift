import Ledger
import Promotions
import Scrip

extension RowReader {
  /// An application with its usages and, if it is asked for, its snapshot.
  func application(
    _ key: Owned<DiscountApplication.ID>, withSnapshot: Bool = true
  ) throws(StoreFailure) -> ApplicationRecord? {
    guard var record = try ApplicationRecord(usages(of: key)) else { return nil }
    if withSnapshot { record.application.snapshot = try agreement(record.agreedIn, of: key.tenant).snapshot }
    return record
  }

  /// The order's live application, or the one that was locked last.
  func application(ofOrder key: Owned<OrderID>) throws(StoreFailure) -> DiscountApplication.ID? {
    let live: DiscountApplication.ID? = try connection.first(
      """
      SELECT application_id FROM usage INDEXED BY usage_live
      WHERE tenant = ?1 AND order_id = ?2 AND is_first AND application_state < 2 LIMIT 1
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      try row.identifier(0)
    }
    if let live { return live }
    // The last one is looked for here: SQLite makes a table to sort in before it knows that there is nothing to sort, which
    // most new orders would pay for.
    let settled: [(id: DiscountApplication.ID, lockedAt: Int64)] = try connection.rows(
      """
      SELECT application_id, locked_at FROM usage INDEXED BY usage_settled
      WHERE tenant = ?1 AND order_id = ?2 AND is_first AND application_state > 1
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      (try row.identifier(0), row.int64(1))
    }
    return settled.max { ($0.lockedAt, $0.id) < ($1.lockedAt, $1.id) }?.id
  }

  /// Locks on a coupon whose time is over, those that ran out first before others.
  func lateLocks(
    of key: Owned<Coupon.ID>, at moment: Instant, max: Int
  ) throws(StoreFailure) -> [FoundLock] {
    try connection.rows(
      """
      SELECT late.tenant, late.application_id, late.order_id, late.expires_at
      FROM usage AS late INDEXED BY usage_ending
      CROSS JOIN usage ON usage.tenant = late.tenant AND usage.application_id = late.application_id
      WHERE late.tenant = ?1 AND late.is_first AND late.application_state = 0 AND late.expires_at <= ?3
        AND usage.coupon_id = ?2 AND usage.state = 0
      ORDER BY late.expires_at, late.application_id LIMIT ?4
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(moment)
      $0.bind(max)
    } read: { (row) throws(StoreFailure) in
      try FoundLock(row)
    }
  }

  /// When the first lock on a coupon ends, as far as its oldest ones tell.
  func firstEnd(ofLocksOn key: Owned<Coupon.ID>, max: Int) throws(StoreFailure) -> Instant? {
    try connection.first(
      """
      SELECT min(expires_at) FROM (
        SELECT expires_at FROM usage INDEXED BY usage_of_coupon
        WHERE tenant = ?1 AND coupon_id = ?2 AND state = 0 ORDER BY application_id LIMIT ?3)
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(max)
    } read: { (row) throws(StoreFailure) in
      row.isNull(0) ? nil : try row.instant(0)
    } ?? nil
  }

  /// The uses of a coupon that its oldest locks hold, those that end first before others. One that can't be read is left
  /// out: its own order's commands say so, and what a refusal tells of others is not worth failing for.
  func heldUses(of key: Owned<Coupon.ID>, max: Int) throws(StoreFailure) -> [HeldUse] {
    let found = try connection.rows(
      """
      SELECT application_id, code, amount, counters, expires_at FROM usage INDEXED BY usage_of_coupon
      WHERE tenant = ?1 AND coupon_id = ?2 AND state = 0 ORDER BY application_id LIMIT ?3
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(max)
    } read: { row -> HeldUse? in
      do throws(StoreFailure) { return try HeldUse(row) } catch { return nil }
    }
    return found.compactMap(\.self).sorted { $0.expiresAt < $1.expiresAt }
  }

  private func usages(of key: Owned<DiscountApplication.ID>) throws(StoreFailure) -> [UsageRow] {
    try connection.rows(RowReader.usagesOfApplication) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      try row.row(UsageRow.self).row
    }
  }

  private static let usagesOfApplication = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(UsageRow.self)) FROM usage
      WHERE tenant = ?1 AND application_id = ?2 ORDER BY coupon_id
      """)

  func agreement(
    _ reference: EventReference, of tenant: Tenant.ID
  ) throws(StoreFailure) -> Agreement {
    let agreement = try connection.first(
      "SELECT type, payload FROM event WHERE tenant = ?1 AND stream = ?2 AND sequence = ?3"
    ) {
      $0.bind(tenant)
      $0.bind(reference.couponID)
      $0.bind(reference.sequence)
    } read: { (row) throws(StoreFailure) in
      try StoredAgreement.decode(type: row.text(0), payload: row.bytes(1))
    }
    guard let agreement else { throw .corrupt("the event that an application was agreed in") }
    return agreement
  }
}

extension FoundLock {
  /// Reads the columns tenant, application_id, order_id, expires_at.
  init(_ row: Statement) throws(StoreFailure) {
    self.init(
      key: Owned(row.tenant(0), try row.identifier(1)), orderID: OrderID(row.text(2)),
      expiresAt: try row.instant(3))
  }
}

extension HeldUse {
  /// Reads the columns application_id, code, amount, counters, expires_at.
  fileprivate init(_ row: Statement) throws(StoreFailure) {
    self.init(
      applicationID: try row.identifier(0), code: try row.code(1),
      amount: try row.count(2, of: "a usage's amount"),
      counters: row.isNull(3) ? [] : try StoredCounters.decode(row.bytes(3)), expiresAt: try row.instant(4))
  }
}
