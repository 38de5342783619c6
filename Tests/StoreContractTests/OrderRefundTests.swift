import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What is given back of paid orders.
@Suite struct OrderRefundTests {
  private func refund(
    _ shop: OrderShop, _ lines: [(LineID, RefundRequest.Units)] = [], shipping: Int64? = nil
  ) async throws -> CommandOutcome {
    try await shop.engine.submit(
      RefundOrder(
        orderID: "o-1",
        .parts(
          lines: lines.map { (id: $0.0, units: $0.1) },
          charges: shipping.map { [(id: LineID("s1"), amount: $0)] } ?? []),
        reason: "sent back"))
  }

  /// 3 × 10.00 and 5.00 shipping, 10.00 off: the units cost 6.66, 6.67, 6.67.
  private func paid(_ kind: StoreUnderTest, restoreOn: Set<CouponTerms.RestoreCause> = [.canceled])
    async throws
    -> (shop: OrderShop, coupon: Coupon.ID)
  {
    let shop = try await OrderShop(kind)
    var terms = CouponTerms.fixed(1000)
    terms.restoreOn = restoreOn
    let coupon = try await shop.engine.coupon(terms, .of("TENNER"))
    let cart = OrderShop.cart(("l1", "p1", 3, 1000), shipping: 500)
    try await shop.order(.paid, codes: ["TENNER"], cart: cart)
    return (shop, coupon)
  }

  @Test(arguments: StoreUnderTest.all)
  func `each unit is given back at what it has cost, and all of them come to what was paid`(
    kind: StoreUnderTest
  ) async throws {
    let (shop, coupon) = try await paid(kind)
    let first = try #require(try await refund(shop, [("l1", .count(1))]).refund)
    #expect(first.refund.amount == 666 && first.state == .partlyRefunded)
    #expect(first.refunded == 666 && first.left == 1834)
    let second = try #require(
      try await refund(shop, [("l1", .these(UnitSet([2..<3])))], shipping: 200).refund)
    #expect(second.refund.amount == 867 && second.refunded == 1533 && second.left == 967)
    let rest = try #require(try await shop.take(.refundRest).refund)
    #expect(rest.refund.amount == 967 && rest.refunded == 2500 && rest.left == 0 && rest.state == .refunded)
    #expect(rest.refund.lines.map(\.units) == [UnitSet([1..<2])])
    let order = try #require(try await shop.order())
    #expect(order.refunded == order.content.total)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(try await shop.history().suffix(3) == ["OrderRefunded", "OrderRefunded", "OrderRefunded"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what is not there is not given back, nor anything twice`(kind: StoreUnderTest) async throws {
    let (shop, _) = try await paid(kind)
    #expect(try await refund(shop, [("l1", .these(UnitSet([0..<1])))]).answer.kind == .ok)
    let before = try await shop.order()
    #expect(try await refund(shop, [("l9", .count(1))]).items == ["/lines/0 unknown_line"])
    #expect(try await refund(shop, [("l1", .count(3))]).items == ["/lines/0 too_many_units"])
    #expect(try await refund(shop, [("l1", .these(UnitSet([0..<2])))]).items == ["/lines/0 unit_gone"])
    #expect(try await refund(shop, [("l1", .these(UnitSet([3..<4])))]).items == ["/lines/0 unknown_unit"])
    #expect(try await refund(shop, shipping: 501).items == ["/shipping/0 too_much_shipping"])
    #expect(try await refund(shop).items == [" nothing_asked"])
    // All or nothing: what could be given back stays, too.
    let mixed = try await refund(shop, [("l1", .count(1))], shipping: 501)
    #expect(mixed.refusal == .notRefundable)
    #expect(try await shop.order() == before)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `only a refund after which nothing is left restores a coupon, and only if it says so`(
    kind: StoreUnderTest
  ) async throws {
    let (shop, coupon) = try await paid(kind, restoreOn: [.fullyRefunded])
    #expect(try await refund(shop, [("l1", .count(3))]).refund?.state == .partlyRefunded)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(try await refund(shop, shipping: 500).refund?.state == .refunded)
    #expect(try await shop.engine.uses(coupon) == UseCounts())
    let released = try await shop.facts(CouponReleased.self)
    #expect(released.map(\.cause) == [.fullyRefunded])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a retried refund is given back once`(kind: StoreUnderTest) async throws {
    let (shop, _) = try await paid(kind)
    let action = RefundOrder(orderID: "o-1", .parts(lines: [("l1", .count(1))], charges: []))
    let first = try await shop.engine.submit(action, key: "once")
    let again = try await shop.engine.submit(action, key: "once")
    #expect(again.isReplay && again.answer == first.answer)
    #expect(try await shop.order()?.refunded == 666)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `the database itself gives back no more than the total`(kind: StoreUnderTest) async throws {
    let (shop, _) = try await paid(kind)
    // The guard is off for what is damaged on purpose in SQLite.
    if kind.testDescription == "PostgreSQL" {
      #expect(throws: (any Error).self) {
        try shop.opened.run(Damage("too much", sqlite: "UPDATE shop_order SET refunded = 2501"))
      }
      #expect(throws: (any Error).self) {
        try shop.opened.run(Damage("less than nothing", sqlite: "UPDATE shop_order SET refunded = -1"))
      }
    }
    #expect(try await shop.order()?.refunded == 0)
    await shop.end()
  }
}
