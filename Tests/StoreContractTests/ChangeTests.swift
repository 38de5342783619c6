import Ledger
import Promotions
import Scrip
import Testing

import struct TestSupport.EngineUnderTest
import class TestSupport.ManualClock

/// Orders that change, on every store.
@Suite struct ChangeTests {
  private static let once = UsageLimits(total: 1, perUser: 1, perCode: 1)

  private func terms(_ minorUnits: Int64, _ limits: UsageLimits = UsageLimits()) -> CouponTerms {
    CouponTerms(
      name: "fixed", discount: .fixed(AmountsByCurrency([Money(minorUnits: minorUnits, currency: euro)])),
      limits: limits, stacking: .open)
  }

  private var cart: Cart {
    Cart(
      currency: euro,
      lines: [
        Cart.Line(id: "l1", productID: "p1", quantity: 1, unitPrice: UnitPrice(minorUnits: 10_000)!)
      ])
  }

  private func withEngine(
    _ kind: StoreUnderTest, seed: UInt64 = 1, _ body: (EngineUnderTest) async throws -> Void
  ) async throws {
    let clock = ManualClock()
    clock.set(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: clock, seed: seed)
    do {
      try await body(engine)
    } catch {
      await engine.stop()
      throw error
    }
    await engine.stop()
    #expect(try AuditVerification(of: store).findings == [])
    guard let rebuildable = store as? any RebuildableStore<WorkingSet> else { return }
    for pageSize in [1, 1000] {
      let rebuild = try Rebuild(of: rebuildable, pageSize: pageSize)
      #expect(try rebuildable.differences(to: rebuild.scratch) == [])
    }
  }

