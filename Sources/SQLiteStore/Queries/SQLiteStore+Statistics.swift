import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// How a coupon was used. Reads every usage of the coupon.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try query { (rows) throws(StoreFailure) in
      let key = Owned(tenant, couponID)
      return CouponStatistics(
        uses: try rows.usesByState(of: key), uniqueUsers: try rows.uniqueUsers(of: key),
        daily: try rows.usesPerDay(of: key))
    }
  }
}

extension RowReader {
  fileprivate func usesByState(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [Usage.State: Int64] {
    let counts = try connection.rows(
      """
      SELECT state, count(*) FROM usage INDEXED BY usage_of_coupon
      WHERE tenant = ?1 AND coupon_id = ?2 GROUP BY state
      """
    ) {
      bind(key, to: $0)
    } read: { (row) throws(StoreFailure) in
      (try Usage.State(stored: row.int64(0)), row.int64(1))
    }
    return Dictionary(counts, uniquingKeysWith: +)
  }

  fileprivate func uniqueUsers(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64 {
    let count = try connection.first(
      """
      SELECT count(DISTINCT buyer) FROM usage INDEXED BY usage_of_coupon
      WHERE tenant = ?1 AND coupon_id = ?2 AND state < 2
      """
    ) {
      bind(key, to: $0)
    } read: {
      $0.int64(0)
    }
    return count ?? 0
  }

  fileprivate func usesPerDay(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [CouponStatistics.DailyUses] {
    // In two halves, because SQLite's own sum fails where it leaves 64 bits.
    try connection.rows(
      """
      SELECT locked_at / 86400000000 AS day, currency, count(*), sum(amount >> 32), sum(amount & 4294967295)
      FROM usage INDEXED BY usage_of_coupon
      WHERE tenant = ?1 AND coupon_id = ?2 AND state < 2
      GROUP BY day, currency
      """
    ) {
      bind(key, to: $0)
    } read: { (row) throws(StoreFailure) in
      CouponStatistics.DailyUses(
        day: CalendarDay(daysSinceEpoch: row.int64(0)), currency: try row.currency(1), uses: row.int64(2),
        discount: BoundedSum(Int128(row.int64(3)) << 32 + Int128(row.int64(4))))
    }
  }

  private func bind(_ key: Owned<Coupon.ID>, to statement: Statement) {
    statement.bind(key.tenant)
    statement.bind(key.value)
  }
}
