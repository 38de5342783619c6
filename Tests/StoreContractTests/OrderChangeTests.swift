import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Orders that nobody has checked out yet change, and are priced again.
@Suite struct OrderChangeTests {
  @Test(arguments: StoreUnderTest.all)
  func `other items are priced again, and codes keep their places`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("TEN"))
    let made = try #require(try await shop.create(codes: ["TEN"]).order)
    let usage = try await shop.application()?.usages.first?.id
    let cart = OrderShop.cart(("l1", "p1", 1, 9999), shipping: 0)
    let changed = try await shop.engine.submit(ChangeOrder(orderID: "o-1", cart: cart))
    // 10 % of 9999 is 999.9, rounded to 1000.
    #expect(changed.order?.amounts == [9999, 0, 1000, 8999] && changed.order?.version == 2)
    #expect(changed.order?.applicationID == made.applicationID)
    let application = try #require(try await shop.application())
    #expect(application.usages.map(\.id) == [usage] && application.total == 8999)
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    #expect(try await shop.history() == ["OrderCreated", "OrderChanged"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a code that stops applying is given back and told, and the rest stands`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let ten = try await shop.engine.coupon(.percent(10), .of("TEN"))
    let large = try await shop.engine.coupon(.percent(20, minimum: .usd(5000)), .of("LARGE"))
    #expect(try await shop.create(codes: ["TEN", "LARGE"]).order?.content.discount == 1400)
    let small = OrderShop.cart(("l1", "p1", 1, 4000))
    let refused = try await shop.engine.submit(
      ChangeOrder(orderID: "o-1", cart: small, isAllOrNothing: true))
    #expect(refused.refusal == .codeRefused(.minimumNotReached))
    #expect(try await shop.engine.uses(large) == UseCounts(locked: 1))
    let order = try #require(
      try await shop.engine.submit(ChangeOrder(orderID: "o-1", cart: small)).order)
    #expect(order.amounts == [4000, 0, 400, 3600])
    #expect(order.quote?.notApplied.map(\.reason) == [.minimumNotReached])
    #expect(try await shop.engine.uses(ten) == UseCounts(locked: 1))
    #expect(try await shop.engine.uses(large) == UseCounts())
    let released = try await shop.facts(CouponReleased.self)
    #expect(released.map(\.cause) == [.noLongerApplies] && released.first?.reason == "minimum_not_reached")
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `codes come and go, and with the last one the application`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let ten = try await shop.engine.coupon(.percent(10), .of("TEN"))
    let five = try await shop.engine.coupon(.fixed(500), .of("FIVE"))
    func change(_ codes: [String]) async throws -> Order? {
      try await shop.engine.submit(ChangeOrder(orderID: "o-1", codes: codes)).order
    }
    #expect(try await shop.create().order?.content.total == 5500)
    let first = try #require(try await change(["TEN"]))
    #expect(first.content.total == 5000)
    let second = try #require(try await change(["FIVE"]))
    #expect(second.content.total == 5000 && second.applicationID == first.applicationID)
    #expect(try await shop.engine.uses(ten) == UseCounts())
    #expect(try await change([])?.applicationID == nil)
    #expect(try await shop.engine.uses(five) == UseCounts())
    #expect(try await shop.application()?.state == .released)
    let third = try #require(try await change(["FIVE"]))
    #expect(third.applicationID != first.applicationID && third.content.total == 5000)
    #expect(try await shop.engine.uses(five) == UseCounts(locked: 1))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what changes nothing is no event, and a version that was overtaken is refused`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10), .of("TEN"))
    _ = try await shop.create(codes: ["TEN"])
    #expect(try await shop.engine.submit(ChangeOrder(orderID: "o-1", codes: ["TEN"])).order?.version == 1)
    #expect(try await shop.take(.change).order?.version == 2)
    let late = ChangeOrder(orderID: "o-1", metadata: [:], expectedVersion: 1)
    #expect(try await shop.engine.submit(late).refusal == .versionConflict)
    #expect(try await shop.order()?.content.metadata == ["note": "changed"])
    #expect(try await shop.history() == ["OrderCreated", "OrderChanged"])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `codes that were refused stay told until codes are given anew`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.coupon(.percent(10), .of("TEN"))
    _ = try await shop.engine.coupon(.fixed(500), .of("FIVE"))
    let codes = ["FIVE", "NOTHING", "TEN"]
    let made = try #require(try await shop.create(codes: codes, allOrNothing: false).order)
    #expect(made.quote?.notApplied.map(\.index) == [1])
    #expect(try await shop.engine.submit(ChangeOrder(orderID: "o-1")).order == made)
    #expect(try await shop.history() == ["OrderCreated"])
    let noted = try #require(try await shop.take(.change).order)
    #expect(noted.version == 2 && noted.content.quote == made.content.quote)
    // Codes that nobody asks for again refuse nothing.
    let strict = ChangeOrder(orderID: "o-1", locale: .replaced("de"), isAllOrNothing: true)
    #expect(try await shop.engine.submit(strict).order?.content.quote == made.content.quote)
    let anew = try await shop.engine.submit(ChangeOrder(orderID: "o-1", codes: ["TEN"])).order
    #expect(anew?.quote?.notApplied == [])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lock that ran out is judged anew with a change`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("TEN"))
    _ = try await shop.create(codes: ["TEN"], seconds: 60)
    shop.advance(61)
    #expect(
      try await shop.engine.submit(ChangeOrder(orderID: "o-1", locale: .replaced("de"))).order?.amounts == [
        5000, 500, 500, 5000,
      ])
    #expect(try await shop.application()?.state == .locked)
    shop.advance(10_000)
    _ = try await shop.engine.lock(["TEN"], order: "other", user: "u-2")
    let order = try #require(
      try await shop.engine.submit(ChangeOrder(orderID: "o-1", locale: .replaced("fr"))).order)
    #expect(order.amounts == [5000, 500, 0, 5500] && order.applicationID == nil)
    #expect(order.quote?.notApplied.map(\.reason) == [.usageLimitReached])
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon that has revoked its locks is given up with a change`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    _ = try await shop.create(codes: ["TEN"])
    try await shop.engine.submit(
      ChangeCouponState(couponID: coupon, step: .disable(reason: "leaked", revokesLocks: true)))
    #expect(try await shop.take(.checkOut).refusal == .lockRevoked)
    let order = try #require(try await shop.take(.change).order)
    #expect(order.content.discount == 0 && order.applicationID == nil)
    #expect(order.quote?.notApplied.map(\.reason) == [.couponDisabled])
    #expect(try await shop.engine.uses(coupon) == UseCounts())
    #expect(try await shop.take(.checkOut).answer.kind == .ok)
    try shop.check()
    await shop.end()
  }
}
