import Forms
import Ledger
import Scrip

/// An invoice was told, and what coupons take off it was computed: with the first time it came into being here.
public struct InvoicePriced: PromotionFact {
  /// `InvoicePriced`
  public static let formName = "InvoicePriced"

  /// What the invoice is called.
  public var invoiceID: InvoiceID
  /// What was told.
  public var content: Kept<Invoice.Content>
  /// What coupons make of it.
  public var price: Kept<StoredInvoicePrice>
  /// What it took of coupons before; nil for nothing.
  public var before: InvoiceTake?

  /// Makes the fact.
  public init(
    invoiceID: InvoiceID, content: Kept<Invoice.Content>, price: Kept<StoredInvoicePrice>,
    before: InvoiceTake?
  ) {
    self.before = before
    self.invoiceID = invoiceID
    self.content = content
    self.price = price
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let invoiceID = walk.required("invoice_id", fact?.invoiceID, .name(InvoiceID.self))
    let content = walk.required("content", fact?.content, KeptValueForm<Invoice.Content>())
    let price = walk.required("price", fact?.price, KeptValueForm<StoredInvoicePrice>())
    let before = walk.sparse("before", fact?.before, .object())
    guard let invoiceID, let content, let price, let before else { return nil }
    return Self(invoiceID: invoiceID, content: content, price: price, before: before)
  }

  /// With its content.
  public var lengthHint: Int { 256 + content.form.count + price.form.count }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    if let id = content.value.subscriptionID { request.add(id, tenant) }
  }

  /// Makes its row or changes it, and counts what it takes of the subscription's coupons instead of what it took before.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = InvoiceRow.key(of: place.stream, place.tenant)
    let before = set.shelf[InvoiceRow.self][key]
    if before == nil {
      let row = InvoiceRow(invoiceID: invoiceID, content: content, price: price, createdAt: place.at)
      set.shelf[InvoiceRow.self].insert(row, for: key)
    } else {
      set.shelf[InvoiceRow.self].change(key, .redefine) { row in
        row.content = content
        row.price = price
        row.updatedAt = place.at
      }
    }
    let (old, new) = (before?.price.value.price.applied ?? [], price.value.price.applied)
    guard let id = content.value.subscriptionID, !old.isEmpty || !new.isEmpty else { return }
    set.changeSubscription(id, at: place) { row in
      row.count(old, by: -1)
      row.count(new, by: 1)
    }
  }
}
