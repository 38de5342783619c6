import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// The tenants that have locks whose time is over, or coupons whose revoked locks are not all given back.
  public func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [UntidyTenant] {
    try query(of: []) { (transaction) throws(StoreFailure) in
      try transaction.rows("SELECT tenant, moment FROM scrip.tenants_to_tidy($1) ORDER BY tenant") {
        $0.bind(moment)
      }.map { (row) throws(StoreFailure) in UntidyTenant(row.tenant(0), at: try row.instant(1)) }
    }
  }

  /// A page of a tenant's locks that are to be given back, those that run out first before others.
  public func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock] {
    try query(of: [filter.tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(filter.limit) { (last: FoundLock?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last ?? filter.after
        rest.limit = limit
        let rows: ResultRows =
          switch filter.kind {
          case .expired(let moment): try transaction.expiredLocks(rest, at: moment)
          case .revoked: try transaction.revokedLocks(rest)
          }
        return try rows.map { (row) throws(StoreFailure) in
          let id: DiscountApplication.ID = try row.identifier(1)
          return try unreadable.read("lock", id.description, of: filter.tenant) { () throws(StoreFailure) in
            try FoundLock(row, from: 0)
          }
        }
      }
    }
  }
}

extension ReadTransaction {
  fileprivate func expiredLocks(_ filter: LockFilter, at moment: Instant) throws(StoreFailure) -> ResultRows {
    try rows(
      """
      SELECT tenant, application_id, order_id, expires_at FROM scrip.usage
      WHERE tenant = $1 AND is_first AND application_state = 0 AND expires_at <= $2 AND expires_at >= $3
        AND (expires_at, application_id) > ($3, $4)
      ORDER BY expires_at, application_id LIMIT $5
      """
    ) {
      $0.bind(filter.tenant)
      $0.bind(moment)
      $0.bind(filter.after?.expiresAt ?? .earliest)
      $0.bind(filter.after?.key.value ?? DiscountApplication.ID(0))
      $0.bind(filter.limit)
    }
  }

  /// Begins with the coupons, of which there is hardly ever one.
  fileprivate func revokedLocks(_ filter: LockFilter) throws(StoreFailure) -> ResultRows {
    try rows(
      """
      WITH revoking AS MATERIALIZED (
        SELECT id, revocations FROM scrip.coupon WHERE tenant = $1 AND revokes_locks AND locked > 0)
      SELECT DISTINCT u.tenant, u.application_id, u.order_id, u.expires_at
      FROM revoking AS c
      JOIN scrip.usage AS u ON u.tenant = $1 AND u.coupon_id = c.id AND u.state = 0 AND u.revocations < c.revocations
      WHERE u.application_state = 0 AND (u.expires_at, u.application_id) > ($2, $3)
      ORDER BY u.expires_at, u.application_id LIMIT $4
      """
    ) {
      $0.bind(filter.tenant)
      $0.bind(filter.after?.expiresAt ?? .earliest)
      $0.bind(filter.after?.key.value ?? DiscountApplication.ID(0))
      $0.bind(filter.limit)
    }
  }
}

extension FoundLock {
  /// Reads the columns tenant, application_id, order_id, expires_at, which stand behind so many others.
  init(_ row: ResultRow, from first: Int) throws(StoreFailure) {
    self.init(
      key: Owned(row.tenant(first), try row.identifier(first + 1)), orderID: OrderID(row.text(first + 2)),
      expiresAt: try row.instant(first + 3))
  }
}
