import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Orders that are kept here: made, found, listed.
@Suite struct OrderTests {
  @Test(arguments: StoreUnderTest.all)
  func `an order is priced, and holds its codes' coupons`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    let made = try await shop.create(codes: ["ten"], expected: 5000)
    let order = try #require(try await shop.order())
    #expect(made.answer.kind == .created && made.order == order)
    #expect(order.amounts == [5000, 500, 500, 5000] && order.state == .pending && order.version == 1)
    let application = try #require(try await shop.application())
    #expect(order.applicationID == application.id)
    #expect(application.state == .locked && application.discount == 500 && application.total == 5000)
    #expect(application.quote?.applied == order.quote?.applied)
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    #expect(try await shop.history() == ["OrderCreated"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order without codes has no application, and one without a name is given one`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    let made = try #require(try await shop.create(nil).order)
    #expect(made.id.text.hasPrefix("order_") && made.applicationID == nil)
    // In the order of time, and no identifier of anything else that was made here.
    #expect(Order.ID(of: made.id).description.prefix(16) == made.id.text.prefix(16))
    #expect(Order.ID(of: made.id).description != made.id.text)
    #expect(try await shop.order(made.id) == made)
    #expect(try await shop.history(made.id) == ["OrderCreated"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `the same order again is the same, and another one of its name is refused`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10), .of("TEN"))
    let made = try await shop.create(codes: ["TEN"], key: "one")
    let replayed = try await shop.create(codes: ["TEN"], key: "one")
    #expect(replayed.isReplay && replayed.answer == made.answer)
    #expect(try await shop.create(codes: ["ten"]).answer.kind == .ok)
    #expect(try await shop.create(codes: []).refusal == .orderExists)
    #expect(try await shop.create(codes: ["TEN"], user: "u-2").refusal == .orderExists)
    #expect(try await shop.create(codes: ["TEN"], cart: .of(1)).items == ["/id order_exists"])
    #expect(try await shop.create(codes: ["TEN"], expected: 1).refusal == .totalChanged)
    #expect(try await shop.take(.checkOut).answer.kind == .ok)
    #expect(try await shop.create(codes: ["TEN"]).refusal == .orderExists)
    #expect(try await shop.history() == ["OrderCreated", "CheckoutStarted"])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a code that does not apply refuses the order, or is left out and told`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let ten = try await shop.engine.coupon(.percent(10), .of("TEN"))
    let full = try await shop.engine.coupon(.fixed(100, limits: UsageLimits(total: 1)), .of("FULL"))
    _ = try await shop.engine.lock(["FULL"], order: "other")
    let codes = ["NOTHING", "TEN", "FULL"]
    let refused = try await shop.create(codes: codes)
    #expect(refused.refusal == .codeRefused(.unknownCode))
    #expect(refused.items == ["/codes/0 unknown_code", "/codes/2 usage_limit_reached"])
    #expect(try await shop.order() == nil)
    #expect(try await shop.engine.uses(ten) == UseCounts())
    let order = try #require(try await shop.create(codes: codes, allOrNothing: false).order)
    #expect(order.quote?.applied.map(\.code) == [.of("TEN")])
    #expect(order.quote?.applied.map(\.place?.index) == [1])
    #expect(order.quote?.notApplied.map(\.reason) == [.unknownCode, .usageLimitReached])
    #expect(order.content.discount == 500)
    #expect(try await shop.application()?.quote?.notApplied == [])
    #expect(try await shop.engine.uses(full) == UseCounts(locked: 1))
    #expect(try await shop.facts(CouponRejected.self).count == 4)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an amount that a caller expects is only ever compared`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    #expect(try await shop.create(expected: 1).refusal == .totalChanged)
    #expect(try await shop.order() == nil)
    #expect(try await shop.create(expected: 5500).answer.kind == .created)
    #expect(
      try await shop.engine.submit(CheckOutOrder(orderID: "o-1", expectedTotal: 1)).refusal == .totalChanged)
    #expect(try await shop.take(.checkOut).answer.kind == .ok)
    let paid = try await shop.engine.submit(PayOrder(orderID: "o-1", expectedTotal: 1))
    #expect(paid.items == ["/expected_total total_changed"])
    #expect(try await shop.order()?.state == .processing)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order and an application of the same name keep out of each other's way`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    let alone = try await shop.engine.lock(["TEN"], order: "alone")
    #expect(try await shop.create("alone", codes: ["TEN"]).refusal == .orderHasApplication)
    #expect(try await shop.create(codes: ["TEN"]).answer.kind == .created)
    let id = try #require(try await shop.application()).id
    let actions: [any Action<WorkingSet>] = [
      ApplyCodes(orderID: "o-1", codes: ["TEN"], customer: Customer(userID: "u-1"), cart: OrderShop.cart),
      ChangeApplication(
        applicationID: id, codes: ["TEN"], customer: Customer(userID: "u-1"), cart: .of(1)),
      RedeemApplication(applicationID: id), ReleaseApplication(applicationID: id),
      ExtendApplication(applicationID: id), RestoreApplication(applicationID: id, cause: .canceled),
    ]
    for action in actions {
      #expect(try await shop.engine.submit(action).refusal == .orderKeptHere, "\(action)")
    }
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 2))
    #expect(
      try await shop.engine.submit(RedeemApplication(applicationID: alone.id)).answer.kind == .ok)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `orders are listed newest first, by state and by user, each tenant's alone`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    for number in 1...6 {
      let user: UserID? = number == 6 ? nil : number % 2 == 0 ? "even" : "odd"
      _ = try await shop.create("o-\(number)", user: user)
      if number > 3 { shop.advance(1) }
    }
    _ = try await shop.take(.checkOut, "o-2")
    _ = try await shop.take(.checkOut, "o-5")
    func list(
      _ state: OrderState? = nil, _ user: UserID? = nil, after: Order? = nil, _ limit: Int = 10
    ) throws -> [Order] {
      let filter = OrderFilter(
        state: state, userID: user, after: after.map { OrderFilter.Place(of: $0) }, limit: limit)
      return try shop.opened.store.find(OrderSearch(filter, of: shop.engine.tenant)).entries
    }
    func names(_ orders: [Order]) -> [String] { orders.map(\.id.text) }
    let all = try list()
    #expect(names(all.prefix(2).map { $0 }) == ["o-6", "o-5"])
    // Those that were made at the same moment stand in some order that stays.
    #expect(Set(names(all)) == Set((1...6).map { "o-\($0)" }))
    var paged: [Order] = []
    while let page = Optional(try list(after: paged.last, 2)), !page.isEmpty { paged += page }
    #expect(paged == all)
    #expect(names(try list(.processing)) == ["o-5", "o-2"])
    #expect(Set(names(try list(nil, "even"))) == ["o-2", "o-4"])
    #expect(names(try list(.processing, "even")) == ["o-2"])
    #expect(try list(.paid) == [] && list(nil, "nobody") == [])
    let other = OrderSearch(OrderFilter(limit: 10), of: Tenant.ID(2))
    #expect(try shop.opened.store.find(other).entries == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a rebuild finds orders as they are, and mends them`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10), .of("TEN"))
    try await shop.order(.partlyRefunded, codes: ["TEN"])
    let before = try await shop.order()
    let store = try #require(shop.opened.store as? any RebuildableStore<WorkingSet>)
    try mend(store, shop)
    #expect(try await shop.order() == before)
    try shop.check()
    await shop.end()
  }

  private func mend(_ store: some RebuildableStore<WorkingSet>, _ shop: OrderShop) throws {
    #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
    try shop.opened.run(Damage("state", sqlite: "UPDATE shop_order SET state = 3, returned = NULL"))
    let rebuild = try Rebuild(of: store)
    #expect(try store.differences(to: rebuild.scratch).map(\.table) == ["shop_order"])
    try store.adopt(rebuild.scratch)
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `an order that can't be read harms itself alone`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    #expect(try await shop.create("damaged").answer.kind == .created)
    #expect(try await shop.create("whole").answer.kind == .created)
    try shop.opened.run(
      Damage("content", sqlite: "UPDATE shop_order SET content = '{' WHERE order_id = 'damaged'"))
    await #expect(throws: StoreFailure.self) { _ = try await shop.order("damaged") }
    for step in Step.allCases {
      #expect(try await shop.take(step, "damaged").refusal == .codeRefused(.couponUnreadable), "\(step)")
    }
    let listed = try shop.opened.store.find(OrderSearch(OrderFilter(limit: 10), of: shop.engine.tenant))
    #expect(listed.entries.map(\.id) == ["whole"])
    #expect(try await shop.take(.checkOut, "whole").answer.kind == .ok)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `what only a newer version knows of an order outlives a step, and is not changed`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    #expect(try await shop.create().answer.kind == .created)
    try shop.opened.run(
      Damage(
        "newer", sqlite: #"UPDATE shop_order SET content = replace(content, '{"cart":', '{"gift":1,"cart":')"#
      ))
    #expect(try await shop.take(.change).refusal == .newerTerms)
    #expect(try await shop.take(.checkOut).answer.kind == .ok)
    let row = try await shop.engine.engine.keptOrder("o-1", tenant: shop.engine.tenant)
    #expect(row?.content.isWhole == false && row?.state == .processing)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `of buyers who want the same last use one gets it with the order`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("LAST"))
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 {
        group.addTask { try await shop.create("o-\(number)", codes: ["LAST"], user: "u-\(number)") }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.answer.kind == .created } == 1)
    #expect(outcomes.count { $0.refusal == .codeRefused(.usageLimitReached) } == 19)
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    try shop.check()
    await shop.end()
  }
}
