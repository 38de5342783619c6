import Forms
import Ledger
import Scrip

/// A locked coupon was used.
public struct CouponRedeemed: CountingFact {
  /// `CouponRedeemed`
  public static let formName = "CouponRedeemed"

  /// Which usage.
  public var usage: UsageReference
  /// How it stood before.
  public var before: UsageStanding
  /// Whether the lock had run out and been tidied away, so that the usage was taken again.
  public var wasRelocked: Bool
  /// Whether it was lost and could not be taken again, so that the usage is outside of all counts.
  public var isOverLimit: Bool

  /// Makes the fact.
  public init(usage: UsageReference, before: UsageStanding, wasRelocked: Bool, isOverLimit: Bool = false) {
    self.usage = usage
    self.before = before
    self.wasRelocked = wasRelocked
    self.isOverLimit = isOverLimit
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let usage = UsageReference.walk(&walk, fact?.usage)
    let before = walk.required("before", fact?.before, .object())
    let wasRelocked = walk.required("relocked", fact?.wasRelocked, .flag())
    let isOverLimit = walk.sparse("over_limit", fact.flatMap { $0.isOverLimit ? true : nil }, .flag())
    guard let usage, let before, let wasRelocked, let isOverLimit else { return nil }
    return Self(
      usage: usage, before: before, wasRelocked: wasRelocked, isOverLimit: isOverLimit ?? false)
  }

  /// More was given than limits allow.
  public var notice: Notice.Kind? { isOverLimit ? .overLimit : nil }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.applications.insert(Owned(tenant, usage.applicationID))
  }

  /// What it takes again.
  public var counted: UsageReference? { wasRelocked ? usage : nil }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    guard let found = set.usage(usage, of: key.tenant) else { return }
    if isOverLimit {
      set.update(usage.applicationID, of: key.tenant) { record in
        record.application.usages.withUsage(usage.usageID) { $0.goOverLimit() }
      }
    } else {
      if wasRelocked { set.count(found, by: 1, key) }
      set.coupons.count(key) { coupon in
        if !wasRelocked { coupon.life.uses.locked -= 1 }
        coupon.life.uses.redeemed += 1
      }
    }
    set.settle(usage, of: key.tenant, as: .redeemed, at: place.at, cause: nil)
    set.found.applicationOfOrder[Owned(key.tenant, usage.orderID)] = usage.applicationID
  }
}

extension Notice.Kind {
  /// A paid order was honoured although there was no room: more was given than limits allow.
  public static let overLimit: Self = "over_limit"
}
