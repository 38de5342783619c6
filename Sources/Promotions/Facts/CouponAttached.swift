import Forms
import Ledger
import Scrip

/// A subscription was given a coupon: one use of it is taken for all of its invoices.
public struct CouponAttached: PromotionFact {
  /// `CouponAttached`
  public static let formName = "CouponAttached"

  /// Which subscription.
  public var subscriptionID: SubscriptionID
  /// The association, which no invoice has used yet.
  public var association: Association
  /// What the subscription's invoices are in.
  public var currency: Currency

  /// Makes the fact.
  public init(subscriptionID: SubscriptionID, association: Association, currency: Currency) {
    self.subscriptionID = subscriptionID
    self.association = association
    self.currency = currency
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let subscriptionID = walk.required(
      "subscription_id", fact?.subscriptionID, .name(SubscriptionID.self))
    let association = walk.required(
      "association", fact.map { StoredAssociation($0.association) }, .object())
    let currency = walk.required("currency", fact?.currency, .currency())
    guard let subscriptionID, let association, let currency else { return nil }
    return Self(
      subscriptionID: subscriptionID, association: association.association, currency: currency)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.add(subscriptionID, tenant)
    request.addUse(of: association.couponID, association.code, association.counters, tenant)
  }

  /// Counts the use, and gives the subscription its coupon.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.count(association.counters, under: association.code, by: 1, place.coupon)
    set.changeSubscription(subscriptionID, at: place, .update) { $0.attach(association) }
  }
}

extension LoadRequest {
  /// Asks for what one use of a coupon is counted by, besides the coupon.
  mutating func addUse(
    of couponID: Coupon.ID, _ code: CouponCode?, _ counters: [UsageCounter], _ tenant: Tenant.ID
  ) {
    if let code { codes.insert(Owned(tenant, code)) }
    for counter in counters { add(counter, of: couponID, tenant) }
  }
}
