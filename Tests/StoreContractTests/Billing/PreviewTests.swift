import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct PreviewTests {
  /// A subscription with coupons of every cadence, one of them carried over, and with one for a line.
  private func shop(_ kind: StoreUnderTest) async throws -> BillingShop {
    let shop = try await BillingShop(kind)
    try await shop.save()
    try await shop.coupon("ONCE", .dollars(150), .once)
    try await shop.coupon("THREE", .tenPercent, .periods(3))
    try await shop.coupon("MONTHS", .percentage(7), .months(4))
    try await shop.coupon("EVER", .dollars(33))
    try await shop.coupon("CREDIT", .dollars(5000), .once) { $0.billing?.carriesOver = true }
    try await shop.coupon("DIRECT", .dollars(5))
    for code in ["ONCE", "THREE", "MONTHS", "EVER", "CREDIT"] {
      _ = try await shop.attached(code)
      shop.clock.now = shop.now.adding(seconds: 1)
    }
    return shop
  }

  private func preview(_ shop: BillingShop, _ question: PreviewInvoice) async throws -> [Invoice] {
    try await shop.engine.engine.preview(question, tenant: shop.engine.tenant).get()
  }

  @Test(arguments: StoreUnderTest.all)
  func `it is what the invoices then are, and writes nothing`(kind: StoreUnderTest) async throws {
    let shop = try await shop(kind)
    let events = try await shop.engine.events().count
    let request = BillingShop.request([2000, 999], date: shop.now) {
      $0.content.coupons = [Invoice.DirectCoupon(.code("DIRECT"))]
    }
    let told = try await preview(shop, PreviewInvoice(request: request, cycles: 8))
    #expect(told.count == 8 && told.allSatisfy { $0.state == .draft })
    #expect(try await shop.engine.events().count == events)
    #expect(try await shop.subscription().associations.allSatisfy { $0.invoices == 0 })
    for (month, expected) in told.enumerated() {
      let date = request.content.date.adding(months: Int64(month))
      #expect(expected.content.date == date)
      let real = try await shop.price(InvoiceID("i\(month)"), 2000, 999, date: date) {
        if month == 0 { $0.content.coupons = request.content.coupons }
      }
      #expect(real.invoice?.price == expected.price, "month \(month)")
    }
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a draft that is there is shown as if it were told anew, and others after it`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await shop(kind)
    try await shop.price("i1", 2000)
    let before = try await shop.invoice("i1")
    let again = PreviewInvoice(invoiceID: "i1", request: BillingShop.request([2000]), cycles: 2)
    let same = try await preview(shop, again)
    #expect(same[0].price == before.price && same[0].content.date == before.content.date)
    #expect(same[1].price.applied.map(\.snapshot.name) == ["THREE", "MONTHS", "EVER", "CREDIT"])
    let changed = try await preview(shop, PreviewInvoice(invoiceID: "i1", request: BillingShop.request([0])))
    #expect(changed[0].price.discount == 0)
    #expect(try await shop.invoice("i1") == before)
    try await shop.finalize("i1")
    // What can't be told is not shown either, and what would change nothing is shown as it stands.
    let frozen = try await preview(shop, again)
    #expect(frozen[0] == (try await shop.invoice("i1")) && frozen.count == 2)
    #expect(frozen[1].price.applied.map(\.snapshot.name) == ["THREE", "MONTHS", "EVER", "CREDIT"])
    func refusal(_ id: InvoiceID, _ request: InvoiceRequest) async throws -> Refusal.Code? {
      let question = PreviewInvoice(invoiceID: id, request: request)
      let told = try await shop.engine.engine.preview(question, tenant: shop.engine.tenant)
      if case .failure(let refusal) = told { return refusal.code }
      return nil
    }
    #expect(try await refusal("i1", BillingShop.request([1])) == .invoiceFinalized)
    try await shop.price("i2", 1000) { $0.content.revision = 5 }
    let old = BillingShop.request([1]) { $0.content.revision = 4 }
    #expect(
      try await preview(shop, PreviewInvoice(invoiceID: "i2", request: old)) == [try await shop.invoice("i2")]
    )
    #expect(try await refusal("i2", BillingShop.request([1], of: nil)) == .invoiceExists)
    let wrong = BillingShop.request([1]) { $0.expectedDiscount = 5 }
    #expect(try await refusal("i2", wrong) == .discountChanged)
    try await shop.void("i2")
    #expect(try await refusal("i2", BillingShop.request([1])) == .invoiceVoided)
    #expect(try await shop.price("i1", 0).refusal == .invoiceFinalized)
    let yearly = PreviewInvoice(request: BillingShop.request([2000]), cycles: 2, months: 12)
    #expect(try await preview(shop, yearly)[1].content.date == shop.now.adding(months: 12))
    let refused = try await shop.engine.engine.preview(
      PreviewInvoice(request: BillingShop.request([1], of: "none")), tenant: shop.engine.tenant)
    #expect(throws: Refusal.self) { try refused.get() }
    try await shop.end()
  }
}
