import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What locks are told of besides amounts: the codes as they were typed, and why a late one can't be taken again.
@Suite struct LockWordsTests {
  private func places(_ outcome: CommandOutcome) throws -> [String] {
    let applied = try JSONDocument(parsing: outcome.answer.body).root["quote"]?["applied"]
    var found: [String] = []
    applied?.forEachElement { entry in
      found.append("\(entry["index"]?.int64() ?? -1) \(entry["display"]?.string() ?? "-")")
    }
    return found
  }

  @Test func `a lock, a change and a payment tell which typed code each discount is`() async throws {
    try await withEngine { (engine, _) async throws in
      let ten = CodeGrant(code: .of("TEN10"), display: "Ten–10")
      _ = try await engine.coupon(.fixed(100), ten)
      _ = try await engine.coupon(.fixed(200), .of("OTHER"))
      let typed = ["other", "tEN10"]
      let locked = try await engine.apply(typed, order: "o")
      #expect(try Set(places(locked)) == ["0 OTHER", "1 Ten–10"])
      let again = try await engine.apply(typed.reversed(), order: "o", cart: .of(20_000))
      #expect(try Set(places(again)) == ["1 OTHER", "0 Ten–10"])
      let lock = try #require(await engine.application("o"))
      let change = ChangeApplication(
        applicationID: lock.id, codes: ["TEN10"], customer: Customer(userID: "u-1"), cart: .of(20_000))
      #expect(try await places(engine.submit(change)) == ["0 Ten–10"])
      let paid = RedeemApplication(applicationID: lock.id, cart: .of(30_000))
      #expect(try await places(engine.submit(paid)) == ["0 Ten–10"])
      let shown = try #require(await engine.application("o"))
      #expect(
        String(decoding: shown.snapshot.quote, as: UTF8.self).contains(#""display":"Ten–10","index":0"#))
    }
  }

  @Test func `redeeming a lock that ran out says why it can't be taken again`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("ONE"))
      _ = try await engine.coupon(.percent(), .of("FREE"))
      let late = try await engine.lock(["ONE"], order: "late")
      let replaced = try await engine.lock(["FREE"], order: "replaced")
      engine.clock.set(late.expiresAt)
      _ = try await engine.lock(["FREE"], order: "replaced")
      func redeem(_ lock: DiscountApplication) async throws -> String {
        let outcome = try await engine.submit(RedeemApplication(applicationID: lock.id))
        #expect(outcome.refusal == .lockExpired)
        return outcome.text
      }
      #expect(try await redeem(replaced).contains("the order has another application"))
      try await engine.submit(
        ChangeCouponState(couponID: id, step: .disable(reason: "pause", revokesLocks: false)))
      let disabled = try await redeem(late)
      #expect(disabled.contains("the coupon of ONE is no longer in use"))
      #expect(disabled.contains(#""code":"coupon_disabled""#) && !disabled.contains("place was taken"))
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
      let other = try await engine.lock(["ONE"], order: "other")
      #expect(try await redeem(late).contains("its place was taken"))
      try await engine.submit(ReleaseApplication(applicationID: other.id))
      #expect(try await engine.submit(RedeemApplication(applicationID: late.id)).isOK)
    }
  }

  @Test func `of a paid order whose lock ran out nothing is redeemed if one coupon's place is gone`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let one = try await engine.coupon(.fixed(100, limits: UsageLimits(total: 1)), .of("ONE"))
      let free = try await engine.coupon(.fixed(200), .of("FREE"))
      let late = try await engine.lock(["ONE", "FREE"], order: "late")
      engine.clock.set(late.expiresAt)
      _ = try await engine.lock(["ONE"], order: "other")
      for cart in [nil, Cart.of(20_000)] {
        let action = RedeemApplication(applicationID: late.id, cart: cart)
        #expect(try await engine.submit(action).refusal == .lockExpired)
      }
      #expect(try await engine.uses(one) == UseCounts(locked: 1))
      #expect(try await engine.uses(free) == UseCounts())
    }
  }
}
