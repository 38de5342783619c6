import Scrip
import Wire

/// A coupon can be used.
public struct CouponActivated: EventFact {
  /// `CouponActivated`
  public static let formName = "CouponActivated"

  /// Makes the fact.
  public init() {}

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? { Self() }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.coupons[place.coupon]?.coupon.enter(.active, at: place.at)
  }
}

extension Coupon {
  /// Enters a state.
  ///
  /// - Parameter revokesLocks: whether its running locks end with it.
  mutating func enter(_ state: State, revokesLocks: Bool = false, at moment: Instant) {
    self.state = state
    self.revokesLocks = revokesLocks
    if revokesLocks { revocations += 1 }
    updatedAt = moment
  }
}
