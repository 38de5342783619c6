import Testing

@testable import Scrip

/// A random order with random coupons, all from one seed.
struct RandomOrder {
  var context: EligibilityContext
  var candidates: [Candidate]
  var pricing: Pricing

  init(seed: UInt64, random: inout SeededGenerator, candidatesMax: Int = 7) {
    let lines = (0..<Int.random(in: 1...5, using: &random)).map { index in
      Cart.Line(
        id: "line-\(index)", productID: "product-\(index % 3)", sellerID: index % 2 == 0 ? "acme" : nil,
        categories: index % 2 == 0 ? ["even"] : [], quantity: .random(in: 1...4, using: &random),
        unitPrice: RandomOrder.price(&random))
    }
    let shipping = (0..<Int.random(in: 0...2, using: &random)).map {
      Cart.Shipping(id: "charge-\($0)", method: "method-\($0)", amount: .random(in: 0...900, using: &random))
    }
    context = EligibilityContext(
      customer: Customer(userID: "ann", country: "DE"),
      cart: Cart(currency: eur, lines: lines, shipping: shipping), now: noon)
    pricing = Pricing(
      policy: PricingPolicy(
        rounding: Rounding.allCases.randomElement(using: &random)!,
        percentBase: PricingPolicy.PercentBase.allCases.randomElement(using: &random)!))
    candidates = []
    for number in 0..<Int.random(in: 0...candidatesMax, using: &random) {
      let terms = RandomOrder.terms(&random)
      let budgetUsed = Int64.random(in: 0...1500, using: &random)
      candidates.append(
        candidate(number, terms) { candidate in
          candidate.couponID = Coupon.ID(UInt128(random.next() % 1000) << 8 | UInt128(number))
          candidate.used.budget = budgetUsed
        })
    }
  }

  private static func price(_ random: inout SeededGenerator) -> UnitPrice {
    switch Int.random(in: 0...7, using: &random) {
    case 0: UnitPrice(minorUnits: 0)!
    case 1: UnitPrice(decimal: "33.333")!
    case 2: UnitPrice(minorUnits: .random(in: 1...3, using: &random))!
    default: UnitPrice(minorUnits: .random(in: 1...3000, using: &random))!
    }
  }

  private static func terms(_ random: inout SeededGenerator) -> CouponTerms {
    let cap = Bool.random(using: &random) ? nil : Int64.random(in: 0...700, using: &random)
    let share = Percent(
      partsPerMillion: Int.random(in: 0...5, using: &random) == 0
        ? 1_000_000 : .random(in: 1...1_000_000, using: &random))!
    let caps = cap.map { amounts($0) } ?? AmountsByCurrency([])
    let discount: Discount =
      switch Int.random(in: 0...5, using: &random) {
      case 0, 1: .percent(share, cap: caps)
      case 2, 3: .fixed(amounts(.random(in: 0...1200, using: &random)))
      case 4: .shipping(ShippingDiscount(percent: share, cap: caps))
      default: .percent(share, cap: AmountsByCurrency([]))
      }
    let policy: Stacking.Policy =
      switch Int.random(in: 0...6, using: &random) {
      case 0: .exclusive
      case 1, 2: .group(["a", "b"].randomElement(using: &random)!)
      default: .open
      }
    let classes = DiscountClass.allCases.filter { _ in Int.random(in: 0...5, using: &random) > 0 }
    var terms = CouponTerms(
      name: "coupon", discount: discount, scope: DiscountScope.allCases.randomElement(using: &random)!,
      stacking: Stacking(policy: policy, combinesWith: Set(classes)),
      priority: .random(in: -1...1, using: &random))
    switch Int.random(in: 0...9, using: &random) {
    case 0: terms.eligibleLines = .condition(.category(.isIn(["even"])))
    case 1: terms.eligibleLines = .condition(.product(.isNotIn(["product-1"])))
    case 2: terms.sellerID = "acme"
    case 3: terms.minimum = amounts(.random(in: 1...3000, using: &random))
    case 4:
      terms.limits.budget = amounts(1500)
      terms.limits.onBudgetShort = Bool.random(using: &random) ? .clip : .refuse
    default: break
    }
    return terms
  }
}

