import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct LimitTests {
  @Test func `locked and redeemed uses both count against the total`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 2)), .of("TWO"))
      let first = try await engine.lock(["TWO"], order: "o-1")
      let second = try await engine.lock(["TWO"], order: "o-2")
      try await engine.submit(RedeemApplication(applicationID: first.id))
      #expect(try await engine.apply(["TWO"], order: "o-3").refusal == .code(.usageLimitReached))
      #expect(try await engine.uses(id) == UseCounts(locked: 1, redeemed: 1))
      try await engine.submit(ReleaseApplication(applicationID: second.id))
      #expect(try await engine.apply(["TWO"], order: "o-3").isCreated)
    }
  }

  @Test func `a use that is only held is told from one that is used up`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(total: 2)), .of("TWO"))
      let first = try await engine.lock(["TWO"], order: "o-1")
      engine.clock.advance(seconds: 60)
      let second = try await engine.lock(["TWO"], order: "o-2")
      func refused() async throws -> RefusedCode? {
        let question = QuoteCart(codes: ["TWO"], customer: Customer(userID: "ann"), cart: .of(1000))
        return try await engine.engine.quote(question, tenant: engine.tenant).get().notApplied.first
      }
      let held = try await refused()
      #expect(held?.reason == .usageLimitReached)
      #expect(
        held?.facts == [
          "limit": .integer(2), "held": .integer(2), "held_until": .instant(first.expiresAt),
        ])
      #expect(
        held?.message == "All uses of this coupon are taken, but some of them only by open checkouts; "
          + "the first of these ends at \(first.expiresAt) at the latest.")
      let body = try await engine.apply(["TWO"], order: "o-3").answer.body
      #expect(String(decoding: body, as: UTF8.self).contains(#""held_until":"\#(first.expiresAt)""#))
      try await engine.submit(RedeemApplication(applicationID: first.id))
      #expect(try await refused()?.facts["held_until"] == .instant(second.expiresAt))
      try await engine.submit(RedeemApplication(applicationID: second.id))
      #expect(try await refused()?.facts == ["limit": .integer(2)])
      #expect(try await refused()?.message == "This coupon has been used up.")
    }
  }

  @Test func `any identity key at its limit refuses`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("ONCE"))
      let email = IdentityKey(kind: .email, value: "e1")
      let phone = IdentityKey(kind: .phone, value: "p1")
      func apply(_ order: OrderID, _ customer: Customer) async throws -> CommandOutcome {
        try await engine.submit(
          ApplyCodes(orderID: order, codes: ["ONCE"], customer: customer, cart: .of(1000)))
      }
      #expect(try await apply("o-1", Customer(userID: "ann", identityKeys: [email, phone])).isCreated)
      for key in [IdentityKey(kind: .user, value: "ann"), email, phone] {
        #expect(try engine.counter(.identity(key), of: id) == 1)
      }
      #expect(try await apply("o-2", Customer(userID: "ann")).refusal == .code(.userLimitReached))
      let guest = Customer(identityKeys: [IdentityKey(kind: .device, value: "d2"), phone])
      #expect(try await apply("o-3", guest).refusal == .code(.userLimitReached))
      #expect(try await apply("o-4", Customer(userID: "bob")).isCreated)
    }
  }

  @Test func `a personal coupon has one use unless it says otherwise`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(owner: "ann"), .of("MINE"))
      _ = try await engine.coupon(.percent(limits: UsageLimits(perUser: 2), owner: "ann"), .of("TWICE"))
      _ = try await engine.coupon(.percent(), .of("YOURS", owner: "bob"))
      #expect(try await engine.apply(["MINE"], order: "o-1", user: "ann").isCreated)
      #expect(try await engine.apply(["MINE"], order: "o-2", user: "ann").refusal == .code(.userLimitReached))
      #expect(try await engine.apply(["TWICE"], order: "o-3", user: "ann").isCreated)
      #expect(try await engine.apply(["TWICE"], order: "o-4", user: "ann").isCreated)
      #expect(
        try await engine.apply(["TWICE"], order: "o-5", user: "ann").refusal == .code(.userLimitReached))
      #expect(try await engine.apply(["YOURS"], order: "o-6", user: "ann").refusal == .code(.ownerMismatch))
      #expect(try await engine.apply(["YOURS"], order: "o-7", user: "bob").isCreated)
      #expect(
        try await engine.apply(["YOURS"], order: "o-8", user: "bob").refusal == .code(.userLimitReached))
    }
  }

  @Test func `a code has the coupon's limit for each code or one of its own`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(perCode: 1)
      _ = try await engine.coupon(.percent(limits: limits), .of("ONE"), .of("TWO", limit: 2))
      #expect(try await engine.apply(["ONE"], order: "o-1").isCreated)
      #expect(try await engine.apply(["ONE"], order: "o-2").refusal == .code(.codeLimitReached))
      #expect(try await engine.apply(["TWO"], order: "o-3").isCreated)
      #expect(try await engine.apply(["TWO"], order: "o-4").isCreated)
      #expect(try await engine.apply(["TWO"], order: "o-5").refusal == .code(.codeLimitReached))
    }
  }

  @Test(arguments: [
    (UsageLimits.Period.day, "2026-11-18T23:59:59.999999Z", "2026-11-19T00:00:00Z"),
    (.week, "2026-11-22T23:59:59.999999Z", "2026-11-23T00:00:00Z"),
    (.month, "2026-11-30T23:59:59.999999Z", "2026-12-01T00:00:00Z"),
  ])
  func `a period's uses are free again when the next one begins, and not a moment earlier`(
    period: UsageLimits.Period, last: String, next: String
  ) async throws {
    try await withEngine { (engine, _) async throws in
      engine.clock.set(try #require(Instant(rfc3339: "2026-11-18T00:00:00Z")))
      let limit = UsageLimits.PeriodLimit(period: period, total: 1)
      _ = try await engine.coupon(.percent(limits: UsageLimits(perPeriod: [limit])), .of("NOW"))
      let first = try await engine.lock(["NOW"], order: "o-1")
      try await engine.submit(RedeemApplication(applicationID: first.id))
      engine.clock.set(try #require(Instant(rfc3339: last)))
      #expect(try await engine.apply(["NOW"], order: "o-2").refusal == .code(.periodLimitReached))
      engine.clock.set(try #require(Instant(rfc3339: next)))
      #expect(try await engine.apply(["NOW"], order: "o-2").isCreated)
    }
  }

  @Test func `a budget refuses what it can't pay, or clips it`() async throws {
    try await withEngine { (engine, _) async throws in
      let strict = UsageLimits(budget: .usd(1500))
      let clipping = UsageLimits(budget: .usd(1500), onBudgetShort: .clip)
      let hard = try await engine.coupon(.percent(limits: strict), .of("HARD"))
      let soft = try await engine.coupon(.percent(limits: clipping), .of("SOFT"))
      #expect(try await engine.apply(["HARD"], order: "o-1").isCreated)
      #expect(try await engine.apply(["HARD"], order: "o-2").refusal == .code(.budgetExhausted))
      #expect(try await engine.lock(["SOFT"], order: "o-3").discount == 1000)
      #expect(try await engine.lock(["SOFT"], order: "o-4").discount == 500)
      #expect(try await engine.apply(["SOFT"], order: "o-5").refusal == .code(.budgetExhausted))
      #expect(try engine.counter(.budget(.usd), of: hard) == 1000)
      #expect(try engine.counter(.budget(.usd), of: soft) == 1500)
    }
  }

  @Test func `a limit below the uses stops new locks and nothing else`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 5)), .of("FIVE"))
      let first = try await engine.lock(["FIVE"], order: "o-1")
      let second = try await engine.lock(["FIVE"], order: "o-2")
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(limits: UsageLimits(total: 1))))
      #expect(try await engine.apply(["FIVE"], order: "o-3").refusal == .code(.usageLimitReached))
      #expect(try await engine.submit(RedeemApplication(applicationID: first.id)).isOK)
      #expect(try await engine.submit(RedeemApplication(applicationID: second.id)).isOK)
      #expect(try await engine.uses(id) == UseCounts(redeemed: 2))
    }
  }
}
