import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Orders whose items are changed after they were paid.
@Suite struct AmendOrderTests {
  /// A shop with a paid order of 45.00 and 5.00 shipping, of which ten percent was taken off the goods.
  private func paid(_ kind: StoreUnderTest, _ terms: CouponTerms = .percent(10)) async throws -> (
    OrderShop, Coupon.ID
  ) {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(terms, .of("TEN"))
    try await shop.order(.paid, codes: ["TEN"])
    return (shop, coupon)
  }

  private func amend(_ shop: OrderShop, _ cart: Cart, expected: Int64? = nil) async throws -> CommandOutcome {
    try await shop.engine.submit(
      AmendOrder(orderID: "o-1", cart: cart, expectedTotal: expected, reason: "swap"))
  }

  @Test(arguments: StoreUnderTest.all)
  func `more items are priced with the coupon that was used, and the difference is to be charged`(
    kind: StoreUnderTest
  ) async throws {
    let (shop, coupon) = try await paid(kind)
    // 3 × 10.00 and 2 × 20.00 now.
    let cart = OrderShop.cart(("l1", "p1", 3, 1000), ("l2", "p2", 2, 2000), shipping: 500)
    #expect(try await amend(shop, cart, expected: 6801).refusal == .totalChanged)
    #expect(try await amend(shop, cart, expected: 6800).amendment?.difference == 1800)
    let order = try #require(try await shop.order())
    #expect(order.state == .paid && order.amounts == [7000, 500, 700, 6800])
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(try await shop.application()?.discount == 700)
    // The same again is no difference, and nothing happens.
    let before = try await shop.history()
    #expect(try await amend(shop, cart).amendment?.difference == 0)
    #expect(try await shop.history() == before)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `fewer items give the difference back, and refunds go on from the new price to the cent`(
    kind: StoreUnderTest
  ) async throws {
    let (shop, _) = try await paid(kind)
    let cart = OrderShop.cart(("l1", "p1", 2, 999), shipping: 500)
    #expect(try await amend(shop, cart).amendment?.difference == 500 + 1798 - 5000)
    var sum: Int64 = 0
    for _ in 0..<2 {
      let refund = RefundOrder(orderID: "o-1", .parts(lines: [("l1", .count(1))], charges: []))
      sum += try #require(try await shop.engine.submit(refund).refund?.refund.amount)
    }
    sum += try #require(try await shop.take(.refundRest).refund?.refund.amount)
    #expect(sum == 2298)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon that no longer applies takes off nothing, and stays used`(kind: StoreUnderTest) async throws
  {
    let currency = OrderShop.cart.currency
    let (shop, coupon) = try await paid(
      kind, .percent(10, minimum: AmountsByCurrency([Money(minorUnits: 4000, currency: currency)])))
    let amended = try await amend(shop, OrderShop.cart(("l1", "p1", 1, 1000)))
    #expect(amended.amendment?.total == 1000)
    let order = try #require(try await shop.order())
    #expect(order.content.discount == 0 && order.quote?.notApplied.count == 1)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(try await shop.application()?.usages.map(\.amount) == [0])
    // And again, with enough in the cart.
    #expect(try await amend(shop, OrderShop.cart).amendment?.total == 5000)
    #expect(try await shop.application()?.usages.map(\.amount) == [500])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `versions stay those that were paid with, whatever has become of the coupon`(kind: StoreUnderTest)
    async throws
  {
    let (shop, coupon) = try await paid(kind)
    _ = try await shop.engine.submit(UpdateCoupon(couponID: coupon, terms: .percent(50)))
    _ = try await shop.engine.submit(
      ChangeCouponState(couponID: coupon, step: .disable(reason: "over", revokesLocks: false)))
    let cart = OrderShop.cart(("l1", "p1", 10, 1000))
    #expect(try await amend(shop, cart).amendment?.total == 9000)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `only a paid order is amended, and in its own currency`(kind: StoreUnderTest) async throws {
    let (shop, _) = try await paid(kind)
    var other = OrderShop.cart
    other.currency = try #require(Currency(code: "JPY"))
    #expect(try await amend(shop, other).refusal == .codeRefused(.currencyMismatch))
    _ = try await shop.take(.refundPart)
    #expect(try await amend(shop, OrderShop.cart).refusal == .forbiddenStep(.partlyRefunded))
    for (number, state) in [OrderState.pending, .processing, .failed, .cancelled, .refunded].enumerated() {
      let id = OrderID("other-\(number)")
      try await shop.order(state, id)
      let outcome = try await shop.engine.submit(AmendOrder(orderID: id, cart: OrderShop.cart))
      #expect(outcome.refusal != nil, "\(state)")
    }
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order without codes is amended as well`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    try await shop.order(.paid)
    #expect(try await amend(shop, OrderShop.cart(("l1", "p1", 1, 700))).amendment?.difference == 700 - 5500)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a provider gives back what an amended order costs less, and no more than it has`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await PaymentTests.Checkout(kind)
    try await checkout.begin()
    try await checkout.tell(.taken)
    let shop = checkout.shop
    // 20.00 more, which the shop charges by itself.
    let more = OrderShop.cart(("l1", "p1", 3, 1000), ("l2", "p2", 2, 2000), shipping: 500)
    #expect(try await amend(shop, more).amendment?.difference == 1800)
    #expect(try await checkout.payment().refundDue == 0)
    #expect(try await shop.take(.refundRest).refund?.refund.amount == 6800)
    #expect(try await checkout.payment().refundDue == 5000)
    try await checkout.end()
    let other = try await PaymentTests.Checkout(kind)
    try await other.begin()
    try await other.tell(.taken)
    #expect(try await amend(other.shop, OrderShop.cart(("l1", "p1", 3, 1000))).amendment?.difference == -2300)
    #expect(try await other.payment().refundDue == 2300)
    #expect(try await other.due() == ["refund 1"])
    #expect(try await other.shop.take(.refundRest).refund?.refund.amount == 2700)
    #expect(try await other.payment().refundDue == 5000)
    try await other.end()
  }
}

extension CommandOutcome {
  /// The amendment that is told of.
  fileprivate var amendment: OrderAmendment? {
    guard case .ok(.entity(let entity)) = answer else { return nil }
    return entity.value as? OrderAmendment
  }
}
