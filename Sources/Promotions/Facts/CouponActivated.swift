import Forms
import Ledger
import Scrip

/// A coupon can be used.
public struct CouponActivated: PromotionFact {
  /// `CouponActivated`
  public static let formName = "CouponActivated"

  /// Makes the fact.
  public init() {}

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? { Self() }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.coupons.change(place.coupon) { $0.life.enter(.active, at: place.at) }
  }
}
