import Ledger
import Promotions
import Scrip
import Testing

import struct TestSupport.EngineUnderTest
import class TestSupport.ManualClock

/// What a refusal tells of uses that open checkouts only hold, on every store.
@Suite struct HeldTests {
  private struct Row: Sendable {
    let limits: UsageLimits
    let reason: RefusalReason
    /// What one lock of 1000 holds.
    var held: Int64 = 1
  }

  /// Limits that one lock of 1000 uses up.
  private static let rows = [
    Row(limits: UsageLimits(total: 1), reason: .usageLimitReached),
    Row(limits: UsageLimits(perCode: 1), reason: .codeLimitReached),
    Row(limits: UsageLimits(perUser: 1), reason: .userLimitReached),
    Row(
      limits: UsageLimits(perPeriod: [.init(period: .day, total: 9), .init(period: .month, total: 1)]),
      reason: .periodLimitReached),
    Row(limits: UsageLimits(budget: budget(1000)), reason: .budgetExhausted, held: 1000),
    Row(limits: UsageLimits(budget: budget(1500)), reason: .budgetExhausted, held: 1000),
    Row(
      limits: UsageLimits(budget: budget(1000), onBudgetShort: .clip), reason: .budgetExhausted, held: 1000),
  ]

  private static func budget(_ minorUnits: Int64) -> AmountsByCurrency {
    AmountsByCurrency([Money(minorUnits: minorUnits, currency: euro)])
  }

  private static let cart = Cart(
    currency: euro,
    lines: [Cart.Line(id: "l1", productID: "p1", quantity: 1, unitPrice: UnitPrice(minorUnits: 10_000)!)])

  private func terms(_ limits: UsageLimits) -> CouponTerms {
    CouponTerms(
      name: "fixed", discount: .fixed(Self.budget(1000)), limits: limits, stacking: .open)
  }

