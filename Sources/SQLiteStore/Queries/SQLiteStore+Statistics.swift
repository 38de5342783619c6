import Engine
import Scrip

extension SQLiteStore {
  /// How many days statistics show.
  static let statisticsDaysMax = 90

  /// How a coupon was used. Reads every usage of the coupon.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try query { (rows) throws(StoreFailure) in
      let key = Owned(tenant, couponID)
      let perDay = try rows.usesPerDay(of: key)
      return CouponStatistics(
        uses: try rows.usesByState(of: key), uniqueUsers: try rows.uniqueUsers(of: key),
        perCurrency: try perCurrency(perDay), perDay: try perDays(perDay))
    }
  }
}

/// Live usages of one day in one currency.
private struct DailyUses {
  let day: CalendarDay
  let currency: Currency
  let uses: Int64
  let discount: Int64
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
      SELECT count(DISTINCT application.buyer) FROM usage INDEXED BY usage_of_coupon
      CROSS JOIN application ON application.tenant = usage.tenant AND application.id = usage.application_id
      WHERE usage.tenant = ?1 AND usage.coupon_id = ?2 AND usage.state < 2
      """
    ) {
      bind(key, to: $0)
    } read: {
      $0.int64(0)
    }
    return count ?? 0
  }

  fileprivate func usesPerDay(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [DailyUses] {
    try connection.rows(
      """
      SELECT application.locked_at / 86400000000 AS day, application.currency, count(*), sum(usage.amount)
      FROM usage INDEXED BY usage_of_coupon
      CROSS JOIN application ON application.tenant = usage.tenant AND application.id = usage.application_id
      WHERE usage.tenant = ?1 AND usage.coupon_id = ?2 AND usage.state < 2
      GROUP BY day, application.currency ORDER BY day, application.currency
      """
    ) {
      bind(key, to: $0)
    } read: { (row) throws(StoreFailure) in
      DailyUses(
        day: CalendarDay(daysSinceEpoch: row.int64(0)), currency: try row.currency(1), uses: row.int64(2),
        discount: row.int64(3))
    }
  }

  private func bind(_ key: Owned<Coupon.ID>, to statement: Statement) {
    statement.bind(key.tenant)
    statement.bind(key.value)
  }
}

private func perCurrency(
  _ entries: [DailyUses]
) throws(StoreFailure) -> [CouponStatistics.PerCurrency] {
  var totals: [CouponStatistics.PerCurrency] = []
  for (currency, entries) in Dictionary(grouping: entries, by: \.currency).sorted(by: { $0.key < $1.key }) {
    totals.append(
      CouponStatistics.PerCurrency(
        discount: Money(minorUnits: try total(entries.map(\.discount)), currency: currency),
        uses: try total(entries.map(\.uses))))
  }
  return totals
}

private func perDays(_ entries: [DailyUses]) throws(StoreFailure) -> [CouponStatistics.PerDay] {
  var days: [CouponStatistics.PerDay] = []
  for (day, entries) in Dictionary(grouping: entries, by: \.day).sorted(by: { $0.key < $1.key }) {
    days.append(
      CouponStatistics.PerDay(
        day: day, uses: try total(entries.map(\.uses)),
        discount: AmountsByCurrency(
          entries.map { Money(minorUnits: $0.discount, currency: $0.currency) })))
  }
  return days.suffix(SQLiteStore.statisticsDaysMax)
}

private func total(_ amounts: [Int64]) throws(StoreFailure) -> Int64 {
  do throws(MoneyOverflow) {
    return try sum(amounts)
  } catch {
    throw StoreFailure(kind: .other, message: "a sum of discounts does not fit into 64 bits")
  }
}
