import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Which reason an order hears of several, and what a campaign's limits say of what is not quite theirs.
@Suite struct CampaignJudgementTests {
  private struct Shop {
    let clock: ManualClock
    let engine: EngineUnderTest
    let discard: () -> Void

    init(_ kind: StoreUnderTest) async throws {
      let clock = ManualClock(noon)
      self.clock = clock
      let (store, discard) = try kind.make(clock: { clock.now })
      self.discard = discard
      engine = try await EngineUnderTest(store: store, clock: clock)
    }

    func end() async {
      await engine.stop()
      discard()
    }

    func campaign(_ limits: CampaignLimits) async throws -> Campaign.ID {
      let outcome = try await engine.submit(DefineCampaign(terms: CampaignTerms(name: "W", limits: limits)))
      guard case .created(.entity(let entity)) = outcome.answer else {
        return try #require(nil as Campaign.ID?)
      }
      return try #require(entity.value as? Campaign).id
    }

    func define(_ id: Campaign.ID, _ limits: CampaignLimits) async throws {
      let terms = CampaignTerms(name: "W", limits: limits)
      #expect(try await engine.submit(DefineCampaign(campaignID: id, terms: terms)).answer.kind == .ok)
    }

    /// Changes the cart of a lock of the code `A`.
    func change(_ id: DiscountApplication.ID, _ cart: Cart) async throws -> CommandOutcome {
      try await engine.submit(
        ChangeApplication(
          applicationID: id, codes: ["A"], customer: Customer(userID: "u-1"), cart: cart))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `uses of the campaign are judged before those of the customer`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 1))
    let limits = UsageLimits(
      perUser: 1, perCode: 1, budget: .usd(1000),
      perPeriod: [UsageLimits.PeriodLimit(period: .day, total: 1)])
    _ = try await shop.engine.coupon(.percent(limits: limits, campaignID: id), .of("A"))
    _ = try await shop.engine.lock(["A"], order: "o-1")
    #expect(try await shop.engine.apply(["A"], order: "o-2").refusal == .codeRefused(.usageLimitReached))
    try await shop.define(id, CampaignLimits(budget: .usd(1000)))
    #expect(try await shop.engine.apply(["A"], order: "o-2").refusal == .codeRefused(.codeLimitReached))
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what earlier coupons left of the minimum is judged before what they left of the campaign`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 1))
    _ = try await shop.engine.coupon(.percent(campaignID: id), .of("A"))
    var terms = CouponTerms.percent(minimum: .usd(9500), campaignID: id)
    terms.minimumBasis = .running
    _ = try await shop.engine.coupon(terms, .of("B"))
    #expect(
      try await shop.engine.apply(["A", "B"], order: "o-1").refusal == .codeRefused(.minimumNotReached))
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a currency that the campaign's budget does not name any more gives no more`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await Shop(kind)
    let euro = Currency(code: "EUR")!
    let id = try await shop.campaign(CampaignLimits())
    _ = try await shop.engine.coupon(.percent(campaignID: id), .of("A"))
    let lock = try await shop.engine.lock(["A"], order: "o-1", cart: .of(10_000, currency: euro), seconds: 60)
    try await shop.define(id, CampaignLimits(budget: .usd(9000)))
    #expect(
      try await shop.change(lock.id, .of(10_010, currency: euro)).refusal == .codeRefused(.budgetExhausted))
    #expect(try await shop.change(lock.id, .of(9000, currency: euro)).answer.kind == .ok)
    // Nor is what it gave in it there again once the lock is over.
    shop.clock.advance(seconds: 100)
    #expect(
      try await shop.engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .lockExpired)
    try await shop.define(id, CampaignLimits())
    #expect(
      try await shop.engine.submit(RedeemApplication(applicationID: lock.id)).answer.kind == .ok)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all, [CampaignLimits(total: 1), CampaignLimits(budget: .usd(1000))])
  func `a quote says what a lock finds once another lock of the campaign is over`(
    kind: StoreUnderTest, limits: CampaignLimits
  ) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign(limits)
    for code in ["A", "B"] { _ = try await shop.engine.coupon(.percent(campaignID: id), .of(code)) }
    func discount(_ codes: [String]) async throws -> Int64 {
      let question = QuoteCart(codes: codes, customer: Customer(userID: "u-2"), cart: .of(10_000))
      return try await shop.engine.engine.quote(question, tenant: shop.engine.tenant).get().discount
    }
    let lock = try await shop.engine.lock(["B"], order: "o-1")
    #expect(try await discount(["A"]) == 0)
    shop.clock.set(lock.expiresAt)
    // Another coupon's lock is in the way until it is tidied, unless that coupon is wanted as well.
    #expect(try await discount(["A"]) == 0)
    #expect(try await discount(["B"]) == 1000)
    #expect(try await discount(["A", "B"]) == 1000)
    #expect(try await shop.engine.apply(["A"], order: "o-2").answer.kind != .created)
    #expect(try await shop.engine.apply(["B"], order: "o-3").answer.kind == .created)
    await shop.end()
  }
}
