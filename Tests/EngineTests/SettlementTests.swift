import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct SettlementTests {
  @Test func `a redeemed lock stays redeemed when it is redeemed again`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).isOK)
      let events = try await engine.events().count
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).isOK)
      #expect(try await engine.events().count == events)
      #expect(try await engine.uses(id) == UseCounts(redeemed: 1))
      #expect(try await engine.submit(ReleaseApplication(applicationID: lock.id)).refusal == .alreadyRedeemed)
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id)).refusal == .alreadyRedeemed)
    }
  }

  @Test func `a lock that is released twice is given back once`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(total: 1, perUser: 1, perCode: 1, budget: .usd(9000))
      let id = try await engine.coupon(.percent(limits: limits), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      #expect(try await engine.submit(ReleaseApplication(applicationID: lock.id, reason: "failed")).isOK)
      #expect(try await engine.submit(ReleaseApplication(applicationID: lock.id)).isOK)
      #expect(try await engine.uses(id).live == 0)
      #expect(try engine.counter(.budget(.usd), of: id) == 0)
      #expect(try await engine.facts().filter { $0.name == "CouponReleased" }.count == 1)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .alreadyReleased)
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id)).refusal == .alreadyReleased)
      let restore = RestoreApplication(applicationID: lock.id, cause: .canceled)
      #expect(try await engine.submit(restore).refusal == .notRedeemed)
      #expect(try await engine.apply(["TEN"], order: "o").isCreated)
    }
  }

  @Test func `an application that nobody made is not found`() async throws {
    try await withEngine { (engine, _) async throws in
      let nobody = DiscountApplication.ID(7)
      let actions: [any Action<WorkingSet>] = [
        RedeemApplication(applicationID: nobody), ReleaseApplication(applicationID: nobody),
        ExtendApplication(applicationID: nobody), RestoreApplication(applicationID: nobody, cause: .canceled),
      ]
      for action in actions { #expect(try await engine.submit(action).refusal == .applicationNotFound) }
    }
  }

  @Test func `another total than the expected one is not redeemed`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      let wrong = RedeemApplication(applicationID: lock.id, expectedTotal: 8999)
      #expect(try await engine.submit(wrong).refusal == .totalChanged)
      #expect(try await engine.application("o")?.state == .locked)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id, expectedTotal: 9000)).isOK)
    }
  }

  @Test func `a changed cart is priced again when it is redeemed`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(minimum: .usd(5000)), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      let small = RedeemApplication(applicationID: lock.id, cart: .of(4000), isAllOrNothing: true)
      #expect(try await engine.submit(small).refusal == .code(.minimumNotReached))
      let large = RedeemApplication(applicationID: lock.id, expectedTotal: 18_000, cart: .of(20_000))
      #expect(try await engine.submit(large).isOK)
      #expect(try await engine.application("o")?.discount == 2000)
    }
  }

  @Test func `shipping that is not known at the lock is settled at redemption`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.freeShipping(limits: UsageLimits(budget: .usd(700))), .of("SHIP"))
      let lock = try await engine.lock(["SHIP"], order: "o")
      #expect(lock.discount == 0 && lock.state == .locked)
      #expect(try engine.counter(.budget(.usd), of: id) == 0)
      let paid = RedeemApplication(
        applicationID: lock.id, expectedTotal: 10_000, cart: .of(10_000, shipping: 500))
      #expect(try await engine.submit(paid).isOK)
      #expect(try await engine.application("o")?.discount == 500)
      #expect(try engine.counter(.budget(.usd), of: id) == 500)
    }
  }

  @Test func `a lock whose time is over makes room without any sweeper`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("ONE"))
      let lost = try await engine.lock(["ONE"], order: "o-1", seconds: 60)
      engine.clock.set(lost.expiresAt.adding(seconds: -1))
      #expect(try await engine.apply(["ONE"], order: "o-2").refusal == .code(.usageLimitReached))
      engine.clock.set(lost.expiresAt)
      #expect(try await engine.apply(["ONE"], order: "o-2").isCreated)
      #expect(try await engine.uses(id) == UseCounts(locked: 1))
      #expect(try await engine.submit(RedeemApplication(applicationID: lost.id)).refusal == .lockExpired)
      #expect(try await engine.submit(ExtendApplication(applicationID: lost.id)).refusal == .lockExpired)
      #expect(try await engine.submit(ReleaseApplication(applicationID: lost.id)).isOK)
    }
  }

  @Test func `a lock that ran out is taken again at redemption if there is room`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(total: 1, perUser: 1, perCode: 1, budget: .usd(1000))
      let id = try await engine.coupon(.percent(limits: limits), .of("ONE"))
      let lost = try await engine.lock(["ONE"], order: "o")
      engine.clock.advance(seconds: 9000)
      #expect(try await engine.submit(RedeemApplication(applicationID: lost.id)).isOK)
      #expect(try await engine.uses(id) == UseCounts(redeemed: 1))
      #expect(try engine.counter(.budget(.usd), of: id) == 1000)
      let application = try #require(try await engine.application("o"))
      #expect(application.state == .redeemed && application.releaseCause == nil)
      let reference = UsageReference(
        applicationID: lost.id, usageID: lost.usages[0].id, orderID: "o")
      let before = UsageStanding(
        state: .released, amount: 1000,
        share: ApplicationShare(lockedAt: lost.lockedAt, currency: .usd, buyer: lost.buyer))
      #expect(
        try await engine.facts().last as? CouponRedeemed
          == CouponRedeemed(usage: reference, before: before, wasRelocked: true))
    }
  }

  @Test func `a lock taken in time outlives its coupon's window`() async throws {
    try await withEngine { (engine, _) async throws in
      let end = engine.clock.now.adding(seconds: 60)
      let window = try #require(Validity(endsAt: end))
      _ = try await engine.coupon(.percent(validity: window), .of("TEN"))
      let paid = try await engine.lock(["TEN"], order: "o-1")
      let changed = try await engine.lock(["TEN"], order: "o-2")
      let late = try await engine.lock(["TEN"], order: "o-3")
      engine.clock.set(end)
      #expect(try await engine.apply(["TEN"], order: "o-4").refusal == .code(.expired))
      #expect(try await engine.submit(RedeemApplication(applicationID: paid.id)).isOK)
      #expect(try await engine.apply(["TEN"], order: "o-2", cart: .of(20_000)).isOK)
      #expect(try await engine.submit(RedeemApplication(applicationID: changed.id)).isOK)
      #expect(try await engine.application("o-2")?.discount == 2000)
      engine.clock.set(late.expiresAt)
      #expect(try await engine.submit(RedeemApplication(applicationID: late.id)).isOK)
    }
  }

  @Test func `a lock that ran out is taken again for a changed cart, as far as the budget goes`() async throws
  {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(budget: .usd(2000))), .of("TEN"))
      let lost = try await engine.lock(["TEN"], order: "o-1")
      engine.clock.advance(seconds: 9000)
      _ = try await engine.lock(["TEN"], order: "o-2", cart: .of(5000))
      let tooMuch = RedeemApplication(applicationID: lost.id, cart: .of(16_000))
      #expect(try await engine.submit(tooMuch).refusal == .lockExpired)
      let fits = RedeemApplication(applicationID: lost.id, cart: .of(15_000))
      #expect(try await engine.submit(fits).isOK)
      #expect(try engine.counter(.budget(.usd), of: id) == 2000)
    }
  }

  @Test func `a lock that ran out is not taken again from a disabled coupon or beside another application`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let lost = try await engine.lock(["TEN"], order: "o")
      engine.clock.advance(seconds: 9000)
      let other = try await engine.lock(["TEN"], order: "o")
      #expect(other.id != lost.id)
      #expect(try await engine.submit(RedeemApplication(applicationID: lost.id)).refusal == .lockExpired)
      try await engine.submit(ReleaseApplication(applicationID: other.id))
      let pause = ChangeCouponState.Step.disable(reason: "pause", revokesLocks: false)
      try await engine.submit(ChangeCouponState(couponID: id, step: pause))
      #expect(try await engine.submit(RedeemApplication(applicationID: lost.id)).refusal == .lockExpired)
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
      #expect(try await engine.submit(RedeemApplication(applicationID: lost.id)).isOK)
      #expect(try await engine.application("o")?.id == lost.id)
    }
  }

  @Test func `a limit for each person that an edit took away does not stop a lock from being taken again`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(perUser: 2)), .of("TEN"))
      _ = try await engine.lock(["TEN"], order: "o-1", seconds: 100_000)
      let lost = try await engine.lock(["TEN"], order: "o-2")
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent()))
      engine.clock.advance(seconds: 9000)
      #expect(try await engine.submit(RedeemApplication(applicationID: lost.id)).isOK)
    }
  }

  @Test func `the sweeper gives expired locks back while nobody asks for anything`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      for number in 1...5 { _ = try await engine.lock(["TEN"], order: "o-\(number)") }
      let sweeper = Sweeper(committer: engine.engine.committer)
      try await sweeper.sweep()
      #expect(try await engine.uses(id) == UseCounts(locked: 5))
      engine.clock.advance(seconds: 900)
      try await sweeper.sweep()
      #expect(try await engine.uses(id).live == 0)
      #expect(try await engine.application("o-1")?.releaseCause == .expired)
    }
  }

  @Test func `an extension is never shorter and never beyond seven days`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o", seconds: 900)
      func extend(_ seconds: Int64?) async throws -> Instant? {
        _ = try await engine.submit(ExtendApplication(applicationID: lock.id, lockSeconds: seconds))
        return try await engine.application("o")?.expiresAt
      }
      let events = try await engine.events().count
      #expect(try await extend(60) == lock.expiresAt)
      #expect(try await engine.events().count == events)
      #expect(try await extend(1800) == engine.clock.now.adding(seconds: 1800))
      engine.clock.advance(seconds: 1000)
      #expect(try await extend(nil) == engine.clock.now.adding(seconds: 900))
      #expect(try await extend(604_800) == lock.lockedAt.adding(seconds: 604_800))
      #expect(try await extend(604_800) == lock.lockedAt.adding(seconds: 604_800))
    }
  }

  @Test(
    arguments: CouponTerms.RestoreCause.allCases,
    [[], [.canceled], [.fullyRefunded]] as [Set<CouponTerms.RestoreCause>])
  func `a redeemed usage is given back for the causes that its own version names`(
    cause: CouponTerms.RestoreCause, policy: Set<CouponTerms.RestoreCause>
  ) async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(restoreOn: policy), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      let restore = RestoreApplication(applicationID: lock.id, cause: cause)
      #expect(try await engine.submit(restore).refusal == .notRedeemed)
      try await engine.submit(RedeemApplication(applicationID: lock.id))
      let opposite = Set(CouponTerms.RestoreCause.allCases).subtracting(policy)
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(restoreOn: opposite)))
      #expect(try await engine.submit(restore).isOK)
      #expect(try await engine.submit(restore).isOK)
      let isRestored = policy.contains(cause)
      #expect(try await engine.uses(id) == UseCounts(redeemed: isRestored ? 0 : 1))
      #expect(try await engine.application("o")?.state == (isRestored ? .released : .redeemed))
      #expect(try await engine.facts().filter { $0.name == "CouponReleased" }.count == (isRestored ? 1 : 0))
    }
  }

  @Test func `an application is restored as far as its coupons allow`() async throws {
    try await withEngine { (engine, _) async throws in
      let kept = try await engine.coupon(.percent(restoreOn: []), .of("KEPT"))
      let back = try await engine.coupon(.fixed(100), .of("BACK"))
      let lock = try await engine.lock(["KEPT", "BACK"], order: "o")
      try await engine.submit(RedeemApplication(applicationID: lock.id))
      try await engine.submit(RestoreApplication(applicationID: lock.id, cause: .canceled))
      #expect(try await engine.uses(kept) == UseCounts(redeemed: 1))
      #expect(try await engine.uses(back) == UseCounts())
      #expect(try await engine.application("o")?.state == .redeemed)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).isOK)
      #expect(try await engine.uses(back) == UseCounts())
    }
  }
}
