import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct ApplyTests {
  @Test func `a lock takes one use of each coupon and keeps what was agreed`() async throws {
    try await withEngine { (engine, _) async throws in
      let ten = try await engine.coupon(.percent(10), .of("TEN"))
      let five = try await engine.coupon(.fixed(500), .of("FIVE"))
      let application = try await engine.lock(["five", "ten"], order: "o")
      #expect(application.state == .locked)
      #expect(application.discount == 1500)
      #expect(application.total == 8500)
      #expect(application.usages.map(\.couponID) == [ten, five].sorted())
      #expect(application.expiresAt == engine.clock.now.adding(seconds: 900))
      #expect(try await engine.uses(ten) == UseCounts(locked: 1))
      #expect(try await engine.uses(five) == UseCounts(locked: 1))
    }
  }

  @Test func `the same order with the same codes gets the same application`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let first = try await engine.lock(["TEN"], order: "o")
      let events = try await engine.events().count
      let again = try await engine.apply(["ten"], order: "o")
      #expect(again.isOK && again.text.contains(first.id.description))
      #expect(try await engine.uses(id).live == 1)
      #expect(try await engine.events().count == events)
      try await engine.submit(RedeemApplication(applicationID: first.id))
      let late = try await engine.apply(["TEN"], order: "o")
      #expect(late.isOK && late.text.contains(first.id.description))
    }
  }

  @Test func `other codes for an order that holds a lock are refused`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      _ = try await engine.coupon(.fixed(500), .of("FIVE"))
      let held = try await engine.lock(["TEN"], order: "o")
      let refused = try await engine.apply(["TEN", "FIVE"], order: "o")
      #expect(refused.refusal == .orderHasApplication)
      #expect(refused.text.contains(held.id.description))
      try await engine.submit(ReleaseApplication(applicationID: held.id))
      #expect(try await engine.apply(["TEN", "FIVE"], order: "o").isCreated)
    }
  }

  @Test func `one bad code refuses all, each with its reason, and events say so`() async throws {
    try await withEngine { (engine, _) async throws in
      let good = try await engine.coupon(.percent(), .of("GOOD"))
      let draft = try await engine.draft(.fixed(100), [.of("DRAFT")])
      let before = try await engine.events().count
      let refused = try await engine.apply(["GOOD", "NOBODY", "DRAFT", "??"], order: "o")
      #expect(refused.refusal == .code(.codeMalformed))
      for part in ["/codes/1", "unknown_code", "/codes/2", "coupon_not_active", "/codes/3", "code_malformed"]
      {
        #expect(refused.text.contains(part))
      }
      #expect(!refused.text.contains("/codes/0"))
      #expect(try await engine.uses(good).live == 0)
      let events = Array(try await engine.events().dropFirst(before))
      #expect(events.map(\.envelope.type) == ["CouponRejected", "CouponRejected", "CouponRejected"])
      #expect(events.map(\.envelope.stream) == [.tenant, .coupon(draft), .tenant])
      #expect(
        try await engine.facts().suffix(3).map { $0 as? CouponRejected } == [
          CouponRejected(orderID: "o", code: "NOBODY", reason: .unknownCode),
          CouponRejected(orderID: "o", code: "DRAFT", reason: .couponNotActive),
          CouponRejected(orderID: "o", code: "??", reason: .codeMalformed),
        ])
    }
  }

  @Test(arguments: [
    (Int64(1), RefusalReason.notStarted), (100, .expired),
  ])
  func `a lock is refused outside the window`(day: Int64, reason: RefusalReason) async throws {
    try await withEngine { (engine, _) async throws in
      let now = engine.clock.now
      let window =
        day == 1 ? (now.adding(seconds: 1), now.adding(seconds: 9)) : (now.adding(seconds: -9), now)
      let validity = try #require(Validity(startsAt: window.0, endsAt: window.1))
      let id = try await engine.coupon(.percent(), .of("TEN"))
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(validity: validity)))
      #expect(try await engine.apply(["TEN"], order: "o").refusal == .code(reason))
    }
  }

  @Test func `eligibility refuses by its own reasons`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(minimum: .usd(20_000)), .of("MINIMUM"))
      _ = try await engine.coupon(.percent(rules: .condition(.segment(.isIn(["vip"])))), .of("VIPS"))
      _ = try await engine.coupon(.percent(owner: "u-2"), .of("OWNED"))
      _ = try await engine.coupon(.fixed(100), .of("DOLLARS"))
      var sellers = CouponTerms.percent()
      sellers.sellerID = "s-9"
      _ = try await engine.coupon(sellers, .of("SELLER"))
      let paused = try await engine.coupon(.percent(), .of("PAUSED"))
      try await engine.submit(
        ChangeCouponState(couponID: paused, step: .disable(reason: "pause", revokesLocks: false)))
      let expected: [(String, RefusalReason)] = [
        ("MINIMUM", .minimumNotReached), ("VIPS", .notEligible), ("OWNED", .ownerMismatch),
        ("SELLER", .noEligibleLines), ("PAUSED", .couponDisabled),
      ]
      for (code, reason) in expected {
        #expect(try await engine.apply([code], order: "o").refusal == .code(reason))
      }
      let euros = try await engine.apply(["DOLLARS"], order: "o", cart: .of(1000, currency: .eur))
      #expect(euros.refusal == .code(.currencyMismatch))
    }
  }

  @Test func `coupons that do not stand together are refused with the reason of the loser`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(10, stacking: .exclusive), .of("ALONE"))
      _ = try await engine.coupon(.percent(20, stacking: .exclusive), .of("BETTER"))
      let shy = Stacking(policy: .open, combinesWith: [.shipping])
      _ = try await engine.coupon(.percent(30, stacking: shy), .of("SHY"))
      _ = try await engine.coupon(.percent(5), .of("OPEN"))
      #expect(
        try await engine.apply(["ALONE", "BETTER"], order: "o").refusal == .code(.betterDiscountApplied))
      #expect(try await engine.apply(["SHY", "OPEN"], order: "o").refusal == .code(.combinationDisallowed))
    }
  }

  @Test func `two codes of one coupon are one use too many`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("ONE"), .of("TWO"))
      #expect(try await engine.apply(["TWO", "ONE"], order: "o").refusal == .code(.alreadyApplied))
    }
  }

  @Test func `one code given twice is locked once, and a quote says so`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"), .of("OTHER"))
      let codes = ["TEN", " ten ", "ＴＥＮ"]
      let question = QuoteCart(codes: codes, customer: Customer(userID: "u-1"), cart: .of(10_000))
      let quote = try await engine.engine.quote(question, tenant: engine.tenant).get()
      #expect(quote.discount == 1000)
      #expect(quote.notApplied.map(\.index) == [1, 2])
      #expect(quote.notApplied.map(\.reason) == [.alreadyApplied, .alreadyApplied])
      let lock = try await engine.lock(codes, order: "o")
      #expect(lock.discount == 1000 && lock.usages.count == 1)
      #expect(try await engine.uses(id) == UseCounts(locked: 1))
      #expect(try await engine.apply(["TEN"], order: "o").isOK)
      #expect(try await engine.apply(codes, order: "o").isOK)
      let refused = try await engine.apply(["OTHER", "TEN", "OTHER"], order: "o-2")
      #expect(refused.refusal == .code(.alreadyApplied))
      #expect(refused.text.contains("/codes/1") && !refused.text.contains("/codes/2"))
    }
  }

  @Test func `a coupon without effect is not locked`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let outcome = try await engine.apply(["TEN"], order: "o", cart: .of(0))
      #expect(outcome.refusal == .code(.noEffect))
      #expect(try await engine.uses(id).live == 0)
    }
  }

  @Test func `another discount than the expected one is refused, for a new lock and for one that is held`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      #expect(try await engine.apply(["TEN"], order: "o", expected: 999).refusal == .discountChanged)
      #expect(try await engine.apply(["TEN"], order: "o", expected: 1000).isCreated)
      #expect(try await engine.apply(["TEN"], order: "o", expected: 1000).isOK)
      #expect(try await engine.apply(["TEN"], order: "o", expected: 999).refusal == .discountChanged)
      let changed = try await engine.apply(["TEN"], order: "o", cart: .of(20_000), expected: 1000)
      #expect(changed.refusal == .discountChanged)
      #expect(try await engine.application("o")?.discount == 1000)
    }
  }

  @Test func `guests see prices but can't lock what is held against a person`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("ONCE"))
      _ = try await engine.coupon(.percent(), .of("ANYONE"))
      let question = QuoteCart(codes: ["ONCE"], customer: Customer(), cart: .of(1000))
      let quote = try await engine.engine.quote(question, tenant: engine.tenant).get()
      #expect(quote.provisional && quote.discount == 100)
      #expect(try await engine.apply(["ONCE"], order: "o", user: nil).refusal == .code(.identityRequired))
      #expect(try await engine.apply(["ANYONE"], order: "o", user: nil).isCreated)
    }
  }

  @Test func `a lock asks a guest for what the quote asks for`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(owner: "u-2"), .of("OWNED"))
      _ = try await engine.coupon(
        .percent(),
        CodeGrant(code: .of("ANNS"), display: "ANNS", owner: "u-2", limit: nil, isGenerated: false))
      _ = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("ONCE"))
      for (code, needs) in [
        ("OWNED", #"["user_id"]"#), ("ANNS", #"["user_id"]"#),
        ("ONCE", #"["user_id","email","phone","device_id","payment_fingerprint"]"#),
      ] {
        let locked = try await engine.apply([code], order: "o", user: nil)
        #expect(locked.refusal == .code(.identityRequired))
        #expect(locked.text.contains(#""needs":\#(needs)"#), "\(locked.text)")
        let question = QuoteCart(codes: [code], customer: Customer(), cart: .of(1000))
        let quote = try await engine.engine.quote(question, tenant: engine.tenant).get()
        #expect(quote.notApplied.allSatisfy { locked.text.contains($0.message) }, "\(locked.text)")
        #expect(quote.notApplied.count == (code == "ONCE" ? 0 : 1))
      }
    }
  }

  @Test func `a guest is told the more important reason first`() async throws {
    try await withEngine { (engine, _) async throws in
      let past = try #require(Validity(endsAt: engine.clock.now))
      let terms = CouponTerms.percent(validity: past, limits: UsageLimits(perUser: 1))
      let id = try await engine.coupon(.percent(), .of("PAST"))
      try await engine.submit(UpdateCoupon(couponID: id, terms: terms))
      #expect(try await engine.apply(["PAST"], order: "o", user: nil).refusal == .code(.expired))
    }
  }

  @Test func `a cart whose amounts overflow is refused`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      var cart = Cart.of(1)
      cart.lines = try (1...3).map { number in
        Cart.Line(
          id: "l\(number)", productID: "p", quantity: 10_000 * 10_000,
          unitPrice: try #require(UnitPrice(minorUnits: 92_233_720_000)))
      }
      #expect(try await engine.apply(["TEN"], order: "o", cart: cart).refusal == .amountOverflow)
    }
  }

  @Test func `a changed cart keeps the usage and changes the amount`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(total: 1, budget: .usd(5000))
      let id = try await engine.coupon(.percent(limits: limits), .of("TEN"))
      let first = try await engine.lock(["TEN"], order: "o")
      #expect(try engine.counter(.budget(.usd), of: id) == 1000)
      #expect(try await engine.apply(["TEN"], order: "o", cart: .of(30_000)).isOK)
      let second = try #require(try await engine.application("o"))
      #expect(second.id == first.id && second.discount == 3000 && second.total == 27_000)
      #expect(try engine.counter(.budget(.usd), of: id) == 3000)
      #expect(try await engine.uses(id).live == 1)
      let tooMuch = try await engine.apply(["TEN"], order: "o", cart: .of(60_000))
      #expect(tooMuch.refusal == .code(.budgetExhausted))
      #expect(try engine.counter(.budget(.usd), of: id) == 3000)
      #expect(try await engine.apply(["TEN"], order: "o", cart: .of(100)).isOK)
      #expect(try engine.counter(.budget(.usd), of: id) == 10)
    }
  }

  @Test func `a lowered budget leaves a lock its amount but gives it no more`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(budget: .usd(5000))), .of("TEN"))
      _ = try await engine.lock(["TEN"], order: "o", cart: .of(30_000))
      try await engine.submit(
        UpdateCoupon(couponID: id, terms: .percent(limits: UsageLimits(budget: .usd(2000)))))
      var other = Cart.of(30_000)
      other.channel = "web"
      #expect(try await engine.apply(["TEN"], order: "o", cart: other).isOK)
      #expect(
        try await engine.apply(["TEN"], order: "o", cart: .of(40_000)).refusal == .code(.budgetExhausted))
      #expect(try engine.counter(.budget(.usd), of: id) == 3000)
    }
  }

  @Test func `a lock can't change its currency`() async throws {
    try await withEngine { (engine, _) async throws in
      let budget = AmountsByCurrency([
        Money(minorUnits: 5000, currency: .usd), Money(minorUnits: 5000, currency: .eur),
      ])
      let id = try await engine.coupon(.percent(limits: UsageLimits(budget: budget)), .of("TEN"))
      _ = try await engine.lock(["TEN"], order: "o")
      let euros = try await engine.apply(["TEN"], order: "o", cart: .of(20_000, currency: .eur))
      #expect(euros.refusal == .code(.currencyMismatch))
      #expect(try engine.counter(.budget(.usd), of: id) == 1000)
    }
  }

  @Test func `a lock that counts against one person can't be handed to another`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("ONCE"))
      _ = try await engine.lock(["ONCE"], order: "o-1", user: "ann")
      let locked = try await engine.lock(["ONCE"], order: "o-2", user: "bob")
      let handed = try await engine.apply(["ONCE"], order: "o-2", user: "ann")
      #expect(handed.refusal == .orderHasApplication)
      let redeemed = try await engine.submit(
        RedeemApplication(applicationID: locked.id, cart: .of(10_000), customer: Customer(userID: "ann")))
      #expect(redeemed.refusal == .orderHasApplication)
      #expect(try await engine.uses(id) == UseCounts(locked: 2))
    }
  }

  @Test func `a code added in the same batch sees what its coupon's other codes have used`() async throws {
    try await withEngine { (engine, store) async throws in
      let limits = UsageLimits(perUser: 1, budget: .usd(1500))
      let id = try await engine.coupon(.percent(limits: limits), .of("ONE"))
      _ = try await engine.lock(["ONE"], order: "o-1", user: "ann")
      let ann = ApplyCodes(orderID: "o-2", codes: ["TWO"], customer: Customer(userID: "ann"), cart: .of(1000))
      let bob = ApplyCodes(orderID: "o-3", codes: ["TWO"], customer: Customer(userID: "bob"), cart: .of(9000))
      let outcomes = try await engine.batch(
        [AddCodes(couponID: id, grants: [.of("TWO")]), ann, bob])
      #expect(
        outcomes.map(\.refusal) == [nil, .code(.userLimitReached), .code(.budgetExhausted)])
      #expect(try engine.counter(.budget(.usd), of: id) == 1000)
    }
  }

  @Test func `a limit that comes back in the same batch sees what was used under it before`() async throws {
    try await withEngine { (engine, store) async throws in
      let once = CouponTerms.percent(limits: UsageLimits(perUser: 1))
      let id = try await engine.coupon(once, .of("ONCE"))
      _ = try await engine.lock(["ONCE"], order: "o-1", user: "ann")
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent()))
      let ann = ApplyCodes(
        orderID: "o-2", codes: ["ONCE"], customer: Customer(userID: "ann"), cart: .of(1000))
      let outcomes = try await engine.batch([UpdateCoupon(couponID: id, terms: once), ann])
      #expect(outcomes.map(\.refusal) == [nil, .code(.userLimitReached)])
    }
  }
}
