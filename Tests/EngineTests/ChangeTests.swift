import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Changing the codes of a lock in one step.
@Suite struct ChangeTests {
  @Test func `codes that stay keep their place, and others go and come`() async throws {
    try await withEngine { (engine, _) async throws in
      let once = UsageLimits(total: 1)
      let kept = try await engine.coupon(.percent(10, limits: once), .of("KEPT"))
      let gone = try await engine.coupon(.fixed(500, limits: once), .of("GONE"))
      let new = try await engine.coupon(.fixed(300, limits: once), .of("NEW"))
      let lock = try await engine.lock(["KEPT", "GONE"], order: "o")
      try await engine.submit(UpdateCoupon(couponID: kept, terms: .percent(50, limits: once)))
      #expect(try await engine.change(lock, ["NEW", "KEPT"], expected: 1300).isOK)
      let changed = try #require(try await engine.application("o"))
      #expect(changed.id == lock.id && changed.expiresAt == lock.expiresAt)
      #expect(changed.discount == 1300 && changed.total == 8700 && changed.state == .locked)
      #expect(changed.usage(of: kept) == lock.usage(of: kept))
      #expect(changed.usage(of: new)?.state == .locked && changed.usage(of: gone)?.state == .released)
      #expect(changed.usages.map(\.couponID) == [kept, gone, new].sorted())
      #expect(try await engine.uses(gone) == UseCounts())
      #expect(try await engine.apply(["GONE"], order: "o-2").isCreated)
      #expect(
        try await engine.facts().suffix(4).map(\.name).prefix(3) == [
          "CouponReleased", "UsageRepriced", "CouponApplied",
        ])
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id, expectedTotal: 8700)).isOK)
      #expect(try await engine.uses(kept) == UseCounts(redeemed: 1))
      #expect(try await engine.uses(new) == UseCounts(redeemed: 1))
      #expect(try await engine.uses(gone) == UseCounts(locked: 1))
    }
  }

  @Test func `a lock may lose all of its codes for others, and get one back`() async throws {
    try await withEngine { (engine, _) async throws in
      let one = try await engine.coupon(.percent(), .of("ONE"), .of("UNO"))
      let two = try await engine.coupon(.fixed(500), .of("TWO"))
      let lock = try await engine.lock(["ONE"], order: "o")
      #expect(try await engine.change(lock, ["TWO"], expected: 500).isOK)
      #expect(try await engine.application("o")?.state == .locked)
      #expect(try await engine.uses(one) == UseCounts())
      #expect(try await engine.uses(two) == UseCounts(locked: 1))
      #expect(try await engine.change(lock, ["UNO"], expected: 1000).isOK)
      #expect(try await engine.change(lock, ["ONE", "TWO"], expected: 1500).isOK)
      let changed = try #require(try await engine.application("o"))
      #expect(changed.id == lock.id && changed.liveCodes == ["ONE", "TWO"])
      #expect(try await engine.uses(one) == UseCounts(locked: 1))
      engine.clock.set(lock.expiresAt)
      try await Sweeper(committer: engine.engine.committer).sweep()
      #expect(try await engine.uses(one) == UseCounts())
      #expect(try await engine.uses(two) == UseCounts())
    }
  }

  @Test func `a code that can't be locked leaves everything as it was`() async throws {
    try await withEngine { (engine, _) async throws in
      let one = try await engine.coupon(.percent(), .of("ONE"))
      _ = try await engine.coupon(.fixed(500, limits: UsageLimits(total: 1)), .of("FULL"))
      _ = try await engine.coupon(.percent(5, stacking: .exclusive), .of("ALONE"))
      _ = try await engine.lock(["FULL"], order: "o-2")
      let lock = try await engine.lock(["ONE"], order: "o")
      let rows: [([String], RefusalReason)] = [
        (["FULL"], .usageLimitReached), (["ONE", "FULL"], .usageLimitReached), (["NOBODY"], .unknownCode),
        (["ONE", "ALONE"], .betterDiscountApplied),
      ]
      for (codes, reason) in rows {
        #expect(try await engine.change(lock, codes).refusal == .code(reason))
        #expect(try await engine.application("o") == lock)
      }
      #expect(
        try await engine.change(lock, ["ONE"], cart: .of(20_000), expected: 1).refusal == .discountChanged)
      #expect(
        try await engine.change(lock, ["ONE"], cart: .of(9000, currency: .eur)).refusal
          == .code(.currencyMismatch))
      #expect(try await engine.application("o") == lock)
      #expect(try await engine.uses(one) == UseCounts(locked: 1))
    }
  }

  @Test func `a change to what is there already makes no event`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("ONE"))
      let lock = try await engine.lock(["ONE"], order: "o")
      let events = try await engine.events().count
      #expect(try await engine.change(lock, ["one", "ONE"], expected: 1000).isOK)
      #expect(try await engine.events().count == events)
      #expect(try await engine.change(lock, ["ONE"], seconds: 1800).isOK)
      #expect(try await engine.application("o")?.expiresAt == engine.clock.now.adding(seconds: 1800))
    }
  }

  @Test func `a new customer takes the place of the old one in what counts people`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(total: 1, perUser: 1)
      let id = try await engine.coupon(.percent(limits: limits), .of("ONCE"))
      let lock = try await engine.lock(["ONCE"], order: "o", user: "guest")
      #expect(try await engine.apply(["ONCE"], order: "o", user: "ann").refusal == .orderHasApplication)
      #expect(try await engine.change(lock, ["ONCE"], user: "ann").isOK)
      let person = { UsageCounter.identity(IdentityKey($0 as UserID)) }
      #expect(try engine.counter(person("guest"), of: id) == 0)
      #expect(try engine.counter(person("ann"), of: id) == 1)
      #expect(try await engine.uses(id) == UseCounts(locked: 1))
      #expect(try await engine.application("o")?.buyer == IdentityKey("ann" as UserID))
      let statistics = try engine.engine.store.statistics(of: id, tenant: engine.tenant)
      #expect(statistics.uses == [.locked: 1] && statistics.uniqueUsers == 1)
    }
  }

  @Test func `only a lock can be changed`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("ONE"))
      let paid = try await engine.lock(["ONE"], order: "paid")
      try await engine.submit(RedeemApplication(applicationID: paid.id))
      #expect(try await engine.change(paid, ["ONE"]).refusal == .alreadyRedeemed)
      let dropped = try await engine.lock(["ONE"], order: "dropped")
      try await engine.submit(ReleaseApplication(applicationID: dropped.id))
      #expect(try await engine.change(dropped, ["ONE"]).refusal == .alreadyReleased)
      let revoked = try await engine.lock(["ONE"], order: "revoked")
      try await engine.submit(
        ChangeCouponState(couponID: id, step: .disable(reason: "x", revokesLocks: true)))
      #expect(try await engine.change(revoked, ["ONE"]).refusal == .lockRevoked)
      try await engine.engine.committer.tidier.giveBackRevoked(of: engine.tenant)
      #expect(try await engine.change(revoked, ["ONE"]).refusal == .lockRevoked)
      let nobody = ChangeApplication(
        applicationID: DiscountApplication.ID(7), codes: ["ONE"], customer: Customer(), cart: .of(1))
      #expect(try await engine.submit(nobody).refusal == .applicationNotFound)
    }
  }

  @Test func `a lock of a coupon that revoked others before is taken again by a change`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let fraud = ChangeCouponState.Step.disable(reason: "fraud", revokesLocks: true)
      try await engine.submit(ChangeCouponState(couponID: id, step: fraud))
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
      let lock = try await engine.lock(["TEN"], order: "o")
      engine.clock.set(lock.expiresAt)
      try await Sweeper(committer: engine.engine.committer).sweep()
      #expect(try await engine.change(lock, ["TEN"], expected: 1000).isOK)
      #expect(try await engine.application("o")?.state == .locked)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).isOK)
    }
  }

  @Test func `a code of a coupon that was archived in the same batch is found by its own spelling alone`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let generated = CodeGrant(code: .of("GOLD10-7K"), display: "GOLD10-7K", isGenerated: true)
      let id = try await engine.coupon(.percent(), generated)
      let lock = try await engine.lock(["GOLD10-7K"], order: "o")
      func change(_ code: String) -> ChangeApplication {
        ChangeApplication(
          applicationID: lock.id, codes: [code], customer: Customer(userID: "u-1"), cart: .of(20_000))
      }
      let outcomes = try await engine.batch([
        change("G0LD1O-7K"), ChangeCouponState(couponID: id, step: .archive), change("G0LD1O-7K"),
        change("GOLD10-7K"),
      ])
      #expect(outcomes.map(\.refusal) == [nil, nil, .code(.unknownCode), nil])
      #expect(try await engine.submit(change("G0LD1O-7K")).refusal == .code(.unknownCode))
      #expect(try await engine.submit(change("GOLD10-7K")).isOK)
    }
  }

  @Test func `a lock that ran out is changed while there is room for what stays`() async throws {
    try await withEngine { (engine, _) async throws in
      let once = UsageLimits(total: 1)
      let kept = try await engine.coupon(.percent(limits: once), .of("KEPT"))
      _ = try await engine.coupon(.fixed(500), .of("NEW"))
      let lock = try await engine.lock(["KEPT"], order: "o")
      try await engine.submit(UpdateCoupon(couponID: kept, terms: .percent(50, limits: once)))
      engine.clock.advance(seconds: 9000)
      let other = try await engine.lock(["KEPT"], order: "o-2")
      #expect(try await engine.change(lock, ["KEPT", "NEW"]).refusal == .lockExpired)
      try await engine.submit(ReleaseApplication(applicationID: other.id))
      #expect(try await engine.change(lock, ["KEPT", "NEW"], expected: 1500).isOK)
      let again = try #require(try await engine.application("o"))
      #expect(again.id == lock.id && again.expiresAt == engine.clock.now.adding(seconds: 900))
      #expect(again.usage(of: kept) == lock.usage(of: kept))
      engine.clock.advance(seconds: 9000)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id, expectedTotal: 8500)).isOK)
    }
  }

  @Test func `a coupon that a lock gave up does not come back when the lock is taken again`() async throws {
    try await withEngine { (engine, _) async throws in
      let gone = try await engine.coupon(.percent(), .of("GONE"))
      let kept = try await engine.coupon(.fixed(500), .of("KEPT"))
      let lock = try await engine.lock(["GONE", "KEPT"], order: "o")
      #expect(try await engine.change(lock, ["KEPT"]).isOK)
      engine.clock.advance(seconds: 9000)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id, expectedTotal: 9500)).isOK)
      #expect(try await engine.uses(kept) == UseCounts(redeemed: 1))
      #expect(try await engine.uses(gone) == UseCounts())
      #expect(try await engine.apply(["KEPT"], order: "o").isOK)
    }
  }

  @Test func `a coupon that a lock gave up can be revoked, extended past and released without it`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let gone = try await engine.coupon(.percent(), .of("GONE"))
      let kept = try await engine.coupon(.fixed(500), .of("KEPT"))
      let lock = try await engine.lock(["GONE", "KEPT"], order: "o")
      #expect(try await engine.change(lock, ["KEPT"]).isOK)
      try await engine.submit(
        ChangeCouponState(couponID: gone, step: .disable(reason: "x", revokesLocks: true)))
      try await engine.engine.committer.tidier.giveBackRevoked(of: engine.tenant)
      #expect(try await engine.application("o")?.state == .locked)
      let before = try await engine.facts().filter { $0.name == "LockExtended" }.count
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id, lockSeconds: 3600)).isOK)
      #expect(try await engine.facts().filter { $0.name == "LockExtended" }.count == before + 1)
      #expect(try await engine.apply(["KEPT"], order: "o", cart: .of(20_000)).isOK)
      #expect(try await engine.submit(ReleaseApplication(applicationID: lock.id)).isOK)
      #expect(try await engine.uses(kept) == UseCounts())
    }
  }
}

extension EngineUnderTest {
  /// Asks for other codes.
  func change(
    _ lock: DiscountApplication, _ codes: [String], user: UserID = "u-1", cart: Cart = .of(10_000),
    expected: Int64? = nil, seconds: Int64? = nil
  ) async throws -> CommandOutcome {
    try await submit(
      ChangeApplication(
        applicationID: lock.id, codes: codes, customer: Customer(userID: user), cart: cart,
        expectedDiscount: expected, lockSeconds: seconds))
  }
}

extension DiscountApplication {
  fileprivate func usage(of couponID: Coupon.ID) -> Usage? { usages.first { $0.couponID == couponID } }

  fileprivate var liveCodes: Set<String> {
    Set(usages.filter(\.state.isLive).map { $0.code.canonical })
  }
}