  private func withEngine(
    _ kind: StoreUnderTest, _ body: (EngineUnderTest) async throws -> Void
  ) async throws {
    let clock = ManualClock()
    clock.set(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    try await run(EngineUnderTest(store: store, clock: clock), body)
  }

  private func run(_ engine: EngineUnderTest, _ body: (EngineUnderTest) async throws -> Void) async throws {
    do {
      try await body(engine)
    } catch {
      await engine.stop()
      throw error
    }
    await engine.stop()
  }

  private func refused(
    _ engine: EngineUnderTest, user: UserID = "u-1", order: OrderID? = nil, isStranger: Bool = false
  ) async throws -> RefusedCode? {
    let question = QuoteCart(
      codes: ["CODE"], customer: Customer(userID: user), cart: Self.cart, orderID: order,
      isStranger: isStranger)
    return try await engine.engine.quote(question, tenant: engine.tenant).get().notApplied.first
  }

  @Test(arguments: StoreUnderTest.all)
  func `whatever limit is reached, a use that is only held is told from one that is used up`(
    kind: StoreUnderTest
  ) async throws {
    for row in Self.rows {
      try await withEngine(kind) { engine in
        _ = try await engine.coupon(terms(row.limits), .of("CODE"))
        _ = try await engine.coupon(terms(UsageLimits()), .of("OTHER"))
        _ = try await engine.lock(["OTHER"], order: "o-0", cart: Self.cart, seconds: 60)
        let lock = try await engine.lock(["CODE"], order: "o-1", cart: Self.cart)
        let held = try await refused(engine)
        #expect(held?.reason == row.reason)
        #expect(held?.facts["held"] == .integer(row.held), "\(row)")
        #expect(held?.facts["held_until"] == .instant(lock.expiresAt), "\(row)")
        #expect(held?.message.contains("only by open checkouts; the first of these ends at") == true)
        let stranger = try await refused(engine, isStranger: true)
        #expect(stranger?.reason == row.reason)
        if row.reason != .usageLimitReached { #expect(stranger?.facts["held"] == nil) }
        let refusal = try await engine.apply(["CODE"], order: "o-2", cart: Self.cart).text
        #expect(refusal.contains(#""held":\#(row.held),"held_until":"\#(lock.expiresAt)""#), "\(refusal)")
        try await engine.submit(RedeemApplication(applicationID: lock.id))
        let spent = try await refused(engine)
        #expect(spent?.reason == row.reason && spent?.facts["held"] == nil, "\(row)")
        #expect(spent?.message.contains("checkouts") == false)
        if row.limits.budget[euro] == 1500 {
          #expect(held?.message.hasPrefix("Not enough of this coupon's budget is left") == true)
          #expect(spent?.message == "Not enough of this coupon's budget is left for this order.")
        } else {
          #expect(held?.message.contains("budget is left") == false)
        }
        #expect(!(try await engine.apply(["CODE"], order: "o-3", cart: Self.cart).text.contains("held")))
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a use that is held is told from one that is used up among any number of other coupons' locks`(
    kind: StoreUnderTest
  ) async throws {
    try await withEngine(kind) { engine in
      _ = try await engine.coupon(terms(UsageLimits(perCode: 1)), .of("CODE"))
      _ = try await engine.coupon(terms(UsageLimits()), .of("OTHER"))
      let others = (0...LoadRequest.heldSearchMax).map { number in
        ApplyCodes(
          orderID: OrderID("other-\(number)"), codes: ["OTHER"], customer: Customer(), cart: Self.cart)
      }
      #expect(try await engine.batch(others).allSatisfy { $0.refusal == nil })
      engine.clock.advance(seconds: 60)
      let lock = try await engine.lock(["CODE"], order: "o-1", cart: Self.cart)
      #expect(try await refused(engine)?.facts["held_until"] == .instant(lock.expiresAt))
      let refusal = try await engine.apply(["CODE"], order: "o-2", cart: Self.cart).text
      #expect(refusal.contains(#""held":1,"held_until":"\#(lock.expiresAt)""#), "\(refusal)")
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `what one batch locks and redeems is told as it is then`(kind: StoreUnderTest) async throws {
    for row in Self.rows where row.reason != .usageLimitReached {
      try await withEngine(kind) { engine in
        _ = try await engine.coupon(terms(row.limits), .of("CODE"))
        func action(_ order: OrderID) -> ApplyCodes {
          ApplyCodes(
            orderID: order, codes: ["CODE"], customer: Customer(userID: "u-1"), cart: Self.cart)
        }
        let first = try await engine.batch([action("o-1"), action("o-2")])
        let lock = try #require(await engine.application("o-1"))
        #expect(first[1].text.contains(#""held":\#(row.held),"held_until":"\#(lock.expiresAt)""#), "\(row)")
        let second = try await engine.batch([RedeemApplication(applicationID: lock.id), action("o-3")])
        #expect(second[1].refusal == .codeRefused(row.reason))
        #expect(!second[1].text.contains("held"), "\(second[1].text)")
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `locks whose end makes no room are not told of`(kind: StoreUnderTest) async throws {
    try await withEngine(kind) { engine in
      let id = try await engine.coupon(terms(UsageLimits(perCode: 3)), .of("CODE"))
      for order: OrderID in ["o-1", "o-2"] {
        let lock = try await engine.lock(["CODE"], order: order, cart: Self.cart)
        try await engine.submit(RedeemApplication(applicationID: lock.id))
      }
      _ = try await engine.lock(["CODE"], order: "o-3", cart: Self.cart)
      #expect(try await refused(engine)?.facts["held"] == .integer(1))
      try await engine.submit(UpdateCoupon(couponID: id, terms: terms(UsageLimits(perCode: 2))))
      #expect(try await refused(engine)?.facts == ["limit": .integer(2)])
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `every key of a person has to have room again, and an order's own use is nobody else's`(
    kind: StoreUnderTest
  ) async throws {
    try await withEngine(kind) { engine in
      _ = try await engine.coupon(terms(UsageLimits(perUser: 1)), .of("CODE"))
      let email = IdentityKey(kind: .email, value: "e1")
      func apply(_ order: OrderID, _ customer: Customer) async throws -> DiscountApplication? {
        try await engine.submit(
          ApplyCodes(orderID: order, codes: ["CODE"], customer: customer, cart: Self.cart))
        return try await engine.application(order)
      }
      let ann = try #require(await apply("o-1", Customer(userID: "ann")))
      engine.clock.advance(seconds: 60)
      let mail = try #require(await apply("o-2", Customer(identityKeys: [email])))
      let both = QuoteCart(
        codes: ["CODE"], customer: Customer(userID: "ann", identityKeys: [email]), cart: Self.cart)
      func facts() async throws -> Details? {
        try await engine.engine.quote(both, tenant: engine.tenant).get().notApplied.first?.facts
      }
      #expect(try await facts()?["held_until"] == .instant(mail.expiresAt))
      try await engine.submit(RedeemApplication(applicationID: ann.id))
      #expect(try await facts() == ["limit": .integer(1)])
      // For another customer the order's own use goes, but that customer's other one stays.
      let bob = try #require(await apply("o-3", Customer(userID: "bob")))
      let other = try await refused(engine, user: "bob", order: "o-2")
      #expect(other?.facts["held_until"] == .instant(bob.expiresAt))
    }
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a use of somebody else that can't be read breaks no refusal`(kind: StoreUnderTest) async throws {
    let clock = ManualClock()
    clock.set(noon)
    let opened = try kind.makeFragile(at: TestClock())
    defer { opened.discard() }
    try await run(EngineUnderTest(store: opened.store, clock: clock)) { engine in
      _ = try await engine.coupon(terms(UsageLimits(perUser: 1)), .of("CODE"))
      _ = try await engine.lock(["CODE"], order: "o-1", user: "u-1", cart: Self.cart)
      _ = try await engine.lock(["CODE"], order: "o-2", user: "u-2", cart: Self.cart)
      try opened.run(Damage("counters", sqlite: "UPDATE usage SET counters = '[7]' WHERE order_id = 'o-2'"))
      #expect(try await refused(engine)?.facts["held"] == .integer(1))
      let refusal = try await engine.apply(["CODE"], order: "o-3", user: "u-1", cart: Self.cart)
      #expect(refusal.refusal == .codeRefused(.userLimitReached))
    }
  }
}
