import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Orders from the checkout to the payment, with all that may come between.
@Suite struct OrderStepTests {
  /// Every step is taken from every state that it can be taken from, and refused by name from every other one.
  @Test(arguments: StoreUnderTest.fragile, OrderState.allCases)
  func `an order takes the steps that its state allows and no other`(kind: StoreUnderTest, state: OrderState)
    async throws
  {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    for (number, step) in Step.allCases.enumerated() {
      let id = OrderID("o-\(number)")
      try await shop.order(state, id, codes: ["TEN"])
      let (before, uses) = (try await shop.order(id), try await shop.engine.uses(coupon))
      let outcome = try await shop.take(step, id)
      switch Result(catching: { () throws(ForbiddenStep) in try state.after(step.step(from: state)) }) {
      case .success(let expected):
        #expect(outcome.answer.kind == .ok, "\(step) from \(state): \(outcome.text)")
        #expect(try await shop.order(id)?.state == expected.state, "\(step) from \(state)")
      case .failure(let forbidden):
        #expect(outcome.refusal == .forbiddenStep(forbidden.reason), "\(step) from \(state): \(outcome.text)")
        #expect(try await shop.order(id) == before)
        #expect(try await shop.engine.uses(coupon) == uses)
      }
      let (order, application) = (try await shop.order(id), try await shop.application(id))
      // A paid order is never left without its coupon, nor a coupon used without one.
      let isUsed = application?.state == .redeemed
      #expect(order?.state.isPaid == true ? isUsed : true, "\(step) from \(state)")
      #expect(
        isUsed ? [.paid, .partlyRefunded, .refunded].contains(order?.state) : true, "\(step) from \(state)")
    }
    if state != .authorized { try shop.check() }
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order that is not there is refused by name`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    for step in Step.allCases {
      #expect(try await shop.take(step, "nobody's").refusal == .notFound(.order), "\(step)")
    }
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `coupons are held while a payment is under way, and used with it`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    _ = try await shop.create(codes: ["TEN"], seconds: 60)
    shop.advance(30)
    #expect(try await shop.take(.checkOut).order?.state == .processing)
    // Seven days from the lock on, however late the checkout is.
    #expect(try await shop.application()?.expiresAt == noon.adding(seconds: 604_800))
    shop.advance(600_000)
    let paid = try #require(try await shop.take(.pay).order)
    #expect(paid.state == .paid && paid.paidAt == shop.clock.now && paid.paymentReference == "bank-1")
    #expect(try await shop.application()?.state == .redeemed)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(try await shop.history() == ["OrderCreated", "CheckoutStarted", "OrderPaid"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a caller may hold the coupons for less, but not for more`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10), .of("TEN"))
    for (id, seconds, until) in [("short", 60, 900), ("some", 3600, 3600), ("long", 604_800, 604_800)] {
      let id = OrderID(id)
      _ = try await shop.create(id, codes: ["TEN"])
      _ = try await shop.engine.submit(CheckOutOrder(orderID: id, lockSeconds: Int64(seconds)))
      #expect(try await shop.application(id)?.expiresAt == noon.adding(seconds: Int64(until)), "\(id)")
    }
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order that costs nothing is paid with its checkout`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(100), .of("ALL"))
    _ = try await shop.create(codes: ["ALL"], cart: OrderShop.cart(("l1", "p1", 3, 1000)))
    let order = try #require(try await shop.take(.checkOut).order)
    #expect(order.state == .paid && order.content.total == 0 && order.paidAt == noon)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(try await shop.history() == ["OrderCreated", "CheckoutStarted", "OrderPaid"])
    let refund = try await shop.take(.refundRest).refund
    #expect(refund?.refund.amount == 0 && refund?.state == .refunded)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a payment that failed gives the coupons back, and another try takes them again`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("LAST"))
    try await shop.order(.failed, codes: ["LAST"])
    #expect(try await shop.engine.uses(coupon) == UseCounts())
    let application = try await shop.application()?.id
    let again = try #require(try await shop.take(.checkOut).order)
    #expect(again.state == .processing && again.content.total == 5000)
    #expect(try await shop.application()?.id == application)
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    #expect(try await shop.take(.pay).answer.kind == .ok)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    #expect(
      try await shop.history() == [
        "OrderCreated", "CheckoutStarted", "CheckoutFailed", "CheckoutStarted", "OrderPaid",
      ])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `another try is refused if the place was taken meanwhile, and can be called off`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("LAST"))
    try await shop.order(.failed, codes: ["LAST"])
    _ = try await shop.engine.lock(["LAST"], order: "other", user: "u-2")
    #expect(try await shop.take(.checkOut).refusal == .lockExpired)
    #expect(try await shop.order()?.state == .failed)
    #expect(try await shop.take(.cancel).order?.state == .cancelled)
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `another try later than any lock may last says what can be done`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10), .of("TEN"))
    try await shop.order(.failed, "failed", codes: ["TEN"])
    shop.advance(604_801)
    let failed = try await shop.take(.checkOut, "failed")
    #expect(failed.refusal == .lockExpired && failed.detail?.contains("call the order off") == true)
    #expect(try await shop.take(.cancel, "failed").answer.kind == .ok)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lock that was lost while the customer paid is taken again, or the payment is not noted`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("LAST"))
    try await shop.order(.processing, "early", codes: ["LAST"])
    shop.advance(604_801)
    #expect(try await shop.take(.pay, "early").order?.state == .paid)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    let second = try await shop.engine.coupon(.percent(20, limits: UsageLimits(total: 1)), .of("OTHER"))
    try await shop.order(.processing, "late", codes: ["OTHER"])
    shop.advance(604_801)
    _ = try await shop.engine.lock(["OTHER"], order: "thief", user: "u-2")
    #expect(try await shop.take(.pay, "late").refusal == .lockExpired)
    #expect(try await shop.order("late")?.state == .processing)
    #expect(try await shop.engine.uses(second) == UseCounts(locked: 1))
    #expect(try await shop.take(.fail, "late").order?.state == .failed)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order whose shipping is not known is not checked out with a code for it`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.freeShipping(), .of("SHIP"))
    _ = try await shop.create(codes: ["SHIP"], cart: OrderShop.cart(("l1", "p1", 1, 1000)))
    #expect(try await shop.take(.checkOut).refusal == .shippingNotKnown)
    let cart = OrderShop.cart(("l1", "p1", 1, 1000), shipping: 700)
    _ = try await shop.engine.submit(ChangeOrder(orderID: "o-1", cart: cart))
    #expect(try await shop.take(.checkOut).order?.amounts == [1000, 700, 700, 1000])
    #expect(try await shop.take(.pay).answer.kind == .ok)
    #expect(try await shop.engine.uses(coupon) == UseCounts(redeemed: 1))
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `calling a paid order off gives everything back, and the coupons that say so`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let usual = try await shop.engine.coupon(.percent(10), .of("USUAL"))
    let never = try await shop.engine.coupon(.percent(10, restoreOn: []), .of("NEVER"))
    try await shop.order(.paid, codes: ["USUAL", "NEVER"])
    let total = try #require(try await shop.order()?.content.total)
    let order = try #require(try await shop.take(.cancel).order)
    #expect(order.state == .cancelled && order.refunded == total)
    #expect(order.returned.lines["l1"]?.count == 3 && order.returned.lines["l2"]?.count == 1)
    #expect(try await shop.engine.uses(usual) == UseCounts())
    #expect(try await shop.engine.uses(never) == UseCounts(redeemed: 1))
    let released = try await shop.facts(CouponReleased.self)
    #expect(released.map(\.cause) == [.canceled])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `of payments and failures that are told at once one counts`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    try await shop.order(.processing, codes: ["TEN"])
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 { group.addTask { try await shop.take(number % 2 == 0 ? .pay : .fail) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.answer.kind == .ok } == 1)
    let isPaid = try await shop.order()?.state == .paid
    #expect(try await shop.engine.uses(coupon) == (isPaid ? UseCounts(redeemed: 1) : UseCounts()))
    try shop.check()
    await shop.end()
  }
}