@Suite struct `For any order and any coupons` {
  private func forAll(
    _ seeds: Range<UInt64>, _ law: (UInt64, RandomOrder, inout SeededGenerator) throws -> Void
  ) throws {
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      let order = RandomOrder(seed: seed, random: &random)
      try law(seed, order, &random)
    }
  }

  @Test func `the cents add up`() throws {
    try forAll(0..<2500) { seed, order, _ in
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      let cart = order.context.cart
      #expect(quote.discount == quote.applied.reduce(0) { $0 + $1.amount }, "seed \(seed)")
      #expect(quote.total == quote.subtotal + quote.shipping - quote.discount, "seed \(seed)")
      #expect(quote.total >= 0, "seed \(seed)")
      #expect(quote.applied.count + quote.notApplied.count == order.candidates.count, "seed \(seed)")
      for applied in quote.applied {
        #expect(applied.amount == applied.allocations.reduce(0) { $0 + $1.amount }, "seed \(seed)")
        #expect(applied.amount > 0 || applied.pending, "seed \(seed)")
        #expect(applied.amount <= applied.uncappedAmount, "seed \(seed)")
        for part in applied.allocations {
          #expect(part.amount > 0, "seed \(seed)")
          switch part.target {
          case .line(let line):
            #expect(part.targetID == cart.lines[line].id, "seed \(seed)")
            #expect(part.units.unitCount == cart.lines[line].quantity, "seed \(seed)")
            #expect(part.units.total == part.amount, "seed \(seed)")
            #expect(applied.discountClass != .shipping, "seed \(seed)")
          case .shipping(let charge):
            #expect(part.targetID == cart.shipping[charge].id, "seed \(seed)")
            #expect(part.units.isEmpty && applied.discountClass == .shipping, "seed \(seed)")
          }
        }
      }
    }
  }

  @Test func `nothing is discounted below zero: no line, no unit, no charge`() throws {
    try forAll(0..<2500) { seed, order, _ in
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      let cart = order.context.cart
      var units = try cart.lines.map { line in
        let amount = try line.unitPrice.times(line.quantity)
        return (0..<line.quantity).map { amount / line.quantity + ($0 < amount % line.quantity ? 1 : 0) }
      }
      var charges = cart.shipping.map(\.amount)
      for part in quote.applied.flatMap(\.allocations) {
        switch part.target {
        case .line(let line):
          for (unit, amount) in part.units.each.enumerated() { units[line][unit] -= amount }
        case .shipping(let charge): charges[charge] -= part.amount
        }
      }
      #expect(units.joined().allSatisfy { $0 >= 0 }, "seed \(seed)")
      #expect(charges.allSatisfy { $0 >= 0 }, "seed \(seed)")
      #expect(units.joined().reduce(0, +) + charges.reduce(0, +) == quote.total, "seed \(seed)")
    }
  }

  @Test func `no coupon takes more than its cap or than its budget has left`() throws {
    try forAll(0..<2500) { seed, order, _ in
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      for applied in quote.applied {
        let candidate = try #require(order.candidates.first { $0.couponID == applied.couponID })
        if let cap = candidate.terms.kind.cap[eur] { #expect(applied.amount <= cap, "seed \(seed)") }
        if let budget = candidate.terms.limits.budget[eur] {
          #expect(applied.amount <= budget - candidate.used.budget, "seed \(seed)")
        }
        if case .fixed(let fixed) = candidate.terms.discount, candidate.terms.scope == .order {
          #expect(applied.amount <= fixed.amounts[eur]!, "seed \(seed)")
        }
      }
    }
  }

  @Test func `the order of the codes changes nothing`() throws {
    try forAll(0..<2000) { seed, order, random in
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      var shuffled = order.candidates.shuffled(using: &random)
      for place in shuffled.indices { shuffled[place].index = place }
      let again = try order.pricing.quote(shuffled, in: order.context)
      #expect(again.applied == quote.applied, "seed \(seed)")
      #expect(again.notApplied.map(\.index) == again.notApplied.map(\.index).sorted(), "seed \(seed)")
      #expect(
        Set(again.notApplied.map(withoutPlace)) == Set(quote.notApplied.map(withoutPlace)), "seed \(seed)")
    }
  }

  @Test func `no coupon's age decides between a narrow and a wide one`() throws {
    try forAll(0..<1500) { seed, order, random in
      var order = order
      var costs: Set<Int64> = []
      // Alike in everything that is computed before the goods are looked at, each with goods of its own cost.
      order.candidates = try order.candidates.filter { candidate in
        let lines = order.context.cart.lines.indices.filter {
          candidate.terms.mayDiscount($0, of: order.context.cart)
        }
        let cost = try lines.reduce(0) {
          try $0 + order.context.cart.lines[$1].unitPrice.times(order.context.cart.lines[$1].quantity)
        }
        return candidate.terms.discountClass != .shipping && costs.insert(cost).inserted
      }
      for place in order.candidates.indices { order.candidates[place].terms.stacking = .open }
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      let ids = order.candidates.map(\.couponID).shuffled(using: &random)
      var renamed = order.candidates
      for place in renamed.indices { renamed[place].couponID = ids[place] }
      let again = try order.pricing.quote(renamed, in: order.context)
      #expect(again.applied.map(\.code) == quote.applied.map(\.code), "seed \(seed)")
      #expect(again.applied.map(\.allocations) == quote.applied.map(\.allocations), "seed \(seed)")
    }
  }

  @Test func `of three coupons the narrow one is computed first, whichever is older`() throws {
    let goods = Cart(currency: eur, lines: [line(0, price: 1299), line(1, price: 499, quantity: 2)])
    let coupons = [
      terms(fixed(500)), terms(fixed(1000)) { $0.eligibleLines = .condition(.product(.isIn(["product-0"]))) },
      terms(fixed(100)),
    ]
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let priced = try Pricing().quote(
        zip(order, coupons).map { candidate($0, $1) }, in: context(goods))
      #expect(priced.discount == 1600)
      #expect(priced.winners.first == order[1])
    }
  }

  private func withoutPlace(_ refused: RefusedCode) -> RefusedCode {
    var refused = refused
    refused.index = 0
    return refused
  }

  @Test func `asking again gives the same, and so do the applied coupons by themselves`() throws {
    try forAll(0..<2000) { seed, order, _ in
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      #expect(try order.pricing.quote(order.candidates, in: order.context) == quote, "seed \(seed)")
      let winners = Set(quote.applied.map(\.couponID))
      let alone = try order.pricing.quote(
        order.candidates.filter { winners.contains($0.couponID) }, in: order.context)
      #expect(alone.applied == quote.applied, "seed \(seed)")
      #expect(alone.notApplied.isEmpty, "seed \(seed)")
    }
  }

  @Test func `coupons that apply consent to one another, and losers met one that does not`() throws {
    try forAll(0..<2000) { seed, order, _ in
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      let terms = Dictionary(uniqueKeysWithValues: order.candidates.map { ($0.couponID, $0.terms) })
      let winners = try quote.applied.map { try #require(terms[$0.couponID]) }
      for (place, left) in winners.enumerated() {
        for right in winners.dropFirst(place + 1) {
          #expect(Combinations.combine(left, right), "seed \(seed)")
        }
      }
      for refused in quote.notApplied {
        guard [.combinationDisallowed, .betterDiscountApplied].contains(refused.reason) else { continue }
        let id = try #require(refused.couponID)
        let loser = try #require(terms[id])
        #expect(winners.contains { !Combinations.combine(loser, $0) }, "seed \(seed)")
      }
    }
  }

  @Test func `an order discount falls on each line within one minor unit of its share`() throws {
    try forAll(0..<2000) { seed, order, _ in
      guard var only = order.candidates.first, only.terms.discountClass != .shipping else { return }
      only.terms.scope = .order
      only.terms.eligibleLines = nil
      only.terms.sellerID = nil
      let quote = try order.pricing.quote([only], in: order.context)
      guard let applied = quote.applied.first else { return }
      for part in applied.allocations {
        guard case .line(let index) = part.target else { continue }
        let line = order.context.cart.lines[index]
        let weight = try line.unitPrice.times(line.quantity)
        let distance = Int128(part.amount) * Int128(quote.subtotal) - Int128(applied.amount) * Int128(weight)
        #expect(distance.magnitude < Int128(quote.subtotal).magnitude, "seed \(seed)")
        #expect(part.amount <= weight, "seed \(seed)")
        #expect(
          part.units.count <= 2 && (part.units.each.max() ?? 0) - (part.units.each.min() ?? 0) <= 1,
          "seed \(seed)")
      }
    }
  }
}

