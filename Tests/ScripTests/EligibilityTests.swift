import Testing

@testable import Scrip

/// One way in which a coupon can be turned away, as a change to a coupon that would apply.
struct Obstacle: Sendable, CustomTestStringConvertible {
  let reason: RefusalReason
  let change: @Sendable (inout Candidate) -> Void

  init(_ reason: RefusalReason, _ change: @escaping @Sendable (inout Candidate) -> Void) {
    self.reason = reason
    self.change = change
  }

  var testDescription: String { reason.rawValue }

  /// In order of precedence. Where two rows share a field, a pair of them can't be built and is left out below.
  static let all: [Obstacle] = [
    Obstacle(.unknownCode) { $0.state = .archived },
    Obstacle(.couponNotActive) { $0.state = .draft },
    Obstacle(.couponDisabled) { $0.state = .disabled },
    Obstacle(.billingOnly) { $0.terms.billing = BillingTerms(cadence: .once) },
    Obstacle(.notStarted) { $0.terms.validity = Validity(startsAt: noon.adding(seconds: 1))! },
    Obstacle(.expired) { $0.terms.validity = Validity(endsAt: noon)! },
    Obstacle(.ownerMismatch) { $0.terms.owner = "bob" },
    Obstacle(.currencyMismatch) { $0.terms.discount = .fixed(amounts(100, jpy)) },
    Obstacle(.notEligible) { $0.terms.rules = .condition(.country(.isIn(["FR"]))) },
    Obstacle(.noEligibleLines) { $0.terms.eligibleLines = .condition(.product(.isIn(["none"]))) },
    Obstacle(.minimumNotReached) { $0.terms.minimum = amounts(10_001) },
    Obstacle(.usageLimitReached) {
      $0.terms.limits.total = 5
      $0.used.total = 5
    },
    Obstacle(.codeLimitReached) {
      $0.terms.limits.perCode = 4
      $0.used.byCode = 4
    },
    Obstacle(.userLimitReached) {
      $0.terms.limits.perUser = 3
      $0.used.byUser = 3
    },
    Obstacle(.periodLimitReached) {
      $0.terms.limits.perPeriod = [.init(period: .week, total: 2)]
      $0.used.byPeriod = [.week: 2]
    },
    Obstacle(.budgetExhausted) {
      $0.terms.limits.budget = amounts(1000)
      $0.used.budget = 1000
    },
  ]

  static func shareAField(_ left: RefusalReason, _ right: RefusalReason) -> Bool {
    let exclusives: [Set<RefusalReason>] = [
      [.unknownCode, .couponNotActive, .couponDisabled], [.notStarted, .expired],
    ]
    return exclusives.contains { $0.isSuperset(of: [left, right]) }
  }
}

@Suite struct `A coupon is refused` {
  let order = context(cart(6000, 4000), customer: Customer(userID: "ann", country: "DE"))

  private func refusals(_ changes: [Obstacle]) throws -> [RefusedCode] {
    let base = candidate(0, terms(percent("10"))) { candidate in for row in changes { row.change(&candidate) }
    }
    return try Pricing().quote([base], in: order).notApplied
  }

