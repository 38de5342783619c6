import Promotions
import Scrip
import TestSupport
import Testing

/// Commands about one order that are decided in one transaction: each sees what those before it have led to.
@Suite struct BatchedOrderTests {
  @Test(arguments: StoreUnderTest.all)
  func `an order is made, given codes, paid and given back in one batch`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(
      .percent(10, limits: UsageLimits(total: 2, perUser: 1)), .of("TEN"))
    let outcomes = try await shop.engine.batch([
      CreateOrder(orderID: "o-1", customer: Customer(userID: "u-1"), cart: OrderShop.cart),
      ChangeOrder(orderID: "o-1", codes: ["TEN"]),
      CreateOrder(orderID: "o-2", codes: ["TEN"], customer: Customer(userID: "u-1"), cart: OrderShop.cart),
      CheckOutOrder(orderID: "o-1"),
      PayOrder(orderID: "o-1"),
      RefundOrder(orderID: "o-1", .rest),
    ])
    #expect(outcomes[0].answer.kind == .created && outcomes[1].order?.content.discount == 500)
    #expect(outcomes[2].refusal == .codeRefused(.userLimitReached))
    #expect(outcomes[3...].map(\.answer.kind) == [.ok, .ok, .ok])
    #expect(try await shop.order()?.state == .refunded)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `another customer's change of a batch takes from that customer's counter`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10, limits: UsageLimits(perUser: 1)), .of("TEN"))
    #expect(try await shop.create("taken", codes: ["TEN"], user: "u-2").answer.kind == .created)
    let outcomes = try await shop.engine.batch([
      CreateOrder(orderID: "o-1", codes: ["TEN"], customer: Customer(userID: "u-1"), cart: OrderShop.cart),
      ChangeOrder(orderID: "o-1", customer: Customer(userID: "u-2"), isAllOrNothing: true),
      ChangeOrder(orderID: "o-1", customer: Customer(userID: "u-3")),
      CreateOrder(orderID: "o-2", codes: ["TEN"], customer: Customer(userID: "u-1"), cart: OrderShop.cart),
    ])
    #expect(outcomes[1].refusal == .codeRefused(.userLimitReached))
    #expect(outcomes[2].order?.content.discount == 500)
    #expect(outcomes[3].answer.kind == .created)
    try shop.check()
    await shop.end()
  }
}