/// What the choice of the combination promises, against every set of consenting coupons.
@Suite struct `The chosen combination` {
  /// Prices a set of coupons that all consent to one another, with nothing to choose.
  private func savings(_ set: [Candidate], _ order: RandomOrder) throws -> Int64 {
    var open = set
    for place in open.indices { open[place].terms.stacking = .open }
    return try order.pricing.quote(open, in: order.context).discount
  }

  private func consentingSets(_ candidates: [Candidate]) -> [[Candidate]] {
    (0..<(1 << candidates.count)).compactMap { bits in
      let set = candidates.indices.filter { bits >> $0 & 1 == 1 }.map { candidates[$0] }
      for (place, left) in set.enumerated() {
        for right in set.dropFirst(place + 1) where !Combinations.combine(left.terms, right.terms) {
          return nil
        }
      }
      return set
    }
  }

  @Test func `saves the most of all consenting sets that can't be enlarged`() throws {
    for seed in UInt64(10_000)..<10_700 {
      var random = SeededGenerator(seed: seed)
      let order = RandomOrder(seed: seed, random: &random, candidatesMax: 5)
      let chosen = try order.pricing.quote(order.candidates, in: order.context).discount
      let eligible = try order.candidates.filter {
        let reasons = try order.pricing.quote([$0], in: order.context).reasons
        return reasons.isEmpty || reasons == [.noEffect] || reasons == [.budgetExhausted]
      }
      let sets = consentingSets(eligible)
      let largest = sets.filter { set in
        let ids = Set(set.map(\.couponID))
        return !sets.contains { Set($0.map(\.couponID)).isStrictSuperset(of: ids) }
      }
      #expect(try chosen == largest.map { try savings($0, order) }.max() ?? 0, "seed \(seed)")
    }
  }

