import Forms
import Ledger
import Scrip

/// What coupons would take off an invoice, and off those after it: the same pure function as the real one, without a write.
public struct PreviewInvoice: Sendable {
  /// The draft that would be told anew; nil for an invoice that does not exist yet.
  public var invoiceID: InvoiceID?
  /// The invoice.
  public var request: InvoiceRequest
  /// How many invoices, one after the other.
  public var cycles: Int64
  /// How many months lie between two of them.
  public var months: Int64

  /// Makes a question.
  public init(invoiceID: InvoiceID? = nil, request: InvoiceRequest, cycles: Int64 = 1, months: Int64 = 1) {
    self.invoiceID = invoiceID
    self.request = request
    self.cycles = cycles
    self.months = months
  }

  /// Asks for the invoice, its subscription and everything behind their coupons.
  func ask(for load: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    load.tenants.insert(tenant)
    if let invoiceID { load.add(invoiceID, tenant) }
    InvoiceComputation.ask(
      for: request.content, before: row(in: set, tenant), request: &load, of: tenant, given: set, now: now)
  }

  /// The pure answer, given what was loaded.
  func answer(from set: WorkingSet, of tenant: Tenant.ID, now: Instant) -> Result<[Invoice], Refusal> {
    do throws(Refusal) { return .success(try invoices(set, tenant, now)) } catch { return .failure(error) }
  }

  private func invoices(
    _ set: WorkingSet, _ tenant: Tenant.ID, _ now: Instant
  ) throws(Refusal) -> [Invoice] {
    let row: InvoiceRow? = if let invoiceID { try set.invoiceIfThere(invoiceID, of: tenant) } else { nil }
    let told = try request.content(of: invoiceID ?? "preview", over: row, at: now)
    var subscription: SubscriptionRow? =
      if let id = request.content.subscriptionID { try set.subscription(id, of: tenant) } else { nil }
    var content = told ?? request.content
    let first = told?.date ?? row?.content.value.date ?? now
    var found: [Invoice] = []
    for cycle in 0..<cycles {
      if cycle == 0, told == nil, let row {
        found.append(row.invoice)
      } else {
        content.date = first.adding(months: cycle * months)
        let before = cycle == 0 ? row : nil
        let computed = try InvoiceComputation(
          content, of: subscription?.subscription, before: before, in: set, now: now, of: tenant)
        if cycle == 0 {
          try Refusal.check(expectedDiscount: request.expectedDiscount, computed.price.discount)
        }
        subscription?.count(before?.price.value.price.applied ?? [], by: -1)
        subscription?.count(computed.price.applied, by: 1)
        found.append(
          Invoice(
            id: invoiceID ?? "preview", content: computed.content, price: computed.price,
            version: (before?.head.sequence ?? 0) + 1, createdAt: before?.createdAt ?? now, updatedAt: now))
      }
      // They are for one invoice alone.
      content.coupons = []
    }
    return found
  }

  private func row(in set: WorkingSet, _ tenant: Tenant.ID) -> InvoiceRow? {
    invoiceID.flatMap { set.shelf[InvoiceRow.self][Owned(tenant, Invoice.ID(of: $0))] }
  }
}

extension Engine {
  /// What coupons would take off an invoice, and off those after it.
  ///
  /// - Throws: `StoreFailure`; the inner result is a refusal if there is no such subscription, or the amounts overflow.
  public func preview(
    _ question: PreviewInvoice, tenant: Tenant.ID
  ) async throws(StoreFailure) -> Result<[Invoice], Refusal> {
    let moment = store.now
    let set = try await load { request, set in
      question.ask(for: &request, of: tenant, given: set, now: set.now(of: tenant, at: moment))
    }
    return question.answer(from: set, of: tenant, now: set.now(of: tenant, at: moment))
  }
}
