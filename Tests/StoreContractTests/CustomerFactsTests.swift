import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Whose first order it is, how many there were and since when a customer is known, as orders that are kept here tell.
@Suite struct CustomerFactsTests {
  private func shop(_ kind: StoreUnderTest, _ facts: CustomerFacts = .orders) async throws -> OrderShop {
    let shop = try await OrderShop(kind)
    _ = try await shop.engine.submit(ChangeSettings(TenantSettingsChange(customerFacts: facts)))
    _ = try await shop.engine.coupon(.percent(10, rules: .condition(.firstOrder(true))), .of("FIRST"))
    _ = try await shop.engine.coupon(
      .percent(20, rules: .condition(.orderCount(minimum: 2))), .of("REGULAR"))
    _ = try await shop.engine.coupon(
      .percent(30, rules: .condition(.accountAge(minimum: 1))), .of("OLD"))
    return shop
  }

  /// Which of the codes apply to an order that somebody would make.
  private func applying(
    _ shop: OrderShop, user: UserID? = "u-1", saying firstOrder: Bool? = nil, isStranger: Bool = false
  ) async throws -> [String] {
    let question = QuoteCart(
      codes: ["FIRST", "REGULAR", "OLD"], customer: Customer(userID: user, firstOrder: firstOrder),
      cart: OrderShop.cart, isStranger: isStranger)
    let quote = try await shop.engine.engine.quote(question, tenant: shop.engine.tenant).get()
    return quote.applied.map(\.code.canonical).sorted()
  }

  @Test(arguments: StoreUnderTest.all)
  func `orders count from their payment on, and no more once they are called off`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await shop(kind)
    #expect(try await applying(shop) == ["FIRST"])
    #expect(try await shop.create("o-1").answer.kind == .created)
    shop.advance(86_399)
    #expect(try await applying(shop) == ["FIRST"])
    shop.advance(1)
    #expect(try await applying(shop) == ["FIRST", "OLD"])
    for step in [Step.checkOut, .pay] { _ = try await shop.take(step, "o-1") }
    #expect(try await applying(shop) == ["OLD"])
    #expect(try await applying(shop, user: "u-2") == ["FIRST"])
    try await shop.order(.partlyRefunded, "o-2")
    #expect(try await applying(shop) == ["OLD", "REGULAR"])
    // Who buys and sends everything back has bought.
    _ = try await shop.take(.refundRest, "o-2")
    #expect(try await applying(shop) == ["OLD", "REGULAR"])
    _ = try await shop.take(.cancel, "o-1")
    #expect(try await applying(shop) == ["OLD"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what the caller says of it counts for nothing, and of nobody nothing is known`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await shop(kind)
    try await shop.order(.paid)
    #expect(try await applying(shop, saying: true) == [])
    #expect(try await applying(shop, user: "u-2", saying: false) == ["FIRST"])
    #expect(try await applying(shop, user: nil, saying: true) == [])
    #expect(try await applying(shop, user: "u-2", isStranger: true) == [])
    _ = try await shop.engine.submit(ChangeSettings(TenantSettingsChange(customerFacts: .caller)))
    #expect(try await applying(shop, saying: true) == ["FIRST"])
    #expect(try await applying(shop) == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `orders and locks are made by it, and their snapshots say who said it`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await shop(kind)
    _ = try await shop.create("o-1", codes: ["FIRST"])
    _ = try await shop.engine.lock(["FIRST"], order: "own")
    for id in ["o-1", "own"] as [OrderID] {
      let application = try #require(try await shop.application(id))
      let customer = try SnapshotBasis(stored: application.snapshot.basis).context.customer
      #expect(customer.factsFrom == .orders && customer.firstOrder == true && customer.orderCount == 0)
      #expect(customer.createdAt == noon)
    }
    #expect(try await shop.order()?.content.customer.factsFrom == .orders)
    for step in [Step.checkOut, .pay] { _ = try await shop.take(step) }
    #expect(try await shop.create("o-2", codes: ["FIRST"]).refusal == .codeRefused(.notEligible))
    #expect(
      try await shop.engine.apply(["FIRST"], order: "other").refusal == .codeRefused(.notEligible))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `the same order asked for again is the same, whatever was bought meanwhile`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await shop(kind)
    let made = try await shop.create("o-1", codes: ["FIRST"])
    let lock = try await shop.engine.lock(["FIRST"], order: "own")
    try await shop.order(.paid, "between")
    #expect(try await shop.create("o-1", codes: ["FIRST"]).order == made.order)
    let again = try await shop.engine.apply(["FIRST"], order: "own", cart: .of(10_000))
    #expect(again.answer.kind == .ok && again.text.contains(lock.id.description))
    _ = try await shop.engine.submit(RedeemApplication(applicationID: lock.id))
    #expect(try await shop.engine.apply(["FIRST"], order: "own").answer.kind == .ok)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a change of an order asks anew, a redemption keeps what was told`(kind: StoreUnderTest) async throws {
    let shop = try await shop(kind)
    _ = try await shop.create("o-1", codes: ["FIRST"])
    let lock = try await shop.engine.lock(["FIRST"], order: "own")
    try await shop.order(.paid, "between")
    _ = try await shop.engine.submit(RedeemApplication(applicationID: lock.id, cart: .of(20_000)))
    #expect(try await shop.application("own")?.discount == 2000)
    let changed = try await shop.engine.submit(ChangeOrder(orderID: "o-1"))
    #expect(changed.order?.quote?.notApplied.map(\.reason) == [.notEligible])
    #expect(changed.order?.content.customer.orderCount == 1)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `each tenant's and each buyer's orders are their own`(kind: StoreUnderTest) async throws {
    let shop = try await shop(kind)
    try await shop.order(.paid)
    let other = Owned(Tenant.ID(2), IdentityKey("u-1" as UserID))
    let own = Owned(shop.engine.tenant, IdentityKey("u-1" as UserID))
    let found = try shop.opened.store.load { $0.buyers = [own, other] }.found.buyers
    #expect(found[own] == BuyerHistory(paid: 1, firstAt: noon))
    #expect(found[other] == BuyerHistory(paid: 0, firstAt: nil))
    await shop.end()
  }
}
