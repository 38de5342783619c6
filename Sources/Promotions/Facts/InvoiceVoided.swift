import Forms
import Ledger
import Scrip

/// An invoice was called off: what it took of its subscription's coupons goes back, once.
public struct InvoiceVoided: PromotionFact {
  /// `InvoiceVoided`
  public static let formName = "InvoiceVoided"

  /// Which invoice.
  public var invoiceID: InvoiceID
  /// The subscription that it billed; nil for one by itself.
  public var subscriptionID: SubscriptionID?
  /// What it took of coupons; nil for nothing.
  public var before: InvoiceTake?
  /// The caller's own words.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(
    invoiceID: InvoiceID, subscriptionID: SubscriptionID?, before: InvoiceTake?, reason: String?
  ) {
    self.before = before
    self.invoiceID = invoiceID
    self.subscriptionID = subscriptionID
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let invoiceID = walk.required("invoice_id", fact?.invoiceID, .name(InvoiceID.self))
    let subscriptionID = walk.optional(
      "subscription_id", fact?.subscriptionID, .name(SubscriptionID.self))
    let before = walk.sparse("before", fact?.before, .object())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let invoiceID, let subscriptionID, let before, let reason else { return nil }
    return Self(invoiceID: invoiceID, subscriptionID: subscriptionID, before: before, reason: reason)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    if let subscriptionID { request.add(subscriptionID, tenant) }
  }

  /// Calls it off, and counts back what it took.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = InvoiceRow.key(of: place.stream, place.tenant)
    guard let before = set.shelf[InvoiceRow.self][key], before.state != .voided else { return }
    set.changeInvoice(at: place) { row in
      row.state = .voided
      row.voidedAt = place.at
    }
    let applied = before.price.value.price.applied
    guard let subscriptionID, !applied.isEmpty else { return }
    set.changeSubscription(subscriptionID, at: place) { $0.count(applied, by: -1) }
  }
}
