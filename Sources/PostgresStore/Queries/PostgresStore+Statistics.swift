import Engine
import Scrip

extension PostgresStore {
  /// How many days statistics show.
  static let statisticsDaysMax = 90

  /// How a coupon was used. Reads every usage of the coupon.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      let key = Owned(tenant, couponID)
      let perDay = try transaction.usesPerDay(of: key)
      let live = perDay.filter(\.state.isLive)
      return CouponStatistics(
        uses: try usesByState(perDay), uniqueUsers: try transaction.uniqueUsers(of: key),
        perCurrency: try perCurrency(live), perDay: try perDays(live))
    }
  }
}

/// Usages in one state, of one day, in one currency.
private struct DailyUses {
  let state: Usage.State
  let day: CalendarDay
  let currency: Currency
  let uses: Int64
  /// Zero for usages that are not live.
  let discount: Int64
}

extension ReadTransaction {
  fileprivate func usesPerDay(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [DailyUses] {
    let found = try rows(
      """
      SELECT usage.state, application.locked_at / 86400000000 AS day, application.currency, count(*),
        coalesce(sum(usage.amount) FILTER (WHERE usage.state < 2), 0)::bigint
      FROM scrip.usage
      JOIN scrip.application ON application.tenant = $1 AND application.id = usage.application_id
      WHERE usage.tenant = $1 AND usage.coupon_id = $2
      GROUP BY usage.state, day, application.currency
      """
    ) {
      bind(key, to: &$0)
    }
    return try found.map { (row) throws(StoreFailure) in
      DailyUses(
        state: try Usage.State(stored: row.int64(0)), day: CalendarDay(daysSinceEpoch: row.int64(1)),
        currency: try row.currency(2), uses: row.int64(3), discount: row.int64(4))
    }
  }

  fileprivate func uniqueUsers(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64 {
    let found = try rows(
      """
      SELECT count(DISTINCT application.buyer)
      FROM scrip.usage
      JOIN scrip.application ON application.tenant = $1 AND application.id = usage.application_id
      WHERE usage.tenant = $1 AND usage.coupon_id = $2 AND usage.state < 2
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

private func usesByState(_ entries: [DailyUses]) throws(StoreFailure) -> [Usage.State: Int64] {
  var uses: [Usage.State: Int64] = [:]
  for (state, entries) in Dictionary(grouping: entries, by: \.state) {
    uses[state] = try total(entries.map(\.uses))
  }
  return uses
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
  let lastDays = Dictionary(grouping: entries, by: \.day).sorted { $0.key < $1.key }
    .suffix(PostgresStore.statisticsDaysMax)
  var days: [CouponStatistics.PerDay] = []
  for (day, entries) in lastDays {
    var discounts: [Money] = []
    for (currency, entries) in Dictionary(grouping: entries, by: \.currency) {
      discounts.append(Money(minorUnits: try total(entries.map(\.discount)), currency: currency))
    }
    days.append(
      CouponStatistics.PerDay(
        day: day, uses: try total(entries.map(\.uses)), discount: AmountsByCurrency(discounts)))
  }
  return days
}

private func total(_ amounts: [Int64]) throws(StoreFailure) -> Int64 {
  do throws(MoneyOverflow) {
    return try sum(amounts)
  } catch {
    throw StoreFailure(kind: .other, message: "a sum of discounts does not fit into 64 bits")
  }
}
