import Scrip

/// How much a caller may learn about codes that do not apply.
public enum Disclosure: Sendable {
  /// The exact reason with its facts, for servers.
  case exact
  /// One answer for every code that is unknown, not in use or used up, for browsers and apps.
  case blurred
  /// No word about any code to somebody who tried too many, but when to try again.
  case throttled(seconds: Int64)
}

extension Quote {
  /// The codes that did not apply and of which a stranger learns nothing.
  public var hiddenCodes: [RefusedCode] {
    let hidden = hiddenCoupons
    return notApplied.filter { $0.isHidden(among: hidden) }
  }

  /// The coupons behind codes that are blurred.
  var hiddenCoupons: Set<Coupon.ID> {
    Set(notApplied.lazy.filter(\.reason.isBlurred).compactMap(\.couponID))
  }
}

extension RefusedCode {
  /// A code that repeats a hidden one is hidden as well: only a coupon that there is can be in the list already. So is
  /// one that would be hidden if it stood alone: who holds one code of a coupon must not find the others.
  func isHidden(among coupons: Set<Coupon.ID>) -> Bool {
    if reason.isBlurred || isSecret { return true }
    guard reason == .alreadyApplied, let couponID else { return false }
    return coupons.contains(couponID)
  }
}