  @Test func `never when nothing is in its way`() throws { #expect(try refusals([]).isEmpty) }

  @Test(arguments: Obstacle.all) func `for each reason by itself`(obstacle: Obstacle) throws {
    let refused = try #require(try refusals([obstacle]).first)
    #expect(refused.reason == obstacle.reason)
    #expect(refused.code == "code-0")
    #expect(refused.couponID == Coupon.ID(1))
  }

  @Test func `for the first of two reasons in the order of the list`() throws {
    let order = RefusalReason.allCases
    var pairs = 0
    for (place, first) in Obstacle.all.enumerated() {
      for second in Obstacle.all.dropFirst(place + 1) where !Obstacle.shareAField(first.reason, second.reason)
      {
        let ahead = try #require(order.firstIndex(of: first.reason))
        let behind = try #require(order.firstIndex(of: second.reason))
        #expect(ahead < behind)
        #expect(try refusals([first, second]).map(\.reason) == [first.reason])
        #expect(try refusals([second, first]).map(\.reason) == [first.reason])
        pairs += 1
      }
    }
    #expect(pairs == 116)
  }

  @Test func `with what explains it`() throws {
    let facts = try Dictionary(
      uniqueKeysWithValues: Obstacle.all.map { ($0.reason, try #require(try refusals([$0]).first).facts) })
    #expect(facts[.notStarted] == ["starts_at": .instant(noon.adding(seconds: 1))])
    #expect(facts[.expired] == ["ends_at": .instant(noon)])
    #expect(facts[.currencyMismatch] == ["currency": .text("EUR")])
    #expect(facts[.noEligibleLines] == ["conditions": .list(["product"])])
    #expect(facts[.notEligible] == ["conditions": .list(["country"])])
    #expect(
      facts[.minimumNotReached] == [
        "minimum": .integer(10_001), "missing": .integer(1), "currency": .text("EUR"),
      ])
    #expect(facts[.usageLimitReached] == ["limit": .integer(5)])
    #expect(facts[.codeLimitReached] == ["limit": .integer(4)])
    #expect(facts[.userLimitReached] == ["limit": .integer(3)])
    #expect(facts[.periodLimitReached] == ["limit": .integer(2), "period": .text("week")])
    #expect(facts[.budgetExhausted] == ["budget": .integer(1000)])
  }

  @Test func `for every reason that pricing can give`() throws {
    var given = Set(try Obstacle.all.flatMap { try refusals([$0]) }.map(\.reason))
    let personal = candidate(0, terms(percent("10")) { $0.owner = "ann" })
    given.formUnion(try Pricing().quote([personal], in: context(cart(1), customer: Customer())).reasons)
    given.formUnion(try quote(cart(1), terms(percent("10"), scope: .order)).reasons)
    let apart = Stacking(policy: .open, combinesWith: [])
    given.formUnion(try quote(cart(900), terms(fixed(5), stacking: apart), terms(fixed(9))).reasons)
    given.formUnion(try quote(cart(900), terms(fixed(5), stacking: .exclusive), terms(fixed(9))).reasons)
    let foundEarlier: Set<RefusalReason> = [
      .codeMalformed, .suspectedFraud, .couponUnreadable, .alreadyApplied,
    ]
    let ofBilling: Set<RefusalReason> = [
      .checkoutOnly, .couponRevoked, .subscriptionCancelled, .alreadyAttached, .budgetOfCheckouts,
      .associationNotStarted, .associationEnded, .phaseNotCurrent, .onceViolated, .repeatedLimitReached,
      .lineNotInvoiced, .exceedsAmount,
    ]
    #expect(given == Set(RefusalReason.allCases).subtracting(foundEarlier).subtracting(ofBilling))
  }

  @Test func `for reasons found before pricing, which are passed on in typing order`() throws {
    let malformed = RefusedCode(code: "?", index: 0, reason: .codeMalformed)
    let twice = RefusedCode(code: "code-1", index: 3, reason: .alreadyApplied)
    let priced = try Pricing().quote(
      [candidate(1, terms(percent("10"))), candidate(2, terms(percent("10"))) { $0.state = .draft }],
      refused: [twice, malformed], in: order)
    #expect(priced.notApplied.map(\.index) == [0, 2, 3])
    #expect(priced.reasons == [.codeMalformed, .couponNotActive, .alreadyApplied])
  }
}

@Suite struct `Windows, owners and limits` {
  let goods = cart(10_000)

  private func reasons(
    _ terms: CouponTerms, customer: Customer = Customer(userID: "ann"), now: Instant = noon,
    _ change: (inout Candidate) -> Void = { _ in }
  ) throws -> [RefusalReason] {
    try Pricing().quote([candidate(0, terms, change)], in: context(goods, customer: customer, now: now))
      .reasons
  }

  @Test func `a window holds its first moment and not its last`() throws {
    let window = terms(percent("10")) {
      $0.validity = Validity(startsAt: noon, endsAt: noon.adding(seconds: 60))!
    }
    let end = noon.adding(seconds: 60)
    #expect(try reasons(window, now: Instant(microseconds: noon.microseconds - 1)) == [.notStarted])
    #expect(try reasons(window, now: noon).isEmpty)
    #expect(try reasons(window, now: Instant(microseconds: end.microseconds - 1)).isEmpty)
    #expect(try reasons(window, now: end) == [.expired])
  }

  @Test func `a personal coupon is for its owner, who must be known`() throws {
    let personal = terms(percent("10")) { $0.owner = "ann" }
    #expect(try reasons(personal).isEmpty)
    #expect(try reasons(personal, customer: Customer(userID: "bob")) == [.ownerMismatch])
    let guest = Customer(identityKeys: [IdentityKey(kind: .email, value: "h")])
    #expect(try reasons(personal, customer: guest) == [.identityRequired])
  }

  @Test func `the owner of a code goes before the owner of its coupon`() throws {
    let personal = terms(percent("10")) { $0.owner = "bob" }
    #expect(try reasons(personal) { $0.codeOwner = "ann" }.isEmpty)
    #expect(try reasons(terms(percent("10"))) { $0.codeOwner = "bob" } == [.ownerMismatch])
  }

  @Test func `a personal coupon can be used once unless it says otherwise, a public one for ever`() throws {
    let personal = terms(percent("10")) { $0.owner = "ann" }
    #expect(try reasons(personal) { $0.used.byUser = 1 } == [.userLimitReached])
    #expect(try reasons(terms(percent("10"))) { $0.used.byUser = 1 }.isEmpty)
    #expect(
      try reasons(terms(percent("10"))) { ($0.codeOwner, $0.used.byUser) = ("ann", 1) } == [.userLimitReached]
    )
    let twice = terms(percent("10")) { ($0.owner, $0.limits.perUser) = ("ann", 2) }
    #expect(try reasons(twice) { $0.used.byUser = 1 }.isEmpty)
    #expect(try reasons(twice) { $0.used.byUser = 2 } == [.userLimitReached])
  }

  @Test func `the limit of a code goes before the coupon's limit for each code`() throws {
    let once = terms(percent("10")) { $0.limits.perCode = 1 }
    #expect(try reasons(once) { ($0.codeLimit, $0.used.byCode) = (3, 2) }.isEmpty)
    #expect(try reasons(once) { ($0.codeLimit, $0.used.byCode) = (3, 3) } == [.codeLimitReached])
    #expect(try reasons(once) { $0.used.byCode = 1 } == [.codeLimitReached])
  }

  @Test func `the last use is still given, and a limit lowered below its use only refuses`() throws {
    let limited = terms(percent("10")) { $0.limits.total = 10 }
    #expect(try reasons(limited) { $0.used.total = 9 }.isEmpty)
    #expect(try reasons(limited) { $0.used.total = 10 } == [.usageLimitReached])
    #expect(try reasons(limited) { $0.used.total = 99 } == [.usageLimitReached])
  }

  @Test func `each period has its own limit`() throws {
    let limited = terms(percent("10")) {
      $0.limits.perPeriod = [.init(period: .day, total: 2), .init(period: .month, total: 5)]
    }
    #expect(try reasons(limited) { $0.used.byPeriod = [.day: 1, .month: 4, .week: 99] }.isEmpty)
    #expect(try reasons(limited) { $0.used.byPeriod = [.day: 2, .month: 2] } == [.periodLimitReached])
    #expect(try reasons(limited) { $0.used.byPeriod = [.day: 0, .month: 5] } == [.periodLimitReached])
  }

  @Test(arguments: [
    RefusalReason.unknownCode, .couponNotActive, .couponDisabled, .billingOnly, .notStarted, .expired,
    .usageLimitReached, .codeLimitReached, .userLimitReached, .periodLimitReached,
  ])
  func `an order keeps the coupon that it holds`(reason: RefusalReason) throws {
    let obstacle = try #require(Obstacle.all.first { $0.reason == reason })
    #expect(
      try reasons(terms(percent("10"))) {
        obstacle.change(&$0)
        $0.isHeld = true
      }.isEmpty)
  }

  @Test(arguments: [
    RefusalReason.ownerMismatch, .currencyMismatch, .notEligible, .noEligibleLines, .minimumNotReached,
    .budgetExhausted,
  ])
  func `an order that no longer suits a held coupon loses it`(reason: RefusalReason) throws {
    let obstacle = try #require(Obstacle.all.first { $0.reason == reason })
    let given = try reasons(terms(percent("10"))) {
      obstacle.change(&$0)
      $0.isHeld = true
    }
    #expect(given == [reason])
  }

  @Test func `a quote is provisional when a limit for each person could not be judged`() throws {
    func isProvisional(_ terms: CouponTerms, _ customer: Customer) throws -> Bool {
      try Pricing().quote([candidate(0, terms)], in: context(goods, customer: customer)).provisional
    }
    let limited = terms(percent("10")) { $0.limits.perUser = 1 }
    let guest = Customer(identityKeys: [IdentityKey(kind: .email, value: "h")])
    #expect(try isProvisional(limited, Customer()))
    #expect(try !isProvisional(limited, guest))
    #expect(try !isProvisional(limited, Customer(userID: "ann")))
    #expect(try !isProvisional(terms(percent("10")), Customer()))
  }

  @Test(arguments: [
    terms(fixed(100)), terms(.percent(.whole, cap: amounts(100))),
    terms(percent("10")) { $0.minimum = amounts(1) },
    terms(percent("10")) { $0.limits.budget = amounts(100) },
    terms(.shipping(ShippingDiscount(cap: amounts(1)))),
    terms(.fixed(AmountsByCurrency([]))),
  ])
  func `no amount is ever converted`(coupon: CouponTerms) throws {
    let yen = context(cart(1000, shipping: [500], currency: jpy))
    #expect(try Pricing().quote([candidate(0, coupon)], in: yen).reasons == [.currencyMismatch])
  }

  @Test func `percentages need no currency`() throws {
    let yen = context(cart(1000, currency: jpy))
    #expect(try Pricing().quote([candidate(0, terms(percent("10")))], in: yen).amounts == [100])
  }
}

@Suite struct `Minimums` {
  @Test func `are compared with the eligible lines at list price`() throws {
    let shoes = terms(percent("10")) {
      $0.minimum = amounts(5000)
      $0.eligibleLines = .condition(.product(.isIn(["product-0"])))
    }
    #expect(try quote(cart(5000, 1), shoes).amounts == [500])
    #expect(try quote(cart(4999, 99_999), shoes).reasons == [.minimumNotReached])
    #expect(try quote(cart(4999, shipping: [100]), shoes).reasons == [.minimumNotReached])
  }

