import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// How a coupon was used. Reads every usage of the coupon.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      let key = Owned(tenant, couponID)
      let perDay = try transaction.usesPerDay(of: key)
      let live = perDay.filter(\.state.isLive)
      return CouponStatistics(
        uses: usesByState(perDay), uniqueUsers: try transaction.uniqueUsers(of: key),
        daily: live.map(\.uses))
    }
  }
}

/// Usages in one state, of one day, in one currency; without discount unless they are live.
private struct DailyUses {
  let state: Usage.State
  let uses: CouponStatistics.DailyUses
}

extension ReadTransaction {
  fileprivate func usesPerDay(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [DailyUses] {
    let found = try rows(
      """
      SELECT state, locked_at / 86400000000 AS day, currency, count(*),
        least(coalesce(sum(amount) FILTER (WHERE state < 2), 0), 9223372036854775807)::bigint
      FROM scrip.usage WHERE tenant = $1 AND coupon_id = $2
      GROUP BY state, day, currency
      """
    ) {
      bind(key, to: &$0)
    }
    return try found.map { (row) throws(StoreFailure) in
      DailyUses(
        state: try Usage.State(stored: row.int64(0)),
        uses: CouponStatistics.DailyUses(
          day: CalendarDay(daysSinceEpoch: row.int64(1)), currency: try row.currency(2), uses: row.int64(3),
          discount: BoundedSum(Int128(row.int64(4)))))
    }
  }

  fileprivate func uniqueUsers(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64 {
    let found = try rows(
      """
      SELECT count(DISTINCT buyer) FROM scrip.usage WHERE tenant = $1 AND coupon_id = $2 AND state < 2
      """
    ) {
      bind(key, to: &$0)
    }
    return found.first?.int64(0) ?? 0
  }

  private func bind(_ key: Owned<Coupon.ID>, to parameters: inout Parameters) {
    parameters.bind(key.tenant)
    parameters.bind(key.value)
  }
}

private func usesByState(_ entries: [DailyUses]) -> [Usage.State: Int64] {
  entries.reduce(into: [:]) { $0[$1.state, default: 0] += $1.uses.uses }
}
