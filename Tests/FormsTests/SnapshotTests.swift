import Forms
import JSON
import Scrip
import TestSupport
import Testing

@Suite struct SnapshotTests {
  /// Terms that have a good chance to apply to a random cart.
  private func candidate(_ samples: inout Samples, index: Int, in context: EligibilityContext) -> Candidate {
    var terms = samples.terms()
    terms.name = "Coupon \(index)"
    let currency = context.cart.currency
    let cap =
      samples.bool()
      ? AmountsByCurrency([Money(minorUnits: samples.int(1...5000), currency: currency)])
      : AmountsByCurrency([])
    switch samples.int(0...2) {
    case 0: terms.discount = .percent(samples.percent(), cap: cap)
    case 1:
      terms.discount = .fixed(
        AmountsByCurrency([Money(minorUnits: samples.int(1...9000), currency: currency)]))
    default: terms.discount = .shipping(ShippingDiscount(percent: samples.percent(), cap: cap))
    }
    terms.eligibleLines = samples.bool() ? nil : .condition(.category(.isIn(["shoes"])))
    terms.rules = nil
    terms.minimum = AmountsByCurrency([])
    terms.sellerID = nil
    terms.stacking = samples.bool() ? .open : samples.stacking()
    terms.limits.budget =
      samples.bool()
      ? AmountsByCurrency([Money(minorUnits: 2000, currency: currency)]) : AmountsByCurrency([])
    terms.limits.onBudgetShort = .clip
    let owner = context.customer.userID
    terms.owner = samples.bool() ? owner.map { _ in "somebody else" } : nil
    return Candidate(
      typed: "x", index: index, code: samples.code(), couponID: samples.identifier(), state: .active,
      version: samples.int(1...5), terms: terms, codeOwner: owner,
      used: UsedSoFar(budget: samples.int(0...2500)),
      isHeld: samples.bool())
  }

  @Test(arguments: UInt64(1)...300)
  func `pricing a snapshot again gives the agreed quote`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let context = EligibilityContext(
      customer: samples.customer(), cart: samples.cart(), now: samples.instant())
    let policy = PricingPolicy(
      rounding: samples.pick(Rounding.allCases), percentBase: samples.pick(PricingPolicy.PercentBase.allCases)
    )
    let candidates = (0..<Int(samples.int(1...5))).map { candidate(&samples, index: $0, in: context) }
    var quote = try Pricing(policy: policy).quote(candidates, in: context)

    let snapshot = QuoteSnapshot(quote: quote, context: context, policy: policy, candidates: candidates)
    let basis = try SnapshotBasis(stored: snapshot.basis)
    #expect(basis.engineVersion == QuoteSnapshot.engineVersion)
    #expect(basis.policy == policy)
    #expect(basis.context == context)
    #expect(basis.coupons.map(\.version) == quote.applied.map(\.version))

    #expect(try Quote(stored: addingMembers(to: snapshot.quote)).json == Quote(stored: snapshot.quote).json)
    #expect(try SnapshotBasis(stored: addingMembers(to: snapshot.basis)) == basis)

