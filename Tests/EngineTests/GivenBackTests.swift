import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Codes that no longer apply when the order is paid.
@Suite struct GivenBackTests {
  /// A 10 % coupon and a pending shipping coupon, locked.
  private func withLock(
    _ body: (EngineUnderTest, DiscountApplication, (ten: Coupon.ID, ship: Coupon.ID)) async throws -> Void
  ) async throws {
    try await withEngine { (engine, _) async throws in
      let ten = try await engine.coupon(.percent(), .of("TEN"))
      let ship = try await engine.coupon(
        .freeShipping(limits: UsageLimits(total: 1, perUser: 1, perCode: 1)), .of("SHIP"))
      let lock = try await engine.lock(["TEN", "SHIP"], order: "o")
      try await body(engine, lock, (ten, ship))
    }
  }

  @Test func `a code without effect is given back and the others are redeemed`() async throws {
    try await withLock { (engine, lock, coupons) async throws in
      let redeem = RedeemApplication(
        applicationID: lock.id, expectedTotal: 9000, cart: .of(10_000, shipping: 0))
      for _ in 1...2 {
        let outcome = try await engine.submit(redeem)
        #expect(outcome.isOK)
        let answer = try JSONDocument(parsing: outcome.answer.body).root
        #expect(answer["state"]?.string() == "redeemed" && answer["total"]?.int64() == 9000)
        #expect(answer["given_back"]?.count == 1)
        #expect(answer["given_back"]?[0]?["code"]?.string() == "SHIP")
        #expect(answer["given_back"]?[0]?["reason"]?.string() == "no_effect")
      }
      #expect(try await engine.uses(coupons.ten) == UseCounts(redeemed: 1))
      #expect(try await engine.uses(coupons.ship) == UseCounts())
      let released = try await engine.facts().compactMap { fact in
        fact as? CouponReleased
      }
      #expect(released.map(\.cause) == [.noLongerApplies] && released.map(\.reason) == ["no_effect"])
      #expect(try await engine.apply(["SHIP"], order: "o-2").isCreated)
      try await engine.submit(RestoreApplication(applicationID: lock.id, cause: .canceled))
      #expect(try await engine.application(lock.id)?.state == .released)
    }
  }

  @Test func `without a cart the agreed quote is redeemed whatever has become of its coupons`() async throws {
    try await withLock { (engine, lock, coupons) async throws in
      try await engine.submit(UpdateCoupon(couponID: coupons.ten, terms: .percent(50)))
      try await engine.submit(
        ChangeCouponState(couponID: coupons.ship, step: .disable(reason: "x", revokesLocks: false)))
      try await engine.submit(ChangeSettings(TenantSettingsChange(percentBase: .original)))
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id, expectedTotal: 9000)).isOK)
      #expect(try await engine.uses(coupons.ship) == UseCounts(redeemed: 1))
    }
  }

  @Test func `all or nothing, and another total, refuse with the new figures and change nothing`()
    async throws
  {
    try await withLock { (engine, lock, coupons) async throws in
      let events = try await engine.events().count
      let free = Cart.of(20_000, shipping: 0)
      let strict = RedeemApplication(applicationID: lock.id, cart: free, isAllOrNothing: true)
      let refused = try await engine.submit(strict)
      #expect(refused.refusal == .code(.noEffect))
      for part in [#""total":18000"#, #""discount":2000"#, #""code":"SHIP""#] {
        #expect(refused.text.contains(part), "\(refused.text)")
      }
      let wrong = try await engine.submit(
        RedeemApplication(applicationID: lock.id, expectedTotal: 9000, cart: free))
      #expect(wrong.refusal == .totalChanged)
      for part in [#""expected":9000"#, #""actual":18000"#, #""discount":2000"#, "no_effect"] {
        #expect(wrong.text.contains(part), "\(wrong.text)")
      }
      #expect(try await engine.events().count == events)
      #expect(try await engine.uses(coupons.ship) == UseCounts(locked: 1))
    }
  }

  @Test func `an application of which nothing is left is released and tells the new total`() async throws {
    try await withEngine { (engine, _) async throws in
      let terms = CouponTerms.percent(minimum: .usd(5000), limits: UsageLimits(total: 1, budget: .usd(1000)))
      let id = try await engine.coupon(terms, .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      let redeem = RedeemApplication(applicationID: lock.id, cart: .of(4000))
      for _ in 1...2 {
        let outcome = try await engine.submit(redeem)
        #expect(outcome.isOK)
        let answer = try JSONDocument(parsing: outcome.answer.body).root
        #expect(answer["state"]?.string() == "released" && answer["total"]?.int64() == 4000)
        #expect(answer["discount"]?.int64() == 0)
        #expect(answer["given_back"]?[0]?["reason"]?.string() == "minimum_not_reached")
      }
      #expect(try await engine.application(lock.id)?.releaseCause == .noLongerApplies)
      #expect(try await engine.uses(id) == UseCounts())
      #expect(try engine.counter(.budget(.usd), of: id) == 0)
      let other = RedeemApplication(applicationID: lock.id, cart: .of(10_000))
      #expect(try await engine.submit(other).refusal == .alreadyRedeemed)
      #expect(try await engine.apply(["TEN"], order: "o").isCreated)
    }
  }

  @Test func `a lock that ran out is taken again without the code that no longer applies`() async throws {
    try await withLock { (engine, lock, coupons) async throws in
      engine.clock.advance(seconds: 9000)
      try await Sweeper(committer: engine.engine.committer).sweep()
      let redeem = RedeemApplication(applicationID: lock.id, cart: .of(10_000, shipping: 0))
      #expect(try await engine.submit(redeem).isOK)
      #expect(try await engine.uses(coupons.ten) == UseCounts(redeemed: 1))
      #expect(try await engine.uses(coupons.ship) == UseCounts())
    }
  }

  @Test func `a cart in another currency refuses the redemption`() async throws {
    try await withLock { (engine, lock, _) async throws in
      let redeem = RedeemApplication(applicationID: lock.id, cart: .of(10_000, currency: .eur))
      #expect(try await engine.submit(redeem).refusal == .code(.currencyMismatch))
    }
  }
}
