import Forms
import Ledger
import Scrip

/// A subscription has a coupon no more, from the next invoice on.
public struct CouponDetached: PromotionFact {
  /// `CouponDetached`
  public static let formName = "CouponDetached"

  /// Which subscription.
  public var subscriptionID: SubscriptionID
  /// Which association.
  public var associationID: Association.ID
  /// The coupon.
  public var couponID: Coupon.ID
  /// What goes back to the coupon; nil if its use stays taken.
  public var use: DirectUse?
  /// What the subscription's invoices are in.
  public var currency: Currency
  /// Whether it was attached until then: one that was detached before may still give its use back.
  public var isFirst: Bool
  /// The caller's own words.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(
    subscriptionID: SubscriptionID, associationID: Association.ID, couponID: Coupon.ID, use: DirectUse?,
    currency: Currency,
    isFirst: Bool, reason: String?
  ) {
    self.currency = currency
    self.isFirst = isFirst
    self.subscriptionID = subscriptionID
    self.associationID = associationID
    self.couponID = couponID
    self.use = use
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let subscriptionID = walk.required(
      "subscription_id", fact?.subscriptionID, .name(SubscriptionID.self))
    let associationID = walk.required("association_id", fact?.associationID, .id(Association.ID.self))
    let couponID = walk.required("coupon_id", fact?.couponID, .id(Coupon.ID.self))
    let use = walk.optional("use", fact?.use, .object())
    let currency = walk.required("currency", fact?.currency, .currency())
    let isFirst = walk.required("first", fact?.isFirst, .flag())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let subscriptionID, let associationID, let couponID, let use, let currency, let isFirst, let reason
    else {
      return nil
    }
    return Self(
      subscriptionID: subscriptionID, associationID: associationID, couponID: couponID, use: use,
      currency: currency,
      isFirst: isFirst, reason: reason)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.add(subscriptionID, tenant)
    if let use { request.addUse(of: couponID, use.code, use.counters, tenant) }
  }

  /// Ends the association, and gives its use back if it is to go back.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    if let use { set.count(use.counters, under: use.code, by: -1, place.coupon) }
    set.changeSubscription(subscriptionID, at: place) { row in
      row.withAssociation(associationID) { association in
        if isFirst { association.detachedAt = place.at }
        association.isGivenBack = use != nil
      }
    }
  }
}
