import Promotions
import Scrip
import TestSupport
import Testing

@testable import Ledger

/// Orders that are paid after the places of their coupons were lost.
@Suite struct OverLimitTests {
  /// Each way in which a coupon can have no room for a second use.
  enum Limit: CaseIterable, Sendable {
    case total, user, code, period, budget, campaign, campaignBudget

    var limits: UsageLimits {
      switch self {
      case .total: UsageLimits(total: 1)
      case .user: UsageLimits(perUser: 1)
      case .code: UsageLimits(perCode: 1)
      case .period: UsageLimits(perPeriod: [.init(period: .month, total: 1)])
      case .budget: UsageLimits(budget: .usd(700))
      case .campaign, .campaignBudget: UsageLimits()
      }
    }

    var ofCampaign: CampaignLimits? {
      switch self {
      case .campaign: CampaignLimits(total: 1)
      case .campaignBudget: CampaignLimits(budget: .usd(700))
      case .total, .user, .code, .period, .budget: nil
      }
    }

    /// The counters of a coupon besides those of its code and its own.
    func counters(_ campaign: Campaign.ID?) -> [UsageCounter] {
      let own: [UsageCounter] =
        switch self {
        case .total, .code: []
        case .user: [.identity(IdentityKey("u-1" as UserID))]
        case .period: [.period(.month, UsageLimits.Period.month.firstDay(containing: noon))]
        case .budget: [.budget(.usd)]
        case .campaign, .campaignBudget: []
        }
      return own + (campaign.map { [.campaign($0), .campaignBudget($0, .usd)] } ?? [])
    }
  }

  /// A coupon of which somebody else has taken the only place while the customer of an order paid.
  private struct Lost {
    let shop: OrderShop
    let coupon: Coupon.ID
    let campaign: Campaign.ID?
    let limit: Limit

    init(_ kind: StoreUnderTest, _ limit: Limit, restoreOn: Set<CouponTerms.RestoreCause> = [.canceled])
      async throws
    {
      shop = try await OrderShop(kind)
      self.limit = limit
      campaign = try await limit.ofCampaign.asyncMap { [shop] in try await shop.campaign($0) }
      coupon = try await shop.engine.coupon(
        .percent(10, limits: limit.limits, restoreOn: restoreOn, campaignID: campaign), .of("LAST"))
      try await shop.order(.processing, codes: ["LAST"])
      // Longer than any lock lasts.
      shop.advance(604_801)
      _ = try await shop.engine.lock(["LAST"], order: "thief", cart: OrderShop.cart)
      #expect(try await shop.take(.pay).refusal == .lockExpired)
    }

    /// Every count that a use of the coupon changes.
    func counts() async throws -> [Int64] {
      let uses = try await shop.engine.uses(coupon)
      let counters = try limit.counters(campaign).map { try shop.engine.counter($0, of: coupon) }
      return [uses.locked, uses.redeemed, try await shop.used("LAST")] + counters
    }

    func end() async throws {
      try shop.check()
      await shop.end()
    }
  }

  @Test(arguments: StoreUnderTest.all, Limit.allCases)
  func `an order that is honoured is paid with its coupon, and no count moves`(
    kind: StoreUnderTest, limit: Limit
  ) async throws {
    let lost = try await Lost(kind, limit)
    let before = try await lost.counts()
    let paid = try #require(try await lost.shop.honour().order)
    #expect(paid.state == .paid && paid.content.discount == 500)
    let application = try #require(try await lost.shop.application())
    #expect(application.state == .redeemed && application.discount == 500)
    #expect(application.usages.map(\.isOverLimit) == [true])
    #expect(application.usages.map(\.counters) == [[]])
    #expect(try await lost.counts() == before)
    let redeemed = try await lost.shop.facts(CouponRedeemed.self)
    #expect(redeemed.map(\.isOverLimit) == [true] && redeemed.map(\.wasRelocked) == [false])
    // Whoever has the place uses it, and it is the last one.
    let thief = try #require(try await lost.shop.application("thief"))
    _ = try await lost.shop.engine.submit(RedeemApplication(applicationID: thief.id))
    #expect(try await lost.shop.application("thief")?.usages.map(\.isOverLimit) == [false])
    let third = try await lost.shop.engine.apply(["LAST"], order: "third", cart: OrderShop.cart)
    #expect(third.refusal != nil)
    try await lost.end()
  }