    let again = try basis.quote { id, version in
      candidates.first { $0.couponID == id && $0.version == version }?.terms
    }
    quote.notApplied = []
    // Whether a limit could be judged depends on the codes that were turned away as well.
    quote.provisional = again.provisional
    #expect(again == quote)
  }

  @Test func `random snapshots do apply coupons`() throws {
    var applied = 0
    for seed in UInt64(1)...300 {
      var samples = Samples(seed: seed)
      let context = EligibilityContext(
        customer: samples.customer(), cart: samples.cart(), now: samples.instant())
      let candidates = (0..<3).map { candidate(&samples, index: $0, in: context) }
      applied += try Pricing().quote(candidates, in: context).applied.count
    }
    #expect(applied > 200)
  }

  /// A lock as it was written by version 2 of the pricing rules. This text never changes; if pricing it gives other
  /// cents, `QuoteSnapshot.engineVersion` must be raised.
  private let golden = """
    {"engine_version":2,"policy":{"rounding":"half_up","percent_base":"running"},"now":"2026-11-21T10:00:00.25Z",\
    "cart":{"currency":"USD","prices_include_tax":true,"channel":"web","lines":[{"id":"l1","product_id":"p1",\
    "seller_id":"s1","categories":["shoes"],"quantity":3,"unit_price":1999},{"id":"l2","product_id":"p2",\
    "seller_id":null,"categories":[],"quantity":7,"unit_price_decimal":"33.333"}],"shipping":[{"id":"s1",\
    "method":"standard","seller_id":null,"amount":500}]},"customer":{"user_id":"u-1","identity_keys":["e:0a1b","u:u-1"],\
    "segments":["vip"],"first_order":true,"country":"DE"},"coupons":[\
    {"coupon_id":"coupon_00000000000000000000000001","version":2,"code":"WELCOME10","code_owner":"u-1",\
    "budget_used":0},{"coupon_id":"coupon_00000000000000000000000002","version":1,"code":"FREESHIP",\
    "code_owner":null,"budget_used":999700}]}
    """

  private let goldenTerms = [
    """
    {"name":"Welcome","discount":{"type":"percent","percent":"7.5","cap":{}},\
    "scope":"order","eligible_lines":null,"rules":{"all":[{"country":{"in":["DE","AT"]}},{"first_order":true}]},\
    "minimum":{"USD":2500},"minimum_basis":"list","starts_at":"2026-11-19T23:00:00Z","ends_at":null,\
    "start_day":"2026-11-20","end_day":null,"time_zone":"Europe/Berlin","limits":{"total":1000,"per_user":1,\
    "per_code":null,"budget":{},"on_budget_short":"refuse","per_period":[]},"owner":null,"seller_id":null,\
    "stacking":{"policy":"open","group":null,"combines_with":["line","order","shipping"]},"priority":0,\
    "restore_on":["canceled"],"automatic":false,"metadata":{}}
    """,
    """
    {"name":"Free shipping","discount":{"type":"shipping","percent":"100",\
    "cap":{"USD":400},"methods":["standard"],"countries":["DE"]},"scope":"order","eligible_lines":null,\
    "rules":null,"minimum":{},"minimum_basis":"list","starts_at":null,"ends_at":null,"start_day":null,\
    "end_day":null,"time_zone":null,"limits":{"total":null,"per_user":null,"per_code":null,\
    "budget":{"USD":1000000},"on_budget_short":"clip","per_period":[]},"owner":null,"seller_id":null,\
    "stacking":{"policy":"open","group":null,"combines_with":["line","order","shipping"]},"priority":0,\
    "restore_on":[],"automatic":false,"metadata":{}}
    """,
  ]

  @Test func `the golden snapshot still comes to the same cents`() throws {
    let basis = try SnapshotBasis(stored: Array(golden.utf8))
    let terms = try goldenTerms.map { try CouponTerms(stored: Array($0.utf8)) }
    let quote = try basis.quote { id, _ in terms[Int(id.value) - 1] }
    // 3 × 19.99 + 0.33333 × 7 = 59.97 + 2.33; 7.5% of 62.30 is 4.6725; the cap gives 4.00 and the budget 3.00.
    #expect(quote.subtotal == 6230)
    #expect(quote.applied.map(\.amount) == [467, 300])
    #expect(quote.applied.map(\.uncappedAmount) == [467, 500])
    // Three units at 150 each; of the other line three at 3 and four at 2.
    #expect(
      quote.applied[0].allocations.map(\.units) == [
        UnitRuns([.init(count: 3, amount: 150)]),
        UnitRuns([.init(count: 3, amount: 3), .init(count: 4, amount: 2)]),
      ])
    #expect(quote.total == 6230 + 500 - 767)
    let candidates = basis.coupons.enumerated().map { index, coupon in
      Candidate(
        typed: coupon.code.canonical, index: index, code: coupon.code, couponID: coupon.couponID,
        state: .active,
        version: coupon.version, terms: terms[index], codeOwner: coupon.codeOwner,
        used: UsedSoFar(budget: coupon.budgetUsed))
    }
    let again = QuoteSnapshot(
      quote: quote, context: basis.context, policy: basis.policy, candidates: candidates)
    #expect(text(again.basis) == golden)
  }
}