  private func change(
    _ lock: DiscountApplication, _ codes: [String], user: UserID = "u-1"
  ) -> ChangeApplication {
    ChangeApplication(
      applicationID: lock.id, codes: codes, customer: Customer(userID: user), cart: cart)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a change is kept as it was answered, with its counts, and folds again from the log`(
    kind: StoreUnderTest
  ) async throws {
    try await withEngine(kind) { engine in
      let ids = [
        try await engine.coupon(terms(100, Self.once), grant("ONE"), grant("UNO")),
        try await engine.coupon(terms(200, Self.once), grant("TWO")),
        try await engine.coupon(terms(300, Self.once), grant("THREE")),
      ]
      let lock = try await engine.lock(["ONE", "TWO"], order: "o", cart: cart)
      func check(_ codes: Set<String>, discount: Int64, live: [Int64]) async throws {
        let application = try #require(try await engine.application("o"))
        #expect(application.id == lock.id && application.state == .locked)
        let liveCodes = application.usages.filter(\.state.isLive).map(\.code.canonical)
        #expect(Set(liveCodes) == codes)
        #expect(application.discount == discount)
        #expect(application.usages.map(\.couponID) == application.usages.map(\.couponID).sorted())
        for (id, count) in zip(ids, live) {
          #expect(try await engine.uses(id).live == count)
          let person = UsageCounter.identity(IdentityKey(kind: .user, value: "u-1"))
          #expect(try engine.counter(person, of: id) == count)
        }
      }
      #expect(try await engine.submit(change(lock, ["TWO", "THREE"])).answer.kind == .ok)
      try await check(["TWO", "THREE"], discount: 500, live: [0, 1, 1])
      #expect(try await engine.submit(change(lock, ["UNO"])).answer.kind == .ok)
      try await check(["UNO"], discount: 100, live: [1, 0, 0])
      #expect(try await engine.submit(change(lock, ["ONE", "TWO", "THREE"])).answer.kind == .ok)
      try await check(["ONE", "TWO", "THREE"], discount: 600, live: [1, 1, 1])
      // Lock, change and change again in one transaction.
      let customer = Customer(userID: "u-2")
      _ = try await engine.coupon(terms(50), grant("FOUR"))
      _ = try await engine.coupon(terms(60), grant("FIVE"))
      let other = try await engine.lock(["FOUR"], order: "o-2", user: "u-2", cart: cart)
      let outcomes = try await engine.batch([
        change(other, ["FIVE"], user: "u-2"), change(other, ["FOUR"], user: "u-2"),
        ApplyCodes(orderID: "o-3", codes: ["FOUR"], customer: customer, cart: cart),
        RedeemApplication(applicationID: other.id),
      ])
      #expect(outcomes.map(\.refusal) == [nil, nil, nil, nil])
      #expect(try await engine.application("o-2")?.discount == 50)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).answer.kind == .ok)
      #expect(try await engine.application("o")?.discount == 600)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a code that no longer applies is given back and folds again from the log`(kind: StoreUnderTest)
    async throws
  {
    try await withEngine(kind) { engine in
      var shipping = CouponTerms(
        name: "shipping", discount: .shipping(ShippingDiscount()), limits: Self.once, stacking: .open)
      shipping.minimum = AmountsByCurrency([Money(minorUnits: 1, currency: euro)])
      let id = try await engine.coupon(shipping, grant("SHIP"))
      _ = try await engine.coupon(terms(100), grant("ONE"))
      var paid = cart
      paid.shipping = [Cart.Shipping(id: "s", method: "m", amount: 0)]
      let some = try await engine.lock(["ONE", "SHIP"], order: "o-1", cart: cart)
      #expect(try await engine.submit(RedeemApplication(applicationID: some.id, cart: paid)).refusal == nil)
      #expect(try await engine.application("o-1")?.state == .redeemed)
      #expect(try await engine.uses(id).live == 0)
      let none = try await engine.lock(["SHIP"], order: "o-2", cart: cart)
      #expect(try await engine.submit(RedeemApplication(applicationID: none.id, cart: paid)).refusal == nil)
      let released = try #require(try await engine.application("o-2"))
      #expect(released.state == .released && released.releaseCause == .noLongerApplies)
      #expect(try await engine.uses(id).live == 0)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a quote for an order leaves out what the order holds`(kind: StoreUnderTest) async throws {
    try await withEngine(kind) { engine in
      let id = try await engine.coupon(terms(100, Self.once), grant("ONE"))
      _ = try await engine.lock(["ONE"], order: "o", cart: cart)
      try await engine.submit(UpdateCoupon(couponID: id, terms: terms(900, Self.once)))
      func quote(_ order: OrderID?) async throws -> Quote {
        let question = QuoteCart(
          codes: ["ONE"], customer: Customer(userID: "u-1"), cart: cart, orderID: order)
        return try await engine.engine.quote(question, tenant: engine.tenant).get()
      }
      #expect(try await quote("o").discount == 100)
      #expect(try await quote("o-2").notApplied.map(\.reason) == [.usageLimitReached])
      #expect(try await quote(nil).notApplied.map(\.reason) == [.usageLimitReached])
    }
  }

  /// Two engines on one store race for the last use: many orders change over to it, some of them twice at once.
  @Test(arguments: StoreUnderTest.all)
  func `of orders that change to the last use of a coupon one gets it, and none loses its place`(
    kind: StoreUnderTest
  ) async throws {
    try await withEngine(kind) { engine in
      let last = try await engine.coupon(terms(700, UsageLimits(total: 1)), grant("LAST"))
      let others = [
        try await engine.coupon(terms(100), grant("ONE")), try await engine.coupon(terms(200), grant("TWO")),
      ]
      let second = try await EngineUnderTest(store: engine.engine.store, clock: engine.clock, seed: 2)
      var locks: [DiscountApplication] = []
      for order in 1...6 {
        locks.append(try await engine.lock(["ONE", "TWO"], order: "o-\(order)", cart: cart))
      }
      let actions = locks.flatMap { [change($0, ["LAST"]), change($0, ["ONE", "LAST"])] }
      let refusals = try await withThrowingTaskGroup(of: Refusal.Code?.self) { group in
        for (index, action) in actions.enumerated() {
          group.addTask { try await (index % 2 == 0 ? engine : second).submit(action).refusal }
        }
        return try await group.reduce(into: [Refusal.Code?]()) { $0.append($1) }
      }
      await second.stop()
      // The winner's own second action finds its place kept.
      #expect(refusals.filter { $0 == nil }.count == 2)
      #expect(Set(refusals) == [nil, .codeRefused(.usageLimitReached)])
      #expect(try await engine.uses(last).live == 1)
      var totals: [Int64] = []
      for order in 1...6 { totals.append(try #require(try await engine.application("o-\(order)")).discount) }
      #expect(totals.filter { $0 == 300 }.count == 5)
      #expect(totals.allSatisfy { [300, 700, 800].contains($0) })
      #expect(try await engine.uses(others[1]).live == 5)
    }
  }

  /// A relock and a change meet: whatever comes first, the last use is used once.
  @Test(arguments: StoreUnderTest.all)
  func `a lock that ran out and a change that wants its place do not both get it`(kind: StoreUnderTest)
    async throws
  {
    try await withEngine(kind) { engine in
      let last = try await engine.coupon(terms(700, UsageLimits(total: 1)), grant("LAST"))
      _ = try await engine.coupon(terms(100), grant("ONE"))
      let second = try await EngineUnderTest(store: engine.engine.store, clock: engine.clock, seed: 2)
      let lost = try await engine.lock(["LAST"], order: "lost", cart: cart, seconds: 60)
      let lock = try await engine.lock(["ONE"], order: "o", cart: cart, seconds: 90_000)
      engine.clock.advance(seconds: 3600)
      async let redeemed = engine.submit(RedeemApplication(applicationID: lost.id))
      async let changed = second.submit(change(lock, ["LAST", "ONE"]))
      let refusals = [try await redeemed.refusal, try await changed.refusal]
      await second.stop()
      #expect(refusals.filter { $0 == nil }.count == 1, "\(refusals)")
      #expect(try await engine.uses(last).live == 1)
    }
  }
}
