import Forms
import Ledger
import Scrip

/// A coupon can't be used for the time being.
public struct CouponDisabled: PromotionFact {
  /// `CouponDisabled`
  public static let formName = "CouponDisabled"

  /// The caller's own words.
  @Exact public var reason: String
  /// Whether its running locks end as well.
  public var revokesLocks: Bool

  /// Makes the fact.
  public init(reason: String, revokesLocks: Bool) {
    self.reason = reason
    self.revokesLocks = revokesLocks
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let reason = walk.required("reason", fact?.reason, .text())
    let revokesLocks = walk.required("revokes_locks", fact?.revokesLocks, .flag())
    guard let reason, let revokesLocks else { return nil }
    return Self(reason: reason, revokesLocks: revokesLocks)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.coupons.change(place.coupon) { $0.life.enter(.disabled, revokesLocks: revokesLocks, at: place.at) }
  }
}
