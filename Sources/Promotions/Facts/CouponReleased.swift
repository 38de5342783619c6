import Forms
import Ledger
import Scrip

/// A usage was given back.
public struct CouponReleased: CountingFact {
  /// `CouponReleased`
  public static let formName = "CouponReleased"

  /// Which usage.
  public var usage: UsageReference
  /// How it stood before.
  public var before: UsageStanding
  /// Why.
  public var cause: ReleaseCause
  /// The caller's own words.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(
    usage: UsageReference, before: UsageStanding, cause: ReleaseCause, reason: String? = nil
  ) {
    self.usage = usage
    self.before = before
    self.cause = cause
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let usage = UsageReference.walk(&walk, fact?.usage)
    let before = walk.required("before", fact?.before, .object())
    let cause = walk.required("cause", fact?.cause, .choice())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let usage, let before, let cause, let reason else { return nil }
    return Self(usage: usage, before: before, cause: cause, reason: reason)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.applications.insert(Owned(tenant, usage.applicationID))
  }

  /// What it gives back.
  public var counted: UsageReference? { usage }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    guard let found = set.usage(usage, of: key.tenant), found.state.isLive else { return }
    if found.isCounted {
      set.coupons.count(key) { coupon in
        if found.state == .locked { coupon.life.uses.locked -= 1 } else { coupon.life.uses.redeemed -= 1 }
      }
      set.count(found, by: -1, key)
    }
    set.settle(usage, of: key.tenant, as: .released, at: place.at, cause: cause)
  }
}
