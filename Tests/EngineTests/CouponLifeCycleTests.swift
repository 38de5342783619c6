import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct CouponLifeCycleTests {
  @Test func `a coupon begins as a draft that nobody can use, and works once it is active`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.draft(.percent(), [.of("TEN")])
      #expect(try await engine.apply(["TEN"], order: "o").refusal == .code(.couponNotActive))
      #expect(try await engine.submit(ChangeCouponState(couponID: id, step: .activate)).isOK)
      #expect(try await engine.apply(["TEN"], order: "o").isCreated)
    }
  }

  @Test func `every step that the life cycle lacks is refused, and the step already taken is not`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.draft(.percent(), [.of("TEN")])
      let disable = ChangeCouponState.Step.disable(reason: "pause", revokesLocks: false)
      func step(_ step: ChangeCouponState.Step) async throws -> CommandOutcome {
        try await engine.submit(ChangeCouponState(couponID: id, step: step))
      }
      #expect(try await step(disable).refusal == .invalidTransition)
      #expect(try await step(.activate).isOK)
      #expect(try await step(.activate).isOK)
      #expect(try await step(disable).isOK)
      #expect(try await step(disable).isOK)
      #expect(try await step(.activate).isOK)
      #expect(try await step(.archive).isOK)
      #expect(try await step(.archive).isOK)
      #expect(try await step(.activate).refusal == .invalidTransition)
      #expect(try await step(disable).refusal == .invalidTransition)
      let names = try await engine.facts().map(\.name).dropFirst()
      #expect(
        names == [
          "CouponCreated", "CodesAdded", "CouponActivated", "CouponDisabled", "CouponActivated",
          "CouponArchived",
        ])
    }
  }

  @Test func `a coupon that no code opens is not activated, and one with a code of the same batch is`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.draft(.percent(), [])
      let activate = ChangeCouponState(couponID: id, step: .activate)
      #expect(try await engine.submit(activate).refusal == .couponWithoutCode)
      let outcomes = try await engine.batch([
        activate, AddCodes(couponID: id, grants: [.of("TEN")]), activate,
      ])
      #expect(outcomes.map(\.refusal) == [.couponWithoutCode, nil, nil])
      #expect(try await engine.apply(["TEN"], order: "o").isCreated)
    }
  }

  @Test func `a coupon whose window is over is not activated, from its last moment on`() async throws {
    try await withEngine { (engine, _) async throws in
      let end = engine.clock.now.adding(seconds: 10)
      let terms = CouponTerms.percent(validity: try #require(Validity(endsAt: end)))
      let (early, late) = (
        try await engine.draft(terms, [.of("ONE")]), try await engine.draft(terms, [.of("TWO")])
      )
      engine.clock.set(Instant(microseconds: end.microseconds - 1))
      #expect(try await engine.submit(ChangeCouponState(couponID: early, step: .activate)).isOK)
      engine.clock.set(end)
      let refused = try await engine.submit(ChangeCouponState(couponID: late, step: .activate))
      #expect(refused.refusal == .windowOver)
      #expect(try await engine.submit(ChangeCouponState(couponID: early, step: .activate)).isOK)
      try await engine.submit(
        ChangeCouponState(couponID: early, step: .disable(reason: "x", revokesLocks: false)))
      let again = try await engine.submit(ChangeCouponState(couponID: early, step: .activate))
      #expect(again.refusal == .windowOver)
      try await engine.submit(UpdateCoupon(couponID: late, terms: .percent()))
      #expect(try await engine.submit(ChangeCouponState(couponID: late, step: .activate)).isOK)
    }
  }

  @Test func `a coupon that nobody made is not found`() async throws {
    try await withEngine { (engine, _) async throws in
      let nobody = Coupon.ID(7)
      #expect(
        try await engine.submit(UpdateCoupon(couponID: nobody, terms: .percent())).refusal == .couponNotFound)
      #expect(
        try await engine.submit(ChangeCouponState(couponID: nobody, step: .activate)).refusal
          == .couponNotFound)
      #expect(
        try await engine.submit(AddCodes(couponID: nobody, grants: [.of("TEN")])).refusal == .couponNotFound)
    }
  }

  @Test func `an edit makes an immutable version, and one that changes nothing makes none`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(10), .of("TEN"))
      #expect(try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(20))).isOK)
      #expect(try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(20))).isOK)
      #expect(try await engine.engine.coupon(id, tenant: engine.tenant)?.version == 2)
      #expect(try await engine.engine.terms(id, version: 1, tenant: engine.tenant) == .percent(10))
      #expect(try await engine.engine.terms(id, version: 2, tenant: engine.tenant) == .percent(20))
      #expect(try await engine.engine.terms(id, version: 3, tenant: engine.tenant) == nil)
    }
  }

  @Test func `an edit of a version that has moved on is refused`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(10), .of("TEN"))
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(20), expectedVersion: 1))
      let late = UpdateCoupon(couponID: id, terms: .percent(30), expectedVersion: 1)
      #expect(try await engine.submit(late).refusal == .versionConflict)
      let step = ChangeCouponState(couponID: id, step: .archive, expectedVersion: 1)
      #expect(try await engine.submit(step).refusal == .versionConflict)
      #expect(try await engine.engine.coupon(id, tenant: engine.tenant)?.state == .active)
    }
  }

  @Test func `an archived coupon can't be edited or given codes`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      try await engine.submit(ChangeCouponState(couponID: id, step: .archive))
      #expect(
        try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(20))).refusal == .couponArchived)
      #expect(
        try await engine.submit(AddCodes(couponID: id, grants: [.of("MORE")])).refusal == .couponArchived)
      #expect(try await engine.apply(["TEN"], order: "o").refusal == .code(.unknownCode))
    }
  }

  @Test func `a code is taken until its coupon is archived`() async throws {
    try await withEngine { (engine, _) async throws in
      let old = try await engine.coupon(.percent(10), .of("TEN"))
      let refused = try await engine.submit(
        CreateCoupon(terms: .percent(20), grants: [.of("FREE"), .of("ten")]))
      #expect(refused.refusal == .codeTaken)
      #expect(refused.text.contains("/codes/1") && !refused.text.contains("/codes/0"))
      let locked = try await engine.lock(["TEN"], order: "before")
      try await engine.submit(ChangeCouponState(couponID: old, step: .archive))
      let new = try await engine.coupon(.percent(20), .of("TEN"))
      #expect(try await engine.lock(["TEN"], order: "after").discount == 2000)
      try await engine.submit(ReleaseApplication(applicationID: locked.id))
      #expect(try await engine.uses(old).live == 0)
      #expect(try await engine.uses(new).live == 1)
      #expect(
        try engine.engine.store.codes(of: new, tenant: engine.tenant, after: nil, limit: 9).map(\.used) == [1]
      )
    }
  }

  @Test func `a code given twice in one list is refused`() async throws {
    try await withEngine { (engine, _) async throws in
      let twice = CreateCoupon(terms: .percent(), grants: [.of("TEN"), .of("TEN")])
      #expect(try await engine.submit(twice).refusal == .codeTaken)
    }
  }

  @Test func `generated codes skip those that are taken, and run out when too few are free`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("GEN-1"))
      let action = AddCodes(
        couponID: id, grants: ["GEN-1", "GEN-2", "GEN-2", "GEN-3", "GEN-4"].map { .of($0) }, wanted: 2)
      #expect(try await engine.submit(action).isCreated)
      let codes = try engine.engine.store.codes(of: id, tenant: engine.tenant, after: nil, limit: 9)
      #expect(codes.map(\.grant.code.canonical) == ["GEN-1", "GEN-2", "GEN-3"])
      #expect(try await engine.submit(action).refusal == .codeTaken)
    }
  }

  @Test func `a generated code opens its coupon without its hyphens and with characters that look alike`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      let generated = CodeGrant(code: .of("GOLD7K2M"), display: "GOLD-7K2M", isGenerated: true)
      let id = try await engine.coupon(.percent(), generated, .of("SALE-10"))
      for typed in ["GOLD7K2M", "gold-7k2m", "go-ld7k-2m", "G0LD-7K2M", "GO1D7K2M", "G0ID-7K2M"] {
        let question = QuoteCart(codes: [typed], customer: Customer(), cart: .of(10_000))
        let quote = try await engine.engine.quote(question, tenant: engine.tenant).get()
        #expect(quote.applied.map(\.code) == [.of("GOLD7K2M")], "\(typed)")
      }
      let lock = try await engine.lock(["GOLD-7K2M", "G0LD7K2M"], order: "o")
      #expect(lock.usages.map(\.code) == [.of("GOLD7K2M")])
      #expect(try await engine.apply(["GO1D-7K2M"], order: "o").isOK)
      #expect(try await engine.uses(id) == UseCounts(locked: 1))
      for typed in ["SALE10", "SALE-1O", "SALE-IO", "GOLD7K2N", "QOLD7K2M"] {
        let refused = try await engine.apply([typed], order: "o-2")
        #expect(refused.refusal == .code(.unknownCode), "\(typed)")
      }
    }
  }

  @Test(arguments: [
    ("GOLD107KQ2M9", "G0LDlO-7KQ2M9"), ("HELLO104K", "he110-1o-4k"), ("WELCOME107K", "WE1C0ME-IO7K"),
    ("LOYALTY10Z", "1oya1tylo-z"), ("COOL1009", "C0O1-lO09"),
    ("OOOOIIIILLLL00001111A", "0000111111110000LLLLA"),
  ])
  func `a generated code is found however many look-alikes it has`(code: String, typed: String) async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), CodeGrant(code: .of(code), display: code, isGenerated: true))
      #expect(try await engine.lock([typed], order: "o").usages.map(\.code) == [.of(code)])
    }
  }

  @Test func `a given code and a generated one that look alike never stand beside each other`() async throws {
    try await withEngine { (engine, _) async throws in
      func generated(_ text: String) -> CodeGrant {
        CodeGrant(code: .of(text), display: text, isGenerated: true)
      }
      let first = try await engine.coupon(.percent(10), generated("GOLD7K2M"), .of("SALE-10"))
      for given in ["GOLD-7K2M", "G0LD7K2M", "GO1D-7K2M"] {
        let refused = try await engine.submit(
          CreateCoupon(terms: .percent(), grants: [.of("NEW"), .of(given)]))
        #expect(refused.refusal == .codeTaken, "\(given)")
        #expect(refused.text.contains(#""pointer":"/codes/1""#))
        #expect(refused.text.contains(#""looks_like":"GOLD7K2M""#))
        #expect(refused.text.contains(first.description))
      }
      for made in ["SALE10", "SA1E10", "GOID7K2M"] {
        let refused = try await engine.submit(AddCodes(couponID: first, grants: [generated(made)]))
        #expect(refused.refusal == .codeTaken, "\(made)")
      }
      // Given codes that look alike may stand beside each other, and each is found as it is.
      let second = try await engine.coupon(.percent(20), .of("SALE10"), .of("SA1E-10"))
      #expect(try await engine.lock(["sale-10"], order: "o-1").usages.map(\.couponID) == [first])
      #expect(try await engine.lock(["sale10"], order: "o-2").usages.map(\.couponID) == [second])
      #expect(try await engine.apply(["SALEIO"], order: "o-3").refusal == .code(.unknownCode))
      let mixed = CreateCoupon(terms: .percent(), grants: [generated("XL7"), .of("X-17")])
      #expect(try await engine.submit(mixed).text.contains(#""same_as":"/codes/0""#))
    }
  }

  @Test func `an archived coupon leaves its codes to others that look like them`() async throws {
    try await withEngine { (engine, _) async throws in
      let generated = CodeGrant(code: .of("GOLD7K2M"), display: "GOLD-7K2M", isGenerated: true)
      let first = try await engine.coupon(.percent(10), generated)
      let given = CreateCoupon(terms: .percent(20), grants: [.of("G0LD-7K2M")])
      #expect(try await engine.submit(given).refusal == .codeTaken)
      let outcomes = try await engine.batch([ChangeCouponState(couponID: first, step: .archive), given])
      #expect(outcomes.map(\.refusal) == [nil, nil])
      #expect(try await engine.apply(["GOLD7K2M"], order: "o").refusal == .code(.unknownCode))
      #expect(try await engine.apply(["g0ld-7k2m"], order: "o").refusal == .code(.couponNotActive))
    }
  }

  @Test func `a taken code is told with its coupon, and how to free that of an expired one`() async throws {
    try await withEngine { (engine, _) async throws in
      let end = engine.clock.now.adding(seconds: 60)
      let id = try await engine.coupon(
        .percent(validity: try #require(Validity(startsAt: nil, endsAt: end))), .of("SUMMER"))
      let action = CreateCoupon(terms: .percent(), grants: [.of("NEW"), .of("SUMMER"), .of("NEW")])
      let running = try await engine.submit(action).text
      #expect(running.contains("The code SUMMER is in use by \(id)."))
      #expect(running.contains("The code NEW stands in the list already."))
      #expect(running.contains(#""same_as":"/codes/0""#))
      engine.clock.advance(seconds: 60)
      let ended = try await engine.submit(action).text
      #expect(ended.contains("which has expired; archive that coupon to free its codes."))
      #expect(ended.contains(#""ended_at":"\#(end)""#))
    }
  }

  @Test func `a generated code that was added in the same batch is found in any spelling`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let generated = CodeGrant(code: .of("GOLD7K2M"), display: "GOLD-7K2M", isGenerated: true)
      let customer = Customer(userID: "u-1")
      let outcomes = try await engine.batch([
        AddCodes(couponID: id, grants: [generated]),
        ApplyCodes(orderID: "o", codes: ["g0ld-7k2m"], customer: customer, cart: .of(1000)),
      ])
      #expect(outcomes.map(\.refusal) == [nil, nil])
    }
  }

  @Test func `a lock keeps the version that it was made with`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(10), .of("TEN"))
      let locked = try await engine.lock(["TEN"], order: "o")
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(50)))
      let repriced = try await engine.apply(["TEN"], order: "o", cart: .of(20_000))
      #expect(repriced.isOK)
      #expect(try await engine.application(locked.id)?.discount == 2000)
      #expect(try await engine.application(locked.id)?.usages.map(\.version) == [1])
    }
  }

  @Test func `an edit in the same batch leaves a lock its version`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(10), .of("TEN"))
      let locked = try await engine.lock(["TEN"], order: "o")
      let outcomes = try await engine.batch(
        [
          UpdateCoupon(couponID: id, terms: .percent(50)),
          RedeemApplication(applicationID: locked.id, cart: .of(20_000)),
        ])
      #expect(outcomes.map(\.isOK) == [true, true])
      #expect(try await engine.application(locked.id)?.discount == 2000)
    }
  }
}
