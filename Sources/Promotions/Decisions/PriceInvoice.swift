import Forms
import Ledger
import Scrip

extension Invoice: Entity {
  /// `invoice`
  public static let topic = "invoice"

  /// Where it is found.
  public var path: String { "/v1/invoices/\(id.pathSegment)" }
}

extension ReplySubject {
  /// The invoice as it is after the command.
  static func invoice(_ id: InvoiceID, of tenant: Tenant.ID, isNew: Bool) -> ReplySubject {
    .entity(isNew: isNew) { $0.shelf[InvoiceRow.self][Owned(tenant, Invoice.ID(of: id))]?.invoice }
  }
}

/// Tells of an invoice, for the first time or anew, and computes what coupons take off it.
public struct PriceInvoice: PromotionAction {
  /// Which invoice.
  public var invoiceID: InvoiceID
  /// What the caller says.
  public var request: InvoiceRequest

  /// Makes an action.
  public init(invoiceID: InvoiceID, request: InvoiceRequest) {
    self.invoiceID = invoiceID
    self.request = request
  }

  /// About the subscription, or else the invoice.
  public func hashSubject(into hasher: inout Hasher) {
    hasher.combine(request.content.subscriptionID)
    if request.content.subscriptionID == nil { hasher.combine(invoiceID) }
  }

  /// Asks for the invoice, its subscription and everything behind their coupons.
  public func ask(for load: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    load.tenants.insert(tenant)
    load.add(invoiceID, tenant)
    let row = set.shelf[InvoiceRow.self][Owned(tenant, Invoice.ID(of: invoiceID))]
    if let row, row.state != .draft { return }
    InvoiceComputation.ask(
      for: request.content, before: row, request: &load, of: tenant, given: set, now: now)
  }

  /// Computes it. A frozen invoice stays as it is; what is old changes nothing, nor does what comes to the same.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let tenant = context.tenant
    let row = try set.invoiceIfThere(invoiceID, of: tenant)
    let keep = Decision<WorkingSet>(reply: .invoice(invoiceID, of: tenant, isNew: false))
    guard let content = try request.content(of: invoiceID, over: row, at: context.now) else { return keep }
    let subscription: Subscription? =
      if let id = content.subscriptionID { try set.subscription(id, of: tenant).subscription } else { nil }
    let computed = try InvoiceComputation(
      content, of: subscription, before: row, in: set, now: context.now, of: tenant)
    try Refusal.check(expectedDiscount: request.expectedDiscount, computed.price.discount)
    if let row, row.content.value == computed.content, row.price.value.price == computed.price {
      return Decision(reply: keep.reply, isShort: computed.lacksRoom)
    }
    return Decision(
      computed.couponFacts(of: invoiceID)
        + [
          (
            .invoice(invoiceID),
            InvoicePriced(
              invoiceID: invoiceID, content: Kept(computed.content),
              price: Kept(StoredInvoicePrice(computed.price)),
              before: row.flatMap { InvoiceTake($0.content.value, $0.price.value.price) })
          )
        ],
      reply: .invoice(invoiceID, of: tenant, isNew: row == nil), isShort: computed.lacksRoom)
  }
}

extension InvoiceRequest {
  /// What an invoice is about once this was told of it; nil if it stays as it is.
  ///
  /// - Parameter row: what it was so far; nil for a new one.
  func content(
    of invoiceID: InvoiceID, over row: InvoiceRow?, at now: Instant
  ) throws(Refusal) -> Invoice.Content? {
    let old = row?.content.value
    if let last = old?.revision, let told = content.revision, told < last { return nil }
    var content = content
    content.date = date ?? old?.date ?? now
    content.revision = content.revision ?? old?.revision
    guard let row, let old else { return content }
    if row.state != .draft {
      content.customer = content.customer ?? old.customer
      // A later message may say the same once more.
      content.revision = old.revision
      if content == old { return nil }
      throw row.state == .voided
        ? Refusal(.invoiceVoided, "The invoice \(invoiceID) was voided and can't change.")
        : Refusal(.invoiceFinalized, "The invoice \(invoiceID) is final and can't change.")
    }
    if old.subscriptionID != content.subscriptionID {
      throw Refusal(.invoiceExists, "The invoice \(invoiceID) bills another subscription.")
    }
    if !row.content.isWhole || !row.price.isWhole {
      throw Refusal(
        .newerTerms,
        "The invoice was written by a newer version of this program, and a change by this one would lose a part of it; send it to a node of the newer version."
      )
    }
    return content
  }
}

extension InvoiceComputation {
  /// Whether a coupon that is named lacks room, which a late lock may hold.
  fileprivate var lacksRoom: Bool { price.notApplied.contains { $0.reason.isConflict } }

  /// What happens to the coupons that are named for the invoice alone, by coupon.
  fileprivate func couponFacts(of id: InvoiceID) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    returned.map {
      (.coupon($0.couponID), InvoiceCouponReturned(invoiceID: id, couponID: $0.couponID, use: $0.use))
    }
      + taken.map {
        (
          .coupon($0.couponID),
          InvoiceCouponTaken(invoiceID: id, couponID: $0.couponID, version: $0.version, use: $0.use)
        )
      }
  }
}
