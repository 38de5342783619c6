import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// The tenants that have locks whose time is over, or coupons whose revoked locks are not all given back: one step
  /// through an index for each tenant that has locks.
  public func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [UntidyTenant] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        WITH RECURSIVE locking (tenant) AS (
          SELECT min(tenant) FROM usage INDEXED BY usage_ending WHERE is_first AND application_state = 0
          UNION ALL
          SELECT (SELECT min(tenant) FROM usage INDEXED BY usage_ending
            WHERE is_first AND application_state = 0 AND usage.tenant > locking.tenant)
          FROM locking WHERE locking.tenant IS NOT NULL
        )
        SELECT tenant, coalesce((SELECT test_clock FROM tenant WHERE tenant = locking.tenant), ?1) AS moment
        FROM locking WHERE tenant IS NOT NULL AND EXISTS (
          SELECT 1 FROM usage INDEXED BY usage_ending
          WHERE is_first AND application_state = 0 AND usage.tenant = locking.tenant AND expires_at <=
            coalesce((SELECT test_clock FROM tenant WHERE tenant = locking.tenant), ?1))
        UNION
        SELECT tenant, coalesce((SELECT test_clock FROM tenant WHERE tenant = coupon.tenant), ?1)
        FROM coupon INDEXED BY coupon_revoking WHERE revokes_locks AND locked > 0
        """
      ) {
        $0.bind(moment)
      } read: { (row) throws(StoreFailure) in
        UntidyTenant(row.tenant(0), at: try row.instant(1))
      }
    }
  }

  /// A page of a tenant's locks that are to be given back, those that run out first before others.
  public func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(filter.limit) { (last: FoundLock?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last ?? filter.after
        rest.limit = limit
        switch filter.kind {
        case .expired(let moment): return try rows.expiredLocks(rest, at: moment, unreadable)
        case .revoked: return try rows.revokedLocks(rest, unreadable)
        }
      }
    }
  }
}

extension RowReader {
  fileprivate func expiredLocks(
    _ filter: LockFilter, at moment: Instant, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [FoundLock?] {
    try connection.rows(
      """
      SELECT tenant, application_id, order_id, expires_at FROM usage INDEXED BY usage_ending
      WHERE tenant = ?1 AND is_first AND application_state = 0 AND expires_at <= ?2 AND expires_at >= ?3
        AND (expires_at, application_id) > (?3, ?4)
      ORDER BY expires_at, application_id LIMIT ?5
      """
    ) {
      $0.bind(filter.tenant)
      $0.bind(moment)
      $0.bind(filter.after?.expiresAt ?? .earliest)
      $0.bind(filter.after?.key.value ?? DiscountApplication.ID(0))
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try listedLock(row, unreadable)
    }
  }

  /// Only looks at locks if a coupon of the tenant says that there are any.
  fileprivate func revokedLocks(
    _ filter: LockFilter, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [FoundLock?] {
    try connection.rows(
      """
      SELECT tenant, application_id, order_id, expires_at FROM usage AS held INDEXED BY usage_ending
      WHERE tenant = ?1 AND is_first AND application_state = 0 AND expires_at >= ?2
        AND (expires_at, application_id) > (?2, ?3)
        AND EXISTS (SELECT 1 FROM coupon INDEXED BY coupon_revoking
          WHERE tenant = ?1 AND revokes_locks AND locked > 0)
        AND EXISTS (
          SELECT 1 FROM usage CROSS JOIN coupon ON coupon.tenant = usage.tenant AND coupon.id = usage.coupon_id
          WHERE usage.tenant = held.tenant AND usage.application_id = held.application_id AND usage.state = 0
            AND coupon.revokes_locks AND usage.revocations < coupon.revocations)
      ORDER BY expires_at, application_id LIMIT ?4
      """
    ) {
      $0.bind(filter.tenant)
      $0.bind(filter.after?.expiresAt ?? .earliest)
      $0.bind(filter.after?.key.value ?? DiscountApplication.ID(0))
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try listedLock(row, unreadable)
    }
  }

  private func listedLock(
    _ row: Statement, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> FoundLock? {
    let id: DiscountApplication.ID? = row.readableIdentifier(1)
    return try unreadable.read("lock", id?.description, of: row.tenant(0)) { () throws(StoreFailure) in
      try FoundLock(row)
    }
  }
}
