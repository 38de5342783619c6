import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A lock whose time is over is in nobody's way, also before anybody has given it back.
@Suite struct EndedLockTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let limits: UsageLimits
    var owner: UserID?

    static let all = [
      Case("total", UsageLimits(total: 1)), Case("user", UsageLimits(perUser: 1)),
      Case("code", UsageLimits(perCode: 1)), Case("budget", UsageLimits(budget: .usd(300))),
      Case("clipped budget", UsageLimits(budget: .usd(300), onBudgetShort: .clip)),
      Case("period", UsageLimits(perPeriod: [UsageLimits.PeriodLimit(period: .month, total: 1)])),
      Case("personal", UsageLimits(), owner: "u-1"),
    ]

    init(_ name: String, _ limits: UsageLimits, owner: UserID? = nil) {
      testDescription = name
      self.limits = limits
      self.owner = owner
    }
  }

  @Test(arguments: StoreUnderTest.all, Case.all)
  func `a quote says what a lock finds once another lock's time is over`(
    kind: StoreUnderTest, row: Case
  ) async throws {
    let clock = ManualClock(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let shop = try await EngineUnderTest(store: store, clock: clock)
    _ = try await shop.coupon(.percent(20, limits: row.limits, owner: row.owner), .of("CODE"))
    let lock = try await shop.lock(["CODE"], order: "o-1", cart: .of(1000))
    let short: Int64 = row.limits.onBudgetShort == .clip ? 100 : 0
    #expect(try await shop.quote(["CODE"], cart: .of(1500)).discount == short)
    #expect(try await shop.quote(["CODE"], cart: .of(1500), isStranger: true).discount == short)
    clock.set(lock.expiresAt)
    let quote = try await shop.quote(["CODE"], cart: .of(1500))
    #expect(quote.discount == 300 && quote.notApplied.isEmpty)
    #expect(try await shop.quote(["CODE"], cart: .of(1500), isStranger: true).discount == 300)
    // The order's own lock is left out once.
    #expect(try await shop.quote(["CODE"], cart: .of(1500), order: "o-1").discount == 300)
    let expected: Int64? = row.limits.onBudgetShort == .clip ? nil : 300
    #expect(try await shop.apply(["CODE"], order: "o-2", cart: .of(1500), expected: expected).isOKOrCreated)
    #expect(try await shop.application("o-2")?.discount == 300)
    #expect(try await shop.quote(["CODE"], cart: .of(1500)).discount == 0)
    await shop.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a personal coupon is usable once the lock that took it is over`(kind: StoreUnderTest) async throws {
    let clock = ManualClock(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let shop = try await EngineUnderTest(store: store, clock: clock)
    let limits = UsageLimits(total: 1, perCode: 1)
    _ = try await shop.coupon(.percent(20, limits: limits, owner: "u-1"), .of("CODE"))
    let filter = WalletFilter(userID: "u-1", limit: 10)
    let before = try await shop.engine.wallet(filter, tenant: shop.tenant).coupons
    let lock = try await shop.lock(["CODE"], order: "o-1", cart: .of(1000))
    let held = try await shop.engine.wallet(filter, tenant: shop.tenant).coupons
    #expect(held.map(\.used) == [1])
    #expect(held.map { $0.reason(at: clock.now) } == [.usageLimitReached])
    clock.set(lock.expiresAt)
    let after = try await shop.engine.wallet(filter, tenant: shop.tenant).coupons
    #expect(after.map(\.used) == [0] && after.map(\.remaining) == [1] && before.map(\.remaining) == [1])
    #expect(after.map { $0.reason(at: clock.now) } == [nil])
    await shop.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a quote prefers what only a lock has taken whose time is over`(kind: StoreUnderTest) async throws {
    let clock = ManualClock(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let shop = try await EngineUnderTest(store: store, clock: clock)
    let limits = UsageLimits(budget: .usd(300))
    _ = try await shop.coupon(.percent(20, limits: limits, stacking: .exclusive), .of("RIVAL"))
    _ = try await shop.coupon(.percent(10), .of("FIRST", limit: 1), .of("SECOND"))
    let lock = try await shop.lock(["RIVAL"], order: "o-1", cart: .of(1000))
    _ = try await shop.lock(["FIRST"], order: "o-2", cart: .of(1000))
    func applied(_ codes: [String]) async throws -> [String] {
      try await shop.quote(codes, cart: .of(1500)).applied.map(\.code.canonical)
    }
    #expect(try await applied(["RIVAL", "SECOND"]) == ["SECOND"])
    #expect(try await applied(["FIRST", "SECOND"]) == ["SECOND"])
    clock.set(lock.expiresAt)
    #expect(try await applied(["RIVAL", "SECOND"]) == ["RIVAL"])
    #expect(try await applied(["FIRST", "SECOND"]) == ["FIRST"])
    await shop.stop()
  }

  @Test(arguments: StoreUnderTest.all, [false, true])
  func `money that a lock holds whose time is over is there for an order that is paid`(
    kind: StoreUnderTest, isCampaign: Bool
  ) async throws {
    let clock = ManualClock(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let shop = try await EngineUnderTest(store: store, clock: clock)
    var terms = CouponTerms.percent(20, limits: UsageLimits(budget: .usd(300)))
    if isCampaign {
      let limits = CampaignLimits(budget: .usd(300))
      let made = try await shop.submit(DefineCampaign(terms: CampaignTerms(name: "W", limits: limits)))
      var campaign: Campaign?
      if case .created(.entity(let entity)) = made.answer { campaign = entity.value as? Campaign }
      terms = .percent(20, campaignID: try #require(campaign).id)
    }
    _ = try await shop.coupon(terms, .of("CODE"))
    let paid = try await shop.lock(["CODE"], order: "o-1", cart: .of(500), seconds: 600)
    let over = try await shop.lock(["CODE"], order: "o-2", cart: .of(1000), seconds: 60)
    clock.set(over.expiresAt)
    try await shop.submit(RedeemApplication(applicationID: paid.id, cart: .of(1500)))
    #expect(try await shop.application("o-1")?.discount == 300)
    await shop.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what other locks still hold is counted`(kind: StoreUnderTest) async throws {
    let clock = ManualClock(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let shop = try await EngineUnderTest(store: store, clock: clock)
    _ = try await shop.coupon(.percent(20, limits: UsageLimits(total: 2)), .of("CODE"))
    let first = try await shop.lock(["CODE"], order: "o-1", cart: .of(1000), seconds: 60)
    _ = try await shop.lock(["CODE"], order: "o-2", cart: .of(1000), seconds: 600)
    clock.set(first.expiresAt)
    #expect(try await shop.quote(["CODE"], cart: .of(1000)).discount == 200)
    _ = try await shop.lock(["CODE"], order: "o-3", cart: .of(1000), seconds: 600)
    #expect(
      try await shop.quote(["CODE"], cart: .of(1000)).notApplied.map(\.reason) == [.usageLimitReached])
    await shop.stop()
  }
}

extension CommandOutcome {
  fileprivate var isOKOrCreated: Bool { answer.kind == .created || answer.kind == .ok }
}

extension EngineUnderTest {
  fileprivate func quote(
    _ codes: [String], cart: Cart, order: OrderID? = nil, isStranger: Bool = false
  ) async throws -> Quote {
    let question = QuoteCart(
      codes: codes, customer: Customer(userID: "u-1"), cart: cart, orderID: order, isStranger: isStranger)
    return try await engine.quote(question, tenant: tenant).get()
  }
}