  @Test(arguments: StoreUnderTest.all, [Step.cancel, .refundRest])
  func `what is given back of it later gives no count back`(kind: StoreUnderTest, step: Step) async throws {
    let lost = try await Lost(kind, .user, restoreOn: [.canceled, .fullyRefunded])
    let before = try await lost.counts()
    _ = try await lost.shop.honour()
    #expect(try await lost.shop.take(step).answer.kind == .ok)
    #expect(try await lost.shop.application()?.state == .released)
    #expect(try await lost.counts() == before)
    let third = try await lost.shop.engine.apply(["LAST"], order: "third")
    #expect(third.refusal == .codeRefused(.userLimitReached))
    let uses = try await lost.shop.statistics(lost.coupon)
    #expect(uses.uses == [.locked: 1, .released: 1] && uses.overLimit == 0)
    try await lost.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `statistics tell how many there are, and what they came to`(kind: StoreUnderTest) async throws {
    let lost = try await Lost(kind, .total)
    _ = try await lost.shop.honour()
    let statistics = try await lost.shop.statistics(lost.coupon)
    #expect(statistics.uses == [.locked: 1, .redeemed: 1] && statistics.overLimit == 1)
    #expect(statistics.perCurrency.map(\.discount.minorUnits) == [1000])
    try ProjectionRunner(store: lost.shop.opened.store).catchUpNow()
    #expect(try await lost.shop.statistics(lost.coupon) == statistics)
    try await lost.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order that has room again is not over any limit`(kind: StoreUnderTest) async throws {
    let lost = try await Lost(kind, .total)
    // The thief's lock is over, and nobody has tidied it: that is room.
    lost.shop.advance(901)
    #expect(try await lost.shop.honour().order?.state == .paid)
    #expect(try await lost.shop.application()?.usages.map(\.isOverLimit) == [false])
    #expect(try await lost.shop.engine.uses(lost.coupon) == UseCounts(redeemed: 1))
    try await lost.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `only the coupons without room are over their limits`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let scarce = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("SCARCE"))
    let plenty = try await shop.engine.coupon(.percent(20, limits: UsageLimits(total: 9)), .of("PLENTY"))
    try await shop.order(.processing, codes: ["SCARCE", "PLENTY"])
    shop.advance(604_801)
    _ = try await shop.engine.lock(["SCARCE"], order: "thief", user: "u-2")
    #expect(try await shop.honour().order?.state == .paid)
    let usages = try #require(try await shop.application()?.usages)
    #expect(usages.filter(\.isOverLimit).map(\.couponID) == [scarce])
    #expect(try await shop.engine.uses(scarce) == UseCounts(locked: 1))
    #expect(try await shop.engine.uses(plenty) == UseCounts(redeemed: 1))
    #expect(try await shop.take(.cancel).answer.kind == .ok)
    #expect(try await shop.engine.uses(scarce) == UseCounts(locked: 1))
    #expect(try await shop.engine.uses(plenty) == UseCounts())
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `of coupons that share a campaign's last place one gets it`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let id = try await shop.campaign(CampaignLimits(total: 3))
    for code in ["ONE", "TWO"] { _ = try await shop.engine.coupon(.percent(10, campaignID: id), .of(code)) }
    try await shop.order(.processing, codes: ["ONE", "TWO"])
    shop.advance(604_801)
    _ = try await shop.engine.lock(["ONE", "TWO"], order: "thief", user: "u-2")
    #expect(try await shop.honour().order?.state == .paid)
    let usages = try #require(try await shop.application()?.usages)
    #expect(usages.map(\.isOverLimit) == [false, true])
    #expect(try shop.engine.counter(.campaign(id), of: Coupon.ID(0)) == 3)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order is honoured with a coupon that is no longer in use, but never with one that was revoked`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    for code in ["DISABLED", "ARCHIVED", "REVOKED"] {
      let coupon = try await shop.engine.coupon(.percent(10), .of(code))
      let id = OrderID(code)
      try await shop.order(.processing, id, codes: [code])
      shop.advance(604_801)
      // Somebody notices that the lock is over.
      _ = try await shop.engine.engine.committer.tidier.sweep()
      let step: ChangeCouponState.Step =
        switch code {
        case "DISABLED": .disable(reason: "over", revokesLocks: false)
        case "REVOKED": .disable(reason: "fraud", revokesLocks: true)
        default: .archive
        }
      _ = try await shop.engine.submit(ChangeCouponState(couponID: coupon, step: step))
      let outcome = try await shop.honour(id)
      if code == "REVOKED" {
        #expect(outcome.refusal == .lockRevoked)
        #expect(try await shop.order(id)?.state == .processing)
      } else {
        #expect(outcome.order?.state == .paid)
        #expect(try await shop.application(id)?.usages.map(\.isOverLimit) == [true])
      }
      #expect(try await shop.engine.uses(coupon) == UseCounts())
    }
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a shop that keeps its own orders can have one honoured, but not with another cart`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    let coupon = try await shop.engine.coupon(.percent(10, limits: UsageLimits(total: 1)), .of("LAST"))
    let lock = try await shop.engine.lock(["LAST"], order: "own")
    shop.advance(901)
    _ = try await shop.engine.lock(["LAST"], order: "thief", user: "u-2")
    var action = RedeemApplication(applicationID: lock.id, cart: .of(5000), withoutRoom: .honour)
    #expect(try await shop.engine.submit(action).refusal == .lockExpired)
    action.cart = nil
    var texts: [String] = []
    for _ in 1...2 { texts.append(try await shop.engine.submit(action, key: "redeem").text) }
    #expect(texts[0] == texts[1] && texts[0].contains(#""over_limit":true"#), "\(texts)")
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    let restore = RestoreApplication(applicationID: lock.id, cause: .canceled)
    #expect(try await shop.engine.submit(restore).answer.kind == .ok)
    #expect(try await shop.engine.uses(coupon) == UseCounts(locked: 1))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `operators are told once of each use that is over its limits`(kind: StoreUnderTest) async throws {
    let lost = try await Lost(kind, .total)
    #expect(lost.shop.engine.reports.notices == [])
    for _ in 1...2 { _ = try await lost.shop.honour(key: "once") }
    #expect(lost.shop.engine.reports.notices.map(\.kind) == [.overLimit])
    #expect(lost.shop.engine.reports.notices.map(\.place.stream) == [.coupon(lost.coupon)])
    try await lost.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a usage over its limits is never a lock, and takes from no counter`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    func failure(
      _ state: Usage.State, _ counters: [UsageCounter]
    ) -> StoreFailure.Kind? {
      var record = sampleApplication(1, state: state)
      let usage = record.application.usages[0]
      record.application.usages[0] = Usage(
        id: usage.id, couponID: usage.couponID, version: 1, code: usage.code, state: state, amount: 1,
        counters: counters, isOverLimit: true)
      return store.failure(.with(record))
    }
    #expect(failure(.locked, []) == .refusedByDatabase)
    #expect(failure(.redeemed, [.budget(euro)]) == .refusedByDatabase)
    #expect(failure(.redeemed, []) == nil)
  }
}

extension OrderShop {
  /// The order is paid, whatever has become of its coupons' places.
  fileprivate func honour(
    _ id: OrderID = "o-1", key: IdempotencyKey.Name? = nil
  ) async throws -> CommandOutcome {
    try await engine.submit(PayOrder(orderID: id, withoutRoom: .honour), key: key)
  }

  fileprivate func campaign(_ limits: CampaignLimits) async throws -> Campaign.ID {
    let outcome = try await engine.submit(
      DefineCampaign(terms: CampaignTerms(name: "Winter", limits: limits)))
    guard case .created(.entity(let entity)) = outcome.answer else { return try #require(nil) }
    return try #require(entity.value as? Campaign).id
  }

  /// How often a code counts as used.
  fileprivate func used(_ code: String) async throws -> Int64 {
    let key = Owned(engine.tenant, CouponCode.of(code))
    return try opened.store.load(codes: [key]).codes[key]?.used ?? -1
  }

  fileprivate func statistics(_ coupon: Coupon.ID) async throws -> CouponStatistics {
    try opened.store.statistics(of: coupon, tenant: engine.tenant)
  }
}

extension Optional where Wrapped: Sendable {
  fileprivate func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
    if let self { try await transform(self) } else { nil }
  }
}
