import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct TidyingTests {
  private static let poisoned = "bad"

  /// A coupon with one use that a lock holds whose time is over and that can't be given back.
  private func withStuckLock(_ body: (EngineUnderTest, InMemoryStore) async throws -> Void) async throws {
    try await withEngine { (engine, store) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("ONE"))
      _ = try await engine.coupon(.percent(), .of("TEN"))
      _ = try await engine.lock(["ONE"], order: OrderID(Self.poisoned), seconds: 60)
      for number in 1...5 { _ = try await engine.lock(["TEN"], order: "o-\(number)", seconds: 60) }
      engine.clock.advance(seconds: 61)
      store.inject { $0.poisonedOrders = [OrderID(Self.poisoned)] }
      try await body(engine, store)
      store.inject { $0.poisonedOrders = [] }
    }
  }

  @Test func `a lock that can't be given back fails nobody`() async throws {
    try await withStuckLock { (engine, _) async throws in
      #expect(try await engine.apply(["TEN"], order: "new").isCreated)
      #expect(try await engine.apply(["ONE"], order: "new-2").refusal == .code(.usageLimitReached))
      #expect(try await engine.submit(CreateCoupon(terms: .percent())).isCreated)
    }
  }

  @Test func `a lock that can't be given back holds up no other, is reported once, and is tried again`()
    async throws
  {
    try await withStuckLock { (engine, store) async throws in
      let tidier = engine.engine.committer.tidier
      #expect(try await tidier.sweep() == 5)
      #expect(try await engine.application("o-5")?.state == .released)
      let stuck = try #require(tidier.stuckLocks(of: engine.tenant).first)
      #expect(tidier.stuckCount == 1 && stuck.lock?.orderID.text == Self.poisoned && stuck.attempts == 1)
      #expect(stuck.since == engine.clock.now && stuck.reason == "other 4: a row breaks the write")
      #expect(tidier.stuckLocks(of: Tenant.ID(2)).isEmpty)

      // It rests, then it is tried again, each time after a longer while.
      try await tidier.sweep()
      #expect(tidier.stuckLocks(of: engine.tenant).first?.attempts == 1)
      for attempts in 2...4 {
        engine.clock.advance(seconds: 1 << Int64(attempts - 2))
        try await tidier.sweep()
        #expect(tidier.stuckLocks(of: engine.tenant).first?.attempts == attempts)
      }
      #expect(engine.reports.stuck == [Self.poisoned])

      store.inject { $0.poisonedOrders = [] }
      engine.clock.advance(seconds: 600)
      #expect(try await tidier.sweep() == 1)
      #expect(try await tidier.sweep() == 0)
      #expect(tidier.stuckCount == 0 && engine.reports.freed == [Self.poisoned])
      #expect(try await engine.apply(["ONE"], order: "new").isCreated)
    }
  }

  @Test func `a tenant whose locks can't be looked for is reported, and looked at again`() async throws {
    try await withStuckLock { (engine, store) async throws in
      let tidier = engine.engine.committer.tidier
      store.inject {
        $0.poisonedOrders = []
        $0.unsearchableTenants = [engine.tenant]
      }
      for _ in 1...3 { #expect(try await tidier.sweep() == 0) }
      let stuck = try #require(tidier.stuckLocks(of: engine.tenant).first)
      #expect(tidier.stuckCount == 1 && stuck.lock == nil && stuck.attempts == 1)
      #expect(try await engine.apply(["TEN"], order: "new").isCreated)
      engine.clock.advance(seconds: 2)
      #expect(try await tidier.sweep() == 0)
      #expect(tidier.stuckLocks(of: engine.tenant).first?.attempts == 2)
      store.inject { $0.unsearchableTenants = [] }
      engine.clock.advance(seconds: 5)
      #expect(try await tidier.sweep() == 6)
      #expect(tidier.stuckCount == 0)
    }
  }

  @Test func `a tenant's stuck locks don't keep others from being given back`() async throws {
    try await withEngine { (engine, store) async throws in
      let other = Tenant.ID(2)
      func submit(_ action: any Action<WorkingSet>) async throws -> CommandOutcome {
        try await engine.engine.submit(PromotionCommand(tenant: other, actor: .commandLine, action: action))
      }
      _ = try await submit(CreateTenant(name: "Other"))
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let bad = (1...300).map { "bad-\($0)" }
      for order in bad { _ = try await engine.lock(["TEN"], order: OrderID(order), seconds: 60) }
      _ = try await submit(CreateCoupon(terms: .percent(), grants: [.of("TEN")]))
      let id = try #require(try store.coupons(CouponFilter(limit: 1), of: other).first?.id)
      _ = try await submit(ChangeCouponState(couponID: id, step: .activate))
      let apply = ApplyCodes(
        orderID: "o", codes: ["TEN"], customer: Customer(userID: "u"), cart: .of(1000), lockSeconds: 60)
      #expect(try await submit(apply).isCreated)
      engine.clock.advance(seconds: 61)
      _ = try await engine.lock(["TEN"], order: "last", seconds: 60)
      engine.clock.advance(seconds: 61)
      store.inject { $0.poisonedOrders = Set(bad.map { OrderID($0) }) }
      #expect(try await engine.engine.committer.tidier.sweep() == 2)
      #expect(engine.engine.committer.tidier.stuckCount == bad.count)
      #expect(try await engine.application("last")?.state == .released)
      #expect(try store.coupons(CouponFilter(limit: 1), of: other).first?.uses.locked == 0)
      store.inject { $0.poisonedOrders = [] }
    }
  }

  /// A limit, and what a buyer takes of it.
  struct Room: CustomTestStringConvertible {
    let testDescription: String
    let terms: CouponTerms

    static let all = [
      Room("total", UsageLimits(total: 1)), Room("code", UsageLimits(perCode: 1)),
      Room("user", UsageLimits(perUser: 1)),
      Room("day", UsageLimits(perPeriod: [UsageLimits.PeriodLimit(period: .day, total: 1)])),
      Room("budget", UsageLimits(budget: .usd(1000))),
      Room("clipped budget", UsageLimits(budget: .usd(1500), onBudgetShort: .clip)),
    ]

    private init(_ name: String, _ limits: UsageLimits) {
      testDescription = name
      terms = .percent(limits: limits)
    }
  }

  @Test(arguments: Room.all)
  func `room that a late lock holds is given to whoever asks for it`(room: Room) async throws {
    try await withEngine { (engine, store) async throws in
      _ = try await engine.coupon(room.terms, .of("TEN"))
      let late = try await engine.lock(["TEN"], order: "late", seconds: 60)
      engine.clock.advance(seconds: 61)
      let lock = try await engine.lock(["TEN"], order: "new")
      #expect(lock.discount == 1000)
      #expect(try await engine.application(late.id)?.releaseCause == .expired)
      #expect(try await engine.submit(RedeemApplication(applicationID: late.id)).refusal == .lockExpired)
    }
  }

  @Test func `what is expected of a budget is not missed for what late locks hold of it`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(budget: .usd(1500), onBudgetShort: .clip)
      _ = try await engine.coupon(.percent(limits: limits), .of("PART"))
      _ = try await engine.coupon(.fixed(100), .of("OTHER"))
      func wait() { engine.clock.advance(seconds: 61) }
      _ = try await engine.lock(["PART"], order: "late-1", cart: .of(10_000), seconds: 60)
      wait()
      #expect(
        try await engine.apply(["PART"], order: "new", cart: .of(12_000), expected: 1200, seconds: 60)
          .isCreated)
      wait()
      let other = try await engine.lock(["OTHER"], order: "changed")
      #expect(try await engine.change(other, ["PART"], expected: 1000).isOK)
      try await engine.submit(ReleaseApplication(applicationID: other.id))
      // A lock that is priced again, and one that is redeemed.
      let lock = try await engine.lock(["PART"], order: "o", cart: .of(1000))
      _ = try await engine.lock(["PART"], order: "late-2", cart: .of(10_000), seconds: 60)
      wait()
      #expect(try await engine.apply(["PART"], order: "o", cart: .of(14_000), expected: 1400).isOK)
      #expect(try await engine.apply(["PART"], order: "o", cart: .of(1000), expected: 100).isOK)
      _ = try await engine.lock(["PART"], order: "late-3", cart: .of(10_000), seconds: 60)
      wait()
      let redeem = RedeemApplication(applicationID: lock.id, expectedTotal: 12_600, cart: .of(14_000))
      #expect(try await engine.submit(redeem).isOK)
    }
  }

  @Test func `a lock that ran out is redeemed in the place that another late lock held`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("TEN"))
      let first = try await engine.lock(["TEN"], order: "first", seconds: 60)
      engine.clock.advance(seconds: 61)
      _ = try await engine.lock(["TEN"], order: "second", seconds: 60)
      engine.clock.advance(seconds: 61)
      #expect(try await engine.submit(RedeemApplication(applicationID: first.id)).isOK)
      #expect(try await engine.application("second")?.state == .released)
    }
  }

  @Test func `more late locks than one look finds hide no room`() async throws {
    try await withEngine { (engine, _) async throws in
      let count = LoadRequest.lateMax * 2 + 5
      let limits = UsageLimits(total: Int64(count) + 1, perUser: 1)
      let id = try await engine.coupon(.percent(limits: limits), .of("TEN"))
      for number in 0..<count {
        _ = try await engine.lock(["TEN"], order: "c-\(number)", user: "c-\(number)", seconds: 60)
      }
      engine.clock.advance(seconds: 1)
      _ = try await engine.lock(["TEN"], order: "o-1", user: "last", seconds: 60)
      engine.clock.advance(seconds: 3600)
      #expect(try await engine.apply(["TEN"], order: "o-2", user: "last").isCreated)
      #expect(try await engine.uses(id).locked == 1)
    }
  }

  @Test func `nobody looks for late locks while there is room`() async throws {
    try await withEngine { (engine, store) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(total: 3)), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o-1", seconds: 60)
      engine.clock.advance(seconds: 61)
      _ = try await engine.lock(["TEN"], order: "o-2")
      _ = try await engine.submit(ReleaseApplication(applicationID: lock.id))
      _ = try await engine.apply(["NONE"], order: "o-3")
      #expect(store.lateSearches == 0)
      // Thirty who all come too late cost one look.
      _ = try await engine.lock(["TEN"], order: "o-4")
      _ = try await engine.lock(["TEN"], order: "o-5")
      _ = try await engine.batch(
        (10..<40).map {
          ApplyCodes(
            orderID: OrderID("o-\($0)"), codes: ["TEN"], customer: Customer(userID: "u"), cart: .of(1000))
        })
      #expect(store.lateSearches == 1)
    }
  }

  @Test func `one sweep gives back more locks than one transaction`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      for number in 0..<(LoadRequest.lateMax + 5) {
        _ = try await engine.lock(["TEN"], order: "o-\(number)", seconds: 60)
      }
      engine.clock.advance(seconds: 61)
      try await engine.engine.committer.tidier.sweep()
      #expect(try await engine.uses(id).live == 0)
    }
  }
}
