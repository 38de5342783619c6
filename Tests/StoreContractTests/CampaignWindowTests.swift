import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Where a campaign's window and uses are told before anybody asks for a price.
@Suite struct CampaignWindowTests {
  private static let day: Int64 = 86_400

  private struct Shop {
    let clock = ManualClock(noon)
    let engine: EngineUnderTest
    let discard: @Sendable () -> Void

    init(_ kind: StoreUnderTest) async throws {
      let (store, discard) = try kind.make(clock: { [clock] in clock.now })
      self.discard = discard
      engine = try await EngineUnderTest(store: store, clock: clock)
    }

    /// A campaign from tomorrow on for a day, with one use.
    func campaign() async throws -> Campaign.ID {
      let validity = try #require(
        Validity(
          startsAt: noon.adding(seconds: CampaignWindowTests.day),
          endsAt: noon.adding(seconds: 2 * CampaignWindowTests.day)))
      let outcome = try await engine.submit(
        DefineCampaign(
          terms: CampaignTerms(name: "Winter", validity: validity, limits: CampaignLimits(total: 1))))
      guard case .created(.entity(let entity)) = outcome.answer else {
        return try #require(nil as Campaign.ID?)
      }
      return try #require(entity.value as? Campaign).id
    }

    func entry() async throws -> (reason: RefusalReason?, remaining: Int64) {
      let found = try await engine.engine.wallet(
        WalletFilter(userID: "u-1", limit: 10), tenant: engine.tenant)
      let entry = try #require(found.coupons.first)
      return (entry.reason(at: found.now), entry.remaining)
    }

    func end() async {
      await engine.stop()
      discard()
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a user's list says what a campaign allows its coupons`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign()
    let limits = UsageLimits(perUser: 5)
    _ = try await shop.engine.coupon(.percent(limits: limits, owner: "u-1", campaignID: id), .of("MINE"))
    _ = try await shop.engine.coupon(.percent(campaignID: id), .of("OTHER"))
    #expect(try await shop.entry() == (.notStarted, 1))
    shop.clock.advance(seconds: Self.day)
    #expect(try await shop.entry() == (nil, 1))
    let lock = try await shop.engine.lock(["OTHER"], order: "o-1", user: "u-2")
    #expect(try await shop.entry() == (.usageLimitReached, 0))
    _ = try await shop.engine.submit(ReleaseApplication(applicationID: lock.id))
    let own = try await shop.engine.lock(["MINE"], order: "o-2")
    #expect(try await shop.entry() == (.usageLimitReached, 0))
    shop.clock.set(own.expiresAt)
    #expect(try await shop.entry() == (nil, 1))
    shop.clock.set(noon.adding(seconds: 2 * Self.day))
    #expect(try await shop.entry().reason == .expired)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `no coupon is activated whose campaign is over`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.campaign()
    let coupon = try await shop.engine.draft(.percent(campaignID: id), [.of("CODE")])
    let activate = ChangeCouponState(couponID: coupon, step: .activate)
    shop.clock.set(noon.adding(seconds: 2 * Self.day))
    #expect(try await shop.engine.submit(activate).refusal == .windowOver)
    shop.clock.set(noon.adding(seconds: 2 * Self.day))
    _ = try await shop.engine.submit(
      DefineCampaign(campaignID: id, terms: CampaignTerms(name: "Winter")))
    #expect(try await shop.engine.submit(activate).answer.kind == .ok)
    await shop.end()
  }
}
