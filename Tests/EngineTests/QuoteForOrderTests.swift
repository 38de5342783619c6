import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct QuoteForOrderTests {
  /// What each limit holds when one order with a discount of 200 has used it up.
  private static let limits: [UsageLimits] = [
    UsageLimits(total: 1), UsageLimits(perUser: 1), UsageLimits(perCode: 1), UsageLimits(budget: .usd(300)),
    UsageLimits(budget: .usd(300), onBudgetShort: .clip),
    UsageLimits(perPeriod: [UsageLimits.PeriodLimit(period: .month, total: 1)]),
  ]

  @Test(arguments: limits)
  func `what an order holds is not counted against a quote for it`(limits: UsageLimits) async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(20, limits: limits), .of("CODE"))
      _ = try await engine.lock(["CODE"], order: "o-1", cart: .of(1000))
      let other = try await engine.quote(["CODE"], cart: .of(1500))
      #expect(other.discount == (limits.onBudgetShort == .clip ? 100 : 0))
      let own = try await engine.quote(["CODE"], cart: .of(1500), order: "o-1")
      #expect(own.discount == 300 && own.notApplied == [])
      #expect(try await engine.apply(["CODE"], order: "o-1", cart: .of(1500), expected: own.discount).isOK)
      #expect(try await engine.application("o-1")?.discount == 300)
    }
  }

  @Test func `a coupon that is personal to a user can be quoted again for the order that holds it`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(20, owner: "u-1"), .of("MINE"))
      _ = try await engine.lock(["MINE"], order: "o-1", cart: .of(1000))
      let another = try await engine.quote(["MINE"], cart: .of(1500), order: "o-2")
      #expect(another.notApplied.map(\.reason) == [.userLimitReached])
      #expect(try await engine.quote(["MINE"], cart: .of(1500), order: "o-1").discount == 300)
    }
  }

  @Test func `a quote for an order prices what it holds under the version of the lock`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(20), .of("CODE"))
      _ = try await engine.lock(["CODE"], order: "o-1", cart: .of(1000))
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(50)))
      try await engine.submit(
        ChangeCouponState(couponID: id, step: .disable(reason: "pause", revokesLocks: false)))
      let quote = try await engine.quote(["CODE"], cart: .of(1500), order: "o-1")
      #expect(quote.discount == 300 && quote.applied.map(\.version) == [1])
      #expect(try await engine.quote(["CODE"], cart: .of(1500)).notApplied.map(\.reason) == [.couponDisabled])
      #expect(try await engine.apply(["CODE"], order: "o-1", cart: .of(1500), expected: 300).isOK)
    }
  }

  @Test func `a quote for an order whose lock ran out tells the price of a new lock`() async throws {
    try await withEngine { (engine, _) async throws in
      let terms = CouponTerms.percent(20, limits: UsageLimits(total: 1))
      let id = try await engine.coupon(terms, .of("CODE"))
      let lock = try await engine.lock(["CODE"], order: "o-1", cart: .of(1000))
      try await engine.submit(
        UpdateCoupon(couponID: id, terms: .percent(50, limits: UsageLimits(total: 1))))
      engine.clock.set(lock.expiresAt)
      let quote = try await engine.quote(["CODE"], cart: .of(1000), order: "o-1")
      #expect(quote.discount == 500)
      #expect(try await engine.apply(["CODE"], order: "o-1", cart: .of(1000), expected: 500).isCreated)
    }
  }

  @Test func `a quote for an order does not count what goes when the codes change`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(total: 1, perUser: 1, budget: .usd(200))
      _ = try await engine.coupon(.percent(20, limits: limits), .of("ONE"), .of("TWO"))
      let lock = try await engine.lock(["ONE"], order: "o-1", cart: .of(1000))
      let quote = try await engine.quote(["TWO"], cart: .of(1000), order: "o-1")
      #expect(quote.discount == 200 && quote.notApplied == [])
      #expect(try await engine.quote(["TWO"], cart: .of(1000), order: "o-2").discount == 0)
      let change = ChangeApplication(
        applicationID: lock.id, codes: ["TWO"], customer: Customer(userID: "u-1"), cart: .of(1000),
        expectedDiscount: 200)
      #expect(try await engine.submit(change).isOK)
    }
  }

  @Test func `another customer's use is not excused by naming the order`() async throws {
    try await withEngine { (engine, _) async throws in
      let limits = UsageLimits(total: 2, perUser: 1)
      _ = try await engine.coupon(.percent(20, limits: limits), .of("CODE"))
      _ = try await engine.lock(["CODE"], order: "o-1", user: "ann", cart: .of(1000))
      _ = try await engine.lock(["CODE"], order: "o-2", user: "bob", cart: .of(1000))
      let bob = try await engine.quote(["CODE"], user: "bob", cart: .of(1000), order: "o-1")
      #expect(bob.notApplied.map(\.reason) == [.userLimitReached])
      let cat = try await engine.quote(["CODE"], user: "cat", cart: .of(1000), order: "o-1")
      #expect(cat.discount == 200)
    }
  }

  @Test func `whoever may be anybody names an order of their own only`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(20, limits: UsageLimits(total: 2)), .of("CODE"))
      _ = try await engine.lock(["CODE"], order: "o-1", user: "ann", cart: .of(1000))
      _ = try await engine.lock(["CODE"], order: "o-2", user: nil, cart: .of(1000))
      func quote(_ user: UserID?, _ order: OrderID) async throws -> Int64 {
        try await engine.quote(["CODE"], user: user, cart: .of(1000), order: order, isStranger: true).discount
      }
      #expect(try await quote("ann", "o-1") == 200)
      #expect(try await quote("bob", "o-1") == 0)
      #expect(try await quote(nil, "o-1") == 0)
      #expect(try await quote(nil, "o-2") == 0)
    }
  }

  @Test func `a quote for a paid order is what was paid, or the refusal that a lock would get`() async throws
  {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(20), .of("CODE"))
      _ = try await engine.coupon(.percent(5), .of("OTHER"))
      let lock = try await engine.lock(["CODE"], order: "o-1", cart: .of(1000))
      try await engine.submit(RedeemApplication(applicationID: lock.id))
      try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(50)))
      let paid = try await engine.quote(["code"], cart: .of(1000), order: "o-1")
      #expect(paid.discount == 200 && paid.applied.map(\.version) == [1])
      #expect(try await engine.apply(["code"], order: "o-1", cart: .of(1000), expected: 200).isOK)
      let others: [(codes: [String], user: UserID, cart: Cart, pointer: String)] = [
        (["CODE"], "u-1", .of(1500), "/cart"), (["CODE", "OTHER"], "u-1", .of(1000), "/codes"),
        ([], "u-1", .of(1000), "/codes"), (["CODE"], "u-2", .of(1000), "/customer"),
        (["CODE"], "u-1", .of(1000, currency: .eur), "/cart/currency"),
      ]
      for other in others {
        let refusal = try await engine.quoted(other.codes, user: other.user, cart: other.cart, order: "o-1")
        #expect(refusal?.code == .alreadyRedeemed && refusal?.items.map(\.pointer) == [other.pointer])
        if other.codes.isEmpty { continue }
        let locked = try await engine.apply(other.codes, order: "o-1", user: other.user, cart: other.cart)
        #expect(locked.refusal == .alreadyRedeemed)
      }
      let stranger = try await engine.quoted(
        ["CODE"], user: "u-1", cart: .of(1000), order: "o-1", isStranger: true)
      #expect(stranger?.code == .alreadyRedeemed && stranger?.items == [])
      let nobody = try await engine.quote(
        ["CODE"], user: "u-2", cart: .of(1000), order: "o-1", isStranger: true)
      #expect(nobody.discount == 500)
    }
  }

  @Test func `an order that was canceled after it was paid is quoted like any other`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(20), .of("CODE"))
      let lock = try await engine.lock(["CODE"], order: "o-1", cart: .of(1000))
      try await engine.submit(RedeemApplication(applicationID: lock.id))
      try await engine.submit(RestoreApplication(applicationID: lock.id, cause: .canceled))
      #expect(try await engine.quote(["CODE"], cart: .of(1500), order: "o-1").discount == 300)
      #expect(try await engine.apply(["CODE"], order: "o-1", cart: .of(1500), expected: 300).isCreated)
    }
  }

  @Test func `a quote in another currency than the order's lock says so of what it holds`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(20), .of("CODE"))
      _ = try await engine.lock(["CODE"], order: "o-1", cart: .of(1000))
      let quote = try await engine.quote(["CODE"], cart: .of(1000, currency: .eur), order: "o-1")
      #expect(
        quote.notApplied.map(\.facts) == [["currency": .text("EUR"), "locked_currency": .text("USD")]])
      #expect(quote.notApplied.map(\.message).first?.contains("lock is in USD") == true)
      let refused = try await engine.apply(["CODE"], order: "o-1", cart: .of(1000, currency: .eur))
      #expect(refused.refusal == .code(.currencyMismatch))
      #expect(refused.text.contains("/cart/currency") && refused.text.contains("lock is in USD"))
    }
  }
}

extension EngineUnderTest {
  /// Prices a cart.
  func quote(
    _ codes: [String], user: UserID? = "u-1", cart: Cart, order: OrderID? = nil, isStranger: Bool = false
  ) async throws -> Quote {
    let question = QuoteCart(
      codes: codes, customer: Customer(userID: user), cart: cart, orderID: order, isStranger: isStranger)
    return try await engine.quote(question, tenant: tenant).get()
  }

  /// The refusal of a question; nil if it has an answer.
  func quoted(
    _ codes: [String], user: UserID?, cart: Cart, order: OrderID, isStranger: Bool = false
  ) async throws -> Refusal? {
    let question = QuoteCart(
      codes: codes, customer: Customer(userID: user), cart: cart, orderID: order, isStranger: isStranger)
    switch try await engine.quote(question, tenant: tenant) {
    case .success: return nil
    case .failure(let refusal): return refusal
    }
  }
}
