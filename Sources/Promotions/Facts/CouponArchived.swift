import Forms
import Ledger
import Scrip

/// A coupon has ended for ever.
public struct CouponArchived: PromotionFact {
  /// `CouponArchived`
  public static let formName = "CouponArchived"

  /// Makes the fact.
  public init() {}

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? { Self() }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.coupons.change(place.coupon) { $0.life.enter(.archived, at: place.at) }
  }
}