  /// On one line of one unit, what a coupon leaves never grows when less comes in: an amount, a share with a cap and
  /// a budget are all monotone. So a further coupon never costs the shopper anything, and the law is exact. (Not for
  /// minimums on the running amount, which an earlier coupon can bring out of reach.)
  @Test func `saves the most of all consenting sets when there is one unit`() throws {
    for seed in UInt64(20_000)..<20_700 {
      var random = SeededGenerator(seed: seed)
      var order = RandomOrder(seed: seed, random: &random, candidatesMax: 5)
      order.context.cart.lines = [order.context.cart.lines[0]]
      order.context.cart.lines[0].quantity = 1
      order.context.cart.shipping = [Cart.Shipping(id: "s", method: "m", amount: 490)]
      let chosen = try order.pricing.quote(order.candidates, in: order.context).discount
      for set in consentingSets(order.candidates) {
        #expect(try savings(set, order) <= chosen, "seed \(seed)")
      }
    }
  }

  /// With several units a further coupon moves odd minor units to other lines, and each later coupon may round the
  /// other way on each unit: at most one minor unit for each unit and coupon.
  @Test func `is beaten by odd minor units alone when there are several units`() throws {
    for seed in UInt64(30_000)..<30_700 {
      var random = SeededGenerator(seed: seed)
      let order = RandomOrder(seed: seed, random: &random, candidatesMax: 5)
      let chosen = try order.pricing.quote(order.candidates, in: order.context).discount
      let places =
        order.context.cart.lines.reduce(0) { $0 + $1.quantity } + Int64(order.context.cart.shipping.count)
      for set in consentingSets(order.candidates) {
        #expect(try savings(set, order) <= chosen + places * Int64(order.candidates.count), "seed \(seed)")
      }
    }
  }

  @Test func `may lose to a smaller one over a minimum on the running amount`() throws {
    let running = terms(fixed(5000), priority: 1) {
      ($0.minimum, $0.minimumBasis) = (amounts(10_000), .running)
    }
    let priced = try quote(cart(10_000), running, terms(fixed(1)))
    #expect(priced.amounts == [1])
    #expect(priced.reasons == [.minimumNotReached])
  }
}

@Suite struct `Maximal consenting sets` {
  private func coupon(_ candidate: Candidate) throws -> Eligible {
    Eligible([candidate], 0, Targets(lines: []), of: try Goods(cart(1)))
  }

  @Test func `are those that brute force finds`() throws {
    for seed in UInt64(0)..<500 {
      var random = SeededGenerator(seed: seed)
      let order = RandomOrder(seed: seed, random: &random, candidatesMax: 8)
      guard !order.candidates.isEmpty else { continue }
      let terms = order.candidates.map(\.terms)
      let consenting = (UInt32(1)..<(1 << UInt32(terms.count))).filter { set in
        bits(of: set).allSatisfy { left in
          bits(of: set).allSatisfy { left == $0 || Combinations.combine(terms[left], terms[$0]) }
        }
      }
      let maximal = consenting.filter { set in !consenting.contains { $0 != set && $0 & set == set } }
      let found = Combinations(try order.candidates.map { try coupon($0) }).maximalSets()
      #expect(found.sorted() == maximal.sorted(), "seed \(seed)")
    }
  }

  @Test func `are at most 36 of ten coupons`() throws {
    let groups = [3, 3, 4].enumerated().flatMap { group, size in
      [StackingGroup](repeating: "g\(group)", count: size)
    }
    let coupons = try groups.enumerated().map { number, group in
      try coupon(candidate(number, terms(fixed(1), stacking: Stacking(policy: .group(group)))))
    }
    #expect(Combinations(coupons).maximalSets().count == 36)
  }
}