  @Test func `name the goods that count where not all do`() throws {
    let shoes = terms(percent("10")) {
      $0.minimum = amounts(5000)
      $0.eligibleLines = .condition(.product(.isNotIn(["product-1"])))
    }
    #expect(
      try quote(cart(4000, 99_999, 900), shoes).notApplied[0].facts == [
        "minimum": .integer(5000), "missing": .integer(100), "currency": .text("EUR"),
        "lines": .list(["line-0", "line-2"]),
      ])
  }

  @Test func `at list price do not notice other coupons`() throws {
    let minimum = terms(fixed(100), priority: 1) { $0.minimum = amounts(10_000) }
    #expect(try quote(cart(10_000), terms(percent("50")), minimum).amounts == [5000, 100])
  }

  @Test func `on the running amount do`() throws {
    let running = terms(fixed(100), priority: 1) { ($0.minimum, $0.minimumBasis) = (amounts(5001), .running) }
    let priced = try quote(cart(10_000), terms(percent("50")), running)
    #expect(priced.amounts == [5000])
    #expect(priced.notApplied[0].reason == .minimumNotReached)
    #expect(
      priced.notApplied[0].facts == [
        "minimum": .integer(5001), "missing": .integer(1), "currency": .text("EUR"),
        "basis": .text("running"),
      ])
    #expect(try quote(cart(10_000), running).amounts == [100])
  }

  @Test func `on the running amount bind shipping coupons too`() throws {
    let shipping = terms(.shipping(ShippingDiscount())) {
      ($0.minimum, $0.minimumBasis) = (amounts(6000), .running)
    }
    #expect(try quote(cart(10_000, shipping: [490]), shipping).amounts == [490])
    #expect(
      try quote(cart(10_000, shipping: [490]), shipping, terms(percent("50"))).reasons == [.minimumNotReached]
    )
    #expect(try quote(cart(5999, shipping: [490]), shipping).reasons == [.minimumNotReached])
  }

  @Test func `out of reach even at list price are found before limits, whatever their basis`() throws {
    let both = candidate(
      0, terms(fixed(100)) { ($0.minimum, $0.minimumBasis, $0.limits.total) = (amounts(2000), .running, 1) }
    ) { $0.used.total = 1 }
    #expect(try Pricing().quote([both], in: context(cart(1000))).reasons == [.minimumNotReached])
  }
}
