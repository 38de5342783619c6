import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What all coupons of a campaign together may give.
@Suite struct CampaignLimitTests {
  private struct Shop {
    let clock = TestClock()
    let opened: OpenedStore
    let engine: EngineUnderTest

    init(_ kind: StoreUnderTest, lanes: Int = 1) async throws {
      opened = try kind.makeFragile(at: clock)
      var configuration = CommitterConfiguration.patient()
      configuration.lanes = lanes
      engine = try await EngineUnderTest(
        store: opened.store, clock: ManualClock(noon), configuration: configuration)
    }

    func advance(_ seconds: Int64) { clock.now = clock.now.adding(seconds: seconds) }

    /// Stops, and holds the tables against the log.
    func end() async throws {
      await engine.stop()
      #expect(try AuditVerification(of: opened.store).findings == [])
      if let store = opened.store as? any RebuildableStore<WorkingSet> {
        let rebuild = try Rebuild(of: store)
        #expect(try store.differences(to: rebuild.scratch) == [])
      }
      opened.discard()
    }

    func campaign(
      _ limits: CampaignLimits = CampaignLimits(), validity: Validity = .always
    ) async throws -> Campaign.ID {
      let terms = CampaignTerms(name: "Winter", validity: validity, limits: limits)
      let outcome = try await engine.submit(DefineCampaign(terms: terms))
      guard case .created(.entity(let entity)) = outcome.answer else {
        return try #require(nil as Campaign.ID?)
      }
      return try #require(entity.value as? Campaign).id
    }

    func define(_ id: Campaign.ID, _ limits: CampaignLimits) async throws {
      let terms = CampaignTerms(name: "Winter", limits: limits)
      #expect(try await engine.submit(DefineCampaign(campaignID: id, terms: terms)).answer.kind == .ok)
    }

    /// Makes active coupons of a campaign, each with a code of its own.
    func coupons(_ codes: [String], of id: Campaign.ID, clips: Bool = false) async throws -> [Coupon.ID] {
      var made: [Coupon.ID] = []
      for code in codes {
        let limits = UsageLimits(onBudgetShort: clips ? .clip : .refuse)
        made.append(try await engine.coupon(.percent(limits: limits, campaignID: id), .of(code)))
      }
      return made
    }

    func uses(_ id: Campaign.ID) throws -> Int64 { try engine.counter(.campaign(id), of: Coupon.ID(0)) }

    func money(_ id: Campaign.ID) throws -> Int64 {
      try engine.counter(.campaignBudget(id, Currency(code: "USD")!), of: Coupon.ID(0))
    }

