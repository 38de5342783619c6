import Ledger
import Promotions
import Scrip

extension CouponStatistics {
  /// How a coupon was used, by looking at every usage: what a projection is held against.
  public init(scanning applications: some Sequence<DiscountApplication>, for couponID: Coupon.ID) {
    var uses: [Usage.State: Int64] = [:]
    var overLimit: Int64 = 0
    var users: Set<IdentityKey> = []
    var daily: [DailyUses] = []
    for application in applications {
      for usage in application.usages where usage.couponID == couponID {
        uses[usage.state, default: 0] += 1
        guard usage.state.isLive else { continue }
        if usage.isOverLimit { overLimit += 1 }
        if let buyer = application.buyer { users.insert(buyer) }
        daily.append(
          DailyUses(
            day: UsageLimits.Period.day.firstDay(containing: application.lockedAt),
            currency: application.currency, uses: 1, discount: BoundedSum(Int128(usage.amount))))
      }
    }
    self.init(uses: uses, overLimit: overLimit, uniqueUsers: Int64(users.count), daily: daily)
  }
}

extension InMemoryStore {
  /// Every coupon's statistics that are not what a look at every usage says.
  public func wrongStatistics() throws(StoreFailure) -> [String] {
    var wrong: [String] = []
    for key in snapshot.coupons.keys.sorted() {
      let own = snapshot.applications.filter { $0.key.tenant == key.tenant }.map(\.value.application)
      let expected = CouponStatistics(scanning: own, for: key.value)
      let found = try statistics(of: key.value, tenant: key.tenant)
      if found != expected { wrong.append("\(key.value): \(found), not \(expected)") }
    }
    return wrong
  }
}
