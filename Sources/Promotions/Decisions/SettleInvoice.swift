import Forms
import Ledger
import Scrip

/// Freezes an invoice: nothing changes what coupons take off it any more.
public struct FinalizeInvoice: PromotionAction {
  /// Which invoice.
  public var invoiceID: InvoiceID
  /// What the caller believes its total to be, in minor units; anything else is refused.
  public var expectedTotal: Int64?

  /// Makes an action.
  public init(invoiceID: InvoiceID, expectedTotal: Int64? = nil) {
    self.invoiceID = invoiceID
    self.expectedTotal = expectedTotal
  }

  /// About the invoice.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(invoiceID) }

  /// Asks for the invoice.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.add(invoiceID, tenant)
  }

  /// Freezes it. One that is frozen stays so.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let row = try set.invoice(invoiceID, of: context.tenant)
    if row.state == .voided {
      throw Refusal(.invoiceVoided, "The invoice \(invoiceID) was voided.")
    }
    try Refusal.check(expectedTotal: expectedTotal, row.price.value.price.total)
    let reply = ReplySubject.invoice(invoiceID, of: context.tenant, isNew: false)
    if row.state == .finalized { return Decision(reply: reply) }
    return Decision([(.invoice(invoiceID), InvoiceFinalized(invoiceID: invoiceID))], reply: reply)
  }
}

/// Calls an invoice off: what it took of coupons goes back, once.
public struct VoidInvoice: PromotionAction {
  /// Which invoice.
  public var invoiceID: InvoiceID
  /// Whether coupons of the subscription that no other invoice uses are detached, and their uses go back.
  public var givesBack: Bool
  /// The caller's own words.
  public var reason: String?

  /// Makes an action.
  public init(invoiceID: InvoiceID, givesBack: Bool = false, reason: String? = nil) {
    self.invoiceID = invoiceID
    self.givesBack = givesBack
    self.reason = reason
  }

  /// About the invoice.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(invoiceID) }

  /// Asks for the invoice, its subscription, and what its coupons are counted by.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.add(invoiceID, tenant)
    guard let row = set.shelf[InvoiceRow.self][Owned(tenant, Invoice.ID(of: invoiceID))] else { return }
    if let id = row.content.value.subscriptionID { request.add(id, tenant) }
    for application in row.price.value.price.applied {
      guard let use = application.use else { continue }
      request.coupons.insert(Owned(tenant, application.couponID))
      request.addUse(of: application.couponID, use.code, use.counters, tenant)
    }
    for association in associations(of: row, set, tenant) where givesBack {
      request.coupons.insert(Owned(tenant, association.couponID))
      request.addUse(of: association.couponID, association.code, association.counters, tenant)
    }
  }

  /// Calls it off. One that is called off stays so.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let row = try set.invoice(invoiceID, of: context.tenant)
    let reply = ReplySubject.invoice(invoiceID, of: context.tenant, isNew: false)
    if row.state == .voided { return Decision(reply: reply) }
    let subscriptionID = row.content.value.subscriptionID
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = row.price.value.price.applied.compactMap {
      application in
      application.use.map {
        (
          .coupon(application.couponID),
          InvoiceCouponReturned(invoiceID: invoiceID, couponID: application.couponID, use: $0)
        )
      }
    }
    facts.append(
      (
        .invoice(invoiceID),
        InvoiceVoided(
          invoiceID: invoiceID, subscriptionID: subscriptionID,
          before: InvoiceTake(row.content.value, row.price.value.price), reason: reason)
      ))
    if givesBack, let subscriptionID {
      let currency = try set.subscription(subscriptionID, of: context.tenant).content.value.currency
      for association in associations(of: row, set, context.tenant)
      where association.invoices == 1 && !association.isGivenBack {
        facts.append(association.detached(from: subscriptionID, currency, givesBack: true, reason))
      }
    }
    return Decision(facts, reply: reply)
  }

  /// The coupons of the subscription that take something off the invoice.
  private func associations(of row: InvoiceRow, _ set: WorkingSet, _ tenant: Tenant.ID) -> [Association] {
    guard let id = row.content.value.subscriptionID else { return [] }
    let sources = Set(row.price.value.price.applied.map(\.source))
    return set.associations(of: id, tenant).filter { sources.contains(.association($0.id)) }
  }
}