    /// Why a lock was refused, with what explains it.
    func refusal(_ codes: [String], order: OrderID) async throws -> Refusal.Item? {
      guard case .refused(let refusal) = try await engine.apply(codes, order: order).answer else {
        return nil
      }
      return refusal.items.first
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `all coupons of a campaign share its uses`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 2))
    _ = try await shop.coupons(["A", "B"], of: id)
    let first = try await shop.engine.lock(["A"], order: "o-1")
    _ = try await shop.engine.lock(["B"], order: "o-2")
    let refused = try #require(try await shop.refusal(["A"], order: "o-3"))
    #expect(refused.code == "usage_limit_reached")
    #expect(refused.facts["limit"] == .integer(2) && refused.facts["limit_of"] == .text("campaign"))
    #expect(try shop.uses(id) == 2 && shop.money(id) == 2000)
    try await shop.engine.submit(ReleaseApplication(applicationID: first.id))
    #expect(try shop.uses(id) == 1 && shop.money(id) == 1000)
    let third = try await shop.engine.lock(["A"], order: "o-3")
    try await shop.engine.submit(RedeemApplication(applicationID: third.id))
    #expect(try await shop.refusal(["B"], order: "o-4")?.code == "usage_limit_reached")
    try await shop.engine.submit(RestoreApplication(applicationID: third.id, cause: .canceled))
    #expect(try shop.uses(id) == 1)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `all coupons of a campaign share its money, whole or cut to what is left`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(budget: .usd(1500)))
    _ = try await shop.coupons(["A", "B"], of: id)
    _ = try await shop.coupons(["CLIP"], of: id, clips: true)
    _ = try await shop.engine.lock(["A"], order: "o-1")
    let refused = try #require(try await shop.refusal(["B"], order: "o-2"))
    #expect(refused.code == "budget_exhausted")
    #expect(refused.facts["left"] == .integer(500) && refused.facts["limit_of"] == .text("campaign"))
    #expect(try await shop.engine.lock(["CLIP"], order: "o-3").discount == 500)
    #expect(try shop.money(id) == 1500)
    #expect(try await shop.refusal(["CLIP"], order: "o-4")?.code == "budget_exhausted")
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `coupons of one order share what is left, all or none`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 3, budget: .usd(1500)))
    _ = try await shop.coupons(["A", "B"], of: id)
    #expect(try await shop.refusal(["A", "B"], order: "o-1")?.code == "budget_exhausted")
    #expect(try shop.uses(id) == 0 && shop.money(id) == 0)
    try await shop.define(id, CampaignLimits(total: 1))
    #expect(try await shop.refusal(["A", "B"], order: "o-1")?.code == "usage_limit_reached")
    let quote = try await shop.engine.engine.quote(
      QuoteCart(codes: ["A", "B"], customer: Customer(), cart: .of(10_000)), tenant: shop.engine.tenant
    ).get()
    #expect(quote.applied.count == 1 && quote.notApplied.map(\.reason) == [.usageLimitReached])
    try await shop.define(id, CampaignLimits(total: 2))
    _ = try await shop.engine.lock(["A", "B"], order: "o-1")
    #expect(try shop.uses(id) == 2)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a campaign's window holds for its coupons`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let window = Validity(startsAt: noon.adding(seconds: 60), endsAt: noon.adding(seconds: 120))!
    let id = try await shop.campaign(validity: window)
    _ = try await shop.coupons(["A"], of: id)
    let early = try #require(try await shop.refusal(["A"], order: "o-1"))
    #expect(early.code == "not_started" && early.facts["limit_of"] == .text("campaign"))
    shop.advance(60)
    let lock = try await shop.engine.lock(["A"], order: "o-1")
    shop.advance(60)
    #expect(try await shop.refusal(["A"], order: "o-2")?.code == "expired")
    #expect(try await shop.engine.submit(RedeemApplication(applicationID: lock.id)).answer.kind == .ok)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what a usage took goes back to its campaign, also when its coupon has left it`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await Shop(kind)
    let (id, other) = (try await shop.campaign(CampaignLimits(total: 1)), try await shop.campaign())
    let coupon = try await shop.coupons(["A"], of: id)[0]
    _ = try await shop.engine.lock(["A"], order: "o-1", seconds: 60)
    try await shop.engine.submit(UpdateCoupon(couponID: coupon, terms: .percent(campaignID: other)))
    let moved = try await shop.engine.lock(["A"], order: "o-2", seconds: 900)
    #expect(try shop.uses(id) == 1 && shop.uses(other) == 1)
    shop.advance(100)
    #expect(try await shop.engine.engine.committer.tidier.sweep() == 1)
    #expect(try shop.uses(id) == 0 && shop.money(id) == 0 && shop.uses(other) == 1)
    try await shop.engine.submit(UpdateCoupon(couponID: coupon, terms: .percent()))
    try await shop.engine.submit(ReleaseApplication(applicationID: moved.id))
    #expect(try shop.uses(other) == 0 && shop.money(other) == 0)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lock that ran out is taken again only if its campaign has room`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 1))
    _ = try await shop.coupons(["A", "B"], of: id)
    let late = try await shop.engine.lock(["A"], order: "o-1", seconds: 60)
    shop.advance(100)
    _ = try await shop.engine.engine.committer.tidier.sweep()
    let taken = try await shop.engine.lock(["B"], order: "o-2")
    #expect(try await shop.engine.submit(RedeemApplication(applicationID: late.id)).refusal == .lockExpired)
    try await shop.engine.submit(ReleaseApplication(applicationID: taken.id))
    #expect(try await shop.engine.submit(RedeemApplication(applicationID: late.id)).answer.kind == .ok)
    #expect(try shop.uses(id) == 1)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a changed order takes and gives back what changes`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 1, budget: .usd(1500)))
    _ = try await shop.coupons(["A", "B"], of: id)
    let lock = try await shop.engine.lock(["A"], order: "o-1")
    func change(_ codes: [String], _ amount: Int64) async throws -> CommandOutcome {
      try await shop.engine.submit(
        ChangeApplication(
          applicationID: lock.id, codes: codes, customer: Customer(userID: "u-1"), cart: .of(amount)))
    }
    #expect(try await change(["A", "B"], 5000).refusal == .codeRefused(.usageLimitReached))
    // The place that A gives up is B's.
    #expect(try await change(["B"], 12_000).answer.kind == .ok)
    #expect(try shop.uses(id) == 1 && shop.money(id) == 1200)
    #expect(try await change(["B"], 16_000).refusal == .codeRefused(.budgetExhausted))
    #expect(try await change(["B"], 15_000).answer.kind == .ok)
    #expect(try shop.money(id) == 1500)
    // A limit that is lowered takes nothing away.
    try await shop.define(id, CampaignLimits(total: 1, budget: .usd(100)))
    #expect(try await change(["B"], 14_000).answer.kind == .ok)
    #expect(try await change(["B"], 15_000).refusal == .codeRefused(.budgetExhausted))
    #expect(try shop.money(id) == 1400)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `coupons of a campaign that can't be read are refused, and what they took is given back`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 5))
    _ = try await shop.coupons(["A"], of: id)
    let lock = try await shop.engine.lock(["A"], order: "o-1")
    try shop.opened.run(Damage("terms", sqlite: "UPDATE campaign SET terms = '{'"))
    #expect(try await shop.refusal(["A"], order: "o-2")?.code == "coupon_unreadable")
    #expect(try await shop.engine.submit(ReleaseApplication(applicationID: lock.id)).answer.kind == .ok)
    #expect(try shop.uses(id) == 0)
    await shop.engine.stop()
    shop.opened.discard()
  }

  @Test(arguments: StoreUnderTest.all, [false, true])
  func `money of a coupon that a change drops is there for the order's other coupons`(
    kind: StoreUnderTest, clips: Bool
  ) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(budget: .usd(2000)))
    _ = try await shop.coupons(["KEEP", "DROP"], of: id, clips: clips)
    let lock = try await shop.engine.lock(["KEEP", "DROP"], order: "o-1")
    #expect(try shop.money(id) == 1900)
    let outcome = try await shop.engine.submit(
      ChangeApplication(
        applicationID: lock.id, codes: ["KEEP"], customer: Customer(userID: "u-1"), cart: .of(20_000)))
    #expect(outcome.answer.kind == .ok)
    #expect(try shop.money(id) == 2000)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `money that a coupon gives up is there for those of its order that are computed later`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(budget: .usd(2000)))
    for product in ["a", "b"] {
      var terms = CouponTerms.percent(campaignID: id)
      terms.eligibleLines = .condition(.product(.isIn([ProductID(product)])))
      _ = try await shop.engine.coupon(terms, .of(product))
    }
    func cart(_ first: Int64, _ second: Int64) -> Cart {
      let lines = [("a", first), ("b", second)].map { product, amount in
        Cart.Line(
          id: LineID(product), productID: ProductID(product), quantity: 1,
          unitPrice: UnitPrice(minorUnits: amount)!)
      }
      return Cart(currency: .usd, lines: lines)
    }
    let customer = Customer(userID: "u-1")
    #expect(
      try await shop.engine.submit(
        ApplyCodes(orderID: "o-1", codes: ["a", "b"], customer: customer, cart: cart(10_000, 10_000))
      ).answer.kind == .created)
    let lock = try #require(try await shop.engine.application("o-1"))
    func change(_ cart: Cart) async throws -> CommandOutcome {
      try await shop.engine.submit(
        ChangeApplication(applicationID: lock.id, codes: ["a", "b"], customer: customer, cart: cart))
    }
    // Narrow before wide: the cheaper line's coupon is computed first.
    #expect(try await change(cart(5000, 15_000)).answer.kind == .ok)
    #expect(try await change(cart(5000, 15_010)).refusal == .codeRefused(.budgetExhausted))
    #expect(try shop.money(id) == 2000)
    let redeemed = try await shop.engine.submit(
      RedeemApplication(applicationID: lock.id, cart: cart(4000, 16_000), customer: customer))
    #expect(redeemed.answer.kind == .ok)
    let paid = try #require(try await shop.engine.application("o-1"))
    #expect(paid.discount == 2000 && paid.usages.allSatisfy { $0.state == .redeemed })
    #expect(try shop.money(id) == 2000)
    try await shop.end()
  }

  /// Two nodes where the store allows it, many lanes, coupons of two campaigns in either order.
  @Test(arguments: StoreUnderTest.all)
  func `however many race for a campaign's uses and money, it is never over`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await Shop(kind, lanes: 4)
    let total: Int64 = 40
    let (first, second) = (
      try await shop.campaign(CampaignLimits(total: total)),
      try await shop.campaign(CampaignLimits(budget: .usd(45_500)))
    )
    _ = try await shop.coupons((0..<8).map { "A\($0)" }, of: first)
    _ = try await shop.coupons((0..<8).map { "B\($0)" }, of: second)
    var nodes = [shop.engine]
    if kind.testDescription == "PostgreSQL" {
      var configuration = CommitterConfiguration.patient()
      configuration.lanes = 4
      nodes.append(
        try await EngineUnderTest(
          store: try shop.opened.reopen(), clock: shop.engine.clock, seed: 2, configuration: configuration))
    }
    let all = nodes
    let granted = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<120 {
        group.addTask {
          let node = all[number % all.count]
          let codes = number % 3 == 2 ? ["B\(number % 8)"] : ["A\(number % 8)", "B\((number + 3) % 8)"]
          let order = OrderID("o-\(number)")
          let outcome = try await node.apply(codes, order: order, user: UserID("u-\(number)"))
          guard outcome.answer.kind == .created else { return 0 }
          guard number % 5 == 0, let lock = try await node.application(order) else { return 1 }
          // Some give theirs back, through the other node.
          let released = try await all[(number + 1) % all.count].submit(
            ReleaseApplication(applicationID: lock.id))
          return released.answer.kind == .ok ? 0 : 1
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(granted > 20)
    #expect(try shop.uses(first) <= total && shop.money(second) <= 45_500)
    let live = try await live(shop)
    #expect(try shop.uses(first) == live.first && shop.money(second) == live.second)
    for node in nodes.dropFirst() { await node.stop() }
    try await shop.end()
  }

  private func live(_ shop: Shop) async throws -> (first: Int64, second: Int64) {
    var (uses, money): (Int64, Int64) = (0, 0)
    for number in 0..<120 {
      guard let lock = try await shop.engine.application(OrderID("o-\(number)")) else { continue }
      for usage in lock.usages where usage.state.isLive {
        if usage.code.canonical.hasPrefix("A") { uses += 1 } else { money += usage.amount }
      }
    }
    return (uses, money)
  }
}
