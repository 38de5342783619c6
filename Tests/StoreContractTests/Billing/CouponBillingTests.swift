import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What coupons give to billing, added up beside the log.
@Suite struct CouponBillingTests {
  @Test(arguments: StoreUnderTest.all)
  func `it is what happened, by currency, however far apart it is read`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon()
    let other = try await shop.coupon("OTHER", .dollars(10))
    try await shop.save()
    try await shop.save("euro") { $0.currency = .eur }
    let (first, second) = (try await shop.attached(), try await shop.attached(to: "euro"))
    for (number, amount) in ([1000, 2000, 0, 4000] as [Int64]).enumerated() {
      try await shop.price(InvoiceID("i\(number)"), amount)
    }
    try await shop.price("i0", 500)
    try await shop.finalize("i1")
    try await shop.void("i1")
    try await shop.void("i1")
    try await shop.price("e1", 700, of: "euro") { $0.content.currency = .eur }
    try await shop.void("e1")
    try await shop.detach(first)
    try await shop.detach(second, from: "euro")
    try await shop.detach(second, from: "euro", giveBack: true)
    try await shop.price("d1", 1000, with: ["OTHER"])

    _ = try await shop.opened.store.wholeLog()
    let runner = ProjectionRunner(store: shop.opened.store, pageSize: 3)
    let deadline = ContinuousClock.now + .seconds(60)
    func found(_ id: Coupon.ID) throws -> [String] {
      try shop.opened.store.find(BillingOfCoupon(of: Owned(shop.engine.tenant, id))).map { key, row in
        let counts = [row.attached, row.detached, row.givenBack, row.invoices]
        return "\(key.value.currency.code) \(counts) \(row.discount)"
      }
    }
    while try found(other).isEmpty, .now < deadline { try runner.catchUpNow() }
    try runner.catchUpNow()
    #expect(try found(id) == ["EUR [1, 1, 1, 0] 0", "USD [1, 1, 0, 2] 450"])
    #expect(try found(other) == ["USD [0, 0, 0, 1] 10"])
    try await shop.end()
  }
}
