import Ledger
import Scrip

/// Adds up how coupons are used: by state, day and currency, and by buyer. What changes is in the events, each of which
/// says how its usage stood before.
public struct CouponUses: Projection {
  /// `coupon_uses`
  public static let name: ProjectionName = "coupon_uses"
  /// The version of the fold.
  public static let version: Int64 = 1
  /// Its tables.
  public static let tables = [CouponDayRow.shape, CouponUserRow.shape]
  /// Everything that makes a usage, or changes its state, its amount or its buyer.
  public static let types: Set<ProjectionName> = [
    ProjectionName(CouponApplied.formName), ProjectionName(CouponRedeemed.formName),
    ProjectionName(CouponReleased.formName), ProjectionName(UsageRepriced.formName),
  ]

  /// Makes it.
  public init() {}

  /// How the usage of an event stood and stands.
  public func change(by fact: any Fact<WorkingSet>, at place: EventPlace) -> UsageChange? {
    UsageChange(fact, at: place)
  }

  /// The usage's day, and the buyers before and after.
  public func addNeeds(of change: UsageChange, to request: inout LoadRequest) {
    for standing in [change.before, change.after].compactMap({ $0 }) {
      request.couponDays.insert(standing.day(of: change.coupon))
      if let buyer = standing.buyer(of: change.coupon) { request.couponUsers.insert(buyer) }
    }
  }

  /// Takes away how the usage stood, and adds how it stands.
  public func fold(_ change: UsageChange, into set: inout WorkingSet) {
    if let before = change.before { set.add(before, of: change.coupon, -1) }
    if let after = change.after { set.add(after, of: change.coupon, 1) }
  }
}

/// How a usage stood and stands.
public struct UsageChange: Hashable, Sendable {
  /// Of which coupon.
  public let coupon: Owned<Coupon.ID>
  /// How it stood; nil if there was none.
  public private(set) var before: UsageStanding?
  /// How it stands.
  public private(set) var after: UsageStanding?

  fileprivate init?(_ fact: any Fact<WorkingSet>, at place: EventPlace) {
    guard place.stream.couponID != nil else { return nil }
    coupon = place.coupon
    switch fact {
    case let applied as CouponApplied:
      guard let share = applied.share(at: place.at) else { return nil }
      after = UsageStanding(state: .locked, amount: applied.usage.amount, share: share)
      // One that was given back counts for nothing but its state.
      if applied.isAgain { before = UsageStanding(state: .released, amount: 0, share: share) }
    case let redeemed as CouponRedeemed:
      change(redeemed.before) {
        $0.state = .redeemed
        $0.isOverLimit = redeemed.isOverLimit
      }
    case let released as CouponReleased: change(released.before) { $0.state = .released }
    case let repriced as UsageRepriced:
      change(repriced.before) {
        $0.amount = repriced.amount
        $0.share.buyer = repriced.buyerFromNowOn
      }
    default: return nil
    }
  }

  private mutating func change(_ standing: UsageStanding, _ body: (inout UsageStanding) -> Void) {
    before = standing
    after = standing
    if var changed = after {
      body(&changed)
      after = changed
    }
  }
}

extension UsageStanding {
  fileprivate func day(of coupon: Owned<Coupon.ID>) -> Owned<CouponDayKey> {
    Owned(
      coupon.tenant,
      CouponDayKey(
        couponID: coupon.value, day: UsageLimits.Period.day.firstDay(containing: share.lockedAt),
        currency: share.currency))
  }

  /// Whose use it is while it is live.
  fileprivate func buyer(of coupon: Owned<Coupon.ID>) -> Owned<CouponUserKey>? {
    guard state.isLive, let buyer = share.buyer else { return nil }
    return Owned(coupon.tenant, CouponUserKey(couponID: coupon.value, buyer: buyer))
  }
}

extension WorkingSet {
  fileprivate mutating func add(_ standing: UsageStanding, of coupon: Owned<Coupon.ID>, _ sign: Int64) {
    couponDays.count(standing.day(of: coupon), else: CouponDayRow()) { day in
      day[standing.state] += sign
      if standing.state.isLive {
        day.discount += Int128(sign) * Int128(standing.amount)
        if standing.isOverLimit { day.overLimit += sign }
      }
    }
    if let buyer = standing.buyer(of: coupon) {
      couponUsers.count(buyer, else: CouponUserRow(live: 0)) { $0.live += sign }
    }
  }
}
