import Testing

@testable import Scrip

@Suite struct `Truths of which something is unknown` {
  private typealias Row = (left: Truth, right: Truth, both: Truth, either: Truth)

  private static let table: [Row] = [
    (.holds, .holds, .holds, .holds), (.holds, .unknown, .unknown, .holds), (.holds, .fails, .fails, .holds),
    (.unknown, .holds, .unknown, .holds), (.unknown, .unknown, .unknown, .unknown),
    (.unknown, .fails, .fails, .unknown), (.fails, .holds, .fails, .holds),
    (.fails, .unknown, .fails, .unknown), (.fails, .fails, .fails, .fails),
  ]

  @Test func `follow Kleene's tables`() {
    #expect(!Truth.holds == .fails && !Truth.fails == .holds && !Truth.unknown == .unknown)
    #expect(Self.table.count == Truth.allCases.count * Truth.allCases.count)
    for row in Self.table {
      #expect((row.left && row.right) == row.both, "\(row)")
      #expect((row.left || row.right) == row.either, "\(row)")
      #expect([row.left, row.right].everyOne { $0 } == row.both, "\(row)")
      #expect([row.left, row.right].someOne { $0 } == row.either, "\(row)")
    }
    #expect([].everyOne { $0 } == .holds)
    #expect([].someOne { $0 } == .fails)
  }

  @Test func `make trees of three parts what their tables say, in any order`() {
    for one in Truth.allCases {
      for other in Truth.allCases {
        for third in Truth.allCases {
          let truths = [one, other, third]
          let test: (Int) -> Truth = { truths[$0] }
          let parts = [0, 1, 2].map { RuleTree<Int>.condition($0) }
          let all: Truth = truths.contains(.fails) ? .fails : truths.contains(.unknown) ? .unknown : .holds
          let any: Truth = truths.contains(.holds) ? .holds : truths.contains(.unknown) ? .unknown : .fails
          #expect(RuleTree.all(parts).judged(by: test) == all)
          #expect(RuleTree.any(parts).judged(by: test) == any)
          #expect(RuleTree.not(.all(parts)).judged(by: test) == !all)
          #expect(RuleTree.not(.any(parts)).judged(by: test) == !any)
        }
      }
    }
    #expect(RuleTree<Int>.all([]).judged { _ in .unknown } == .holds)
    #expect(RuleTree<Int>.any([]).judged { _ in .unknown } == .fails)
  }
}

@Suite struct `Rule trees of which conditions are unknown` {
  /// Every way to judge the conditions 0 and 1.
  private static let assignments = Truth.allCases.flatMap { one in Truth.allCases.map { [one, $0] } }

  /// Every way in which what is unknown may turn out.
  private static func completions(_ truths: [Truth]) -> [[Truth]] {
    truths.reduce([[]]) { all, truth in
      all.flatMap { known in
        truth == .unknown ? [known + [.holds], known + [.fails]] : [known + [truth]]
      }
    }
  }

  @Test func `are judged as ordinary logic does once everything is known`() {
    func holds(_ tree: RuleTree<Int>, _ truths: [Truth]) -> Bool {
      switch tree {
      case .all(let parts): !parts.contains { !holds($0, truths) }
      case .any(let parts): parts.contains { holds($0, truths) }
      case .not(let part): !holds(part, truths)
      case .condition(let condition): truths[condition] == .holds
      }
    }
    for tree in `Rule trees`.trees {
      for truths in Self.assignments where !truths.contains(.unknown) {
        #expect(tree.judged { truths[$0] } == Truth(holds(tree, truths)), "\(tree) \(truths)")
      }
    }
  }

  @Test func `never change an answer that they have given, whatever becomes known`() {
    for tree in `Rule trees`.trees {
      for truths in Self.assignments {
        let judged = tree.judged { truths[$0] }
        if judged == .unknown { continue }
        for known in Self.completions(truths) {
          #expect(tree.judged { known[$0] } == judged, "\(tree) \(truths) \(known)")
        }
      }
    }
  }

  @Test func `have obstacles only when they fail, and questions only when they are unknown`() {
    for tree in `Rule trees`.trees {
      for truths in Self.assignments {
        let judged = tree.judged { truths[$0] }
        let obstacles = tree.obstacles { truths[$0] }
        let questions = tree.openQuestions({ truths[$0] }, ifTold: { _ in true })
        if judged != .fails { #expect(obstacles.isEmpty, "\(tree) \(truths)") }
        #expect(questions.isEmpty == (judged != .unknown), "\(tree) \(truths)")
        #expect(obstacles.allSatisfy { truths[$0] != .unknown }, "\(tree) \(truths)")
        #expect(questions.allSatisfy { truths[$0] == .unknown }, "\(tree) \(truths)")
      }
    }
  }

  /// A tree over the conditions below a number, each of which stands in it once, as brute force needs it.
  private func tree(_ conditions: [Int], _ random: inout SeededGenerator) -> RuleTree<Int> {
    if conditions.count == 1, Bool.random(using: &random) { return .condition(conditions[0]) }
    if Int.random(in: 0...3, using: &random) == 0 { return .not(tree(conditions, &random)) }
    let cut = Int.random(in: 0...conditions.count, using: &random)
    let parts = [conditions[..<cut], conditions[cut...]].filter { !$0.isEmpty }.map { part in
      part.count == conditions.count ? .condition(part[part.startIndex]) : tree(Array(part), &random)
    }
    return Bool.random(using: &random) ? .all(parts) : .any(parts)
  }

  @Test func `could hold exactly if something that can be told makes them hold`() {
    for seed in UInt64(0)..<1500 {
      var random = SeededGenerator(seed: seed)
      let tree = tree(Array(0..<5), &random)
      let truths = (0..<5).map { _ in Truth.allCases.randomElement(using: &random)! }
      let tellable = (0..<5).map { _ in Bool.random(using: &random) }
      let told = Self.completions(zip(truths, tellable).map { $1 ? $0 : .holds }).map { known in
        zip(zip(truths, tellable), known).map { $0.1 ? $1 : $0.0 }
      }
      let expected = told.contains { known in tree.judged { known[$0] } == .holds }
      #expect(
        tree.couldHold({ truths[$0] }, ifTold: { tellable[$0] }) == expected,
        "seed \(seed): \(tree) \(truths)")
    }
  }

  @Test func `leave no question that could be told once all that they ask is answered`() {
    var asked = 0
    for seed in UInt64(0)..<1500 {
      var random = SeededGenerator(seed: seed)
      let tree = tree(Array(0..<5), &random)
      let truths = (0..<5).map { _ in Truth.allCases.randomElement(using: &random)! }
      let tellable = (0..<5).map { _ in Bool.random(using: &random) }
      let questions = Set(tree.openQuestions({ truths[$0] }, ifTold: { tellable[$0] }))
      if questions.isEmpty { continue }
      asked += 1
      let answers = Self.completions((0..<5).map { questions.contains($0) ? truths[$0] : .holds })
      for answer in answers {
        let known = (0..<5).map { questions.contains($0) ? answer[$0] : truths[$0] }
        #expect(
          tree.openQuestions({ known[$0] }, ifTold: { tellable[$0] }).isEmpty,
          "seed \(seed): \(tree) \(truths)")
      }
    }
    #expect(asked > 200)
  }
}

@Suite struct `What nobody said` {
  private func refusal(_ rules: Rule, for customer: Customer = Customer(), of goods: Cart = cart(6000)) throws
    -> RefusedCode?
  {
    let priced = try Pricing().quote(
      [candidate(0, terms(percent("10")) { $0.rules = rules })], in: context(goods, customer: customer))
    let refused = priced.notApplied.first
    let isLacking = refused?.facts["missing"] != nil
    #expect(priced.provisional == isLacking)
    #expect(refused.map { [.notEligible, .currencyMismatch].contains($0.reason) } ?? true)
    return refused
  }

  static let questions: [(Rule, OrderFact)] = [
    (.condition(.firstOrder(true)), .firstOrder), (.condition(.firstOrder(false)), .firstOrder),
    (.condition(.country(.isIn(["DE"]))), .country), (.condition(.country(.isNotIn(["DE"]))), .country),
    (.condition(.user(.isIn(["ann"]))), .userID), (.condition(.user(.isNotIn(["eve"]))), .userID),
    (.condition(.segment(.isNotIn(["vip"]))), .segments), (.condition(.channel(.isNotIn(["app"]))), .channel),
    (.condition(.seller(.isNotIn(["acme"]))), .lineSellers),
    (.condition(.category(.isNotIn(["sale"]))), .lineCategories),
    (.condition(.paymentMethod(.isIn(["card"]))), .paymentMethod),
    (.condition(.paymentMethod(.isNotIn(["card"]))), .paymentMethod),
  ]

  @Test(arguments: questions)
  func `grants nothing, neither as it is nor under not, and is asked for by name`(rule: Rule, fact: OrderFact)
    throws
  {
    guard case .condition(let condition) = rule else {
      Issue.record("a single condition is expected")
      return
    }
    for rule in [rule, .not(rule), .all([rule, .all([])]), .any([rule, .any([])])] {
      let refused = try #require(try refusal(rule))
      #expect(refused.reason == .notEligible)
      #expect(refused.facts["missing"] == .list([fact.rawValue]))
      #expect(refused.facts["conditions"] == .list([condition.name]))
    }
  }

  @Test func `does not matter where something known decides`() throws {
    let unknown = Rule.condition(.firstOrder(true))
    #expect(try refusal(.any([unknown, .condition(.quantity(minimum: 1))])) == nil)
    let refused = try #require(try refusal(.all([unknown, .condition(.quantity(minimum: 9))])))
    #expect(refused.facts == ["conditions": .list(["quantity"])])
    #expect(try refusal(.not(.all([unknown, .condition(.quantity(minimum: 9))]))) == nil)
  }

  @Test func `is not what somebody said to be empty`() throws {
    let outsiders = Rule.condition(.segment(.isNotIn(["vip"])))
    #expect(try refusal(outsiders, for: Customer(segments: [])) == nil)
    #expect(try refusal(.not(outsiders), for: Customer(segments: []))?.facts["missing"] == nil)
    let unsorted = Cart(currency: eur, lines: [line(0, price: 9, categories: [])])
    #expect(try refusal(.condition(.category(.isNotIn(["sale"]))), of: unsorted) == nil)
  }

  @Test func `of one line leaves open what the others do not decide`() throws {
    let goods = Cart(
      currency: eur, lines: [line(0, price: 9, seller: "acme", categories: ["sale"]), line(1, price: 9)])
    #expect(try refusal(.condition(.seller(.isIn(["acme"]))), of: goods) == nil)
    #expect(try refusal(.not(.condition(.seller(.isIn(["acme"])))), of: goods)?.facts["missing"] == nil)
    #expect(
      try refusal(.condition(.seller(.isIn(["zeta"]))), of: goods)?.facts["missing"]
        == .list(["cart.lines.seller_id"]))
    #expect(
      try refusal(.condition(.category(.isNotIn(["hats"]))), of: goods)?.facts["missing"]
        == .list(["cart.lines.categories"]))
  }

  @Test func `is not asked of a list that is empty anyway`() throws {
    #expect(try refusal(.condition(.channel(.isNotIn([])))) == nil)
    #expect(try refusal(.condition(.channel(.isIn([]))))?.facts["missing"] == nil)
    #expect(try refusal(.condition(.segment(.isNotIn([])))) == nil)
    #expect(try refusal(.condition(.seller(.isNotIn([])))) == nil)
  }

  @Test func `of several things is asked for at once, each by its name once`() throws {
    let rules = Rule.all([
      .condition(.country(.isIn(["DE"]))), .condition(.firstOrder(true)),
      .not(.condition(.country(.isIn(["AT"])))),
    ])
    #expect(
      try refusal(rules)?.facts == [
        "conditions": .list(["country", "first_order"]),
        "missing": .list(["customer.country", "customer.first_order"]),
      ])
  }

  @Test func `of an amount in another currency is a mismatch, however it is turned`() throws {
    let rich = Rule.condition(.amount(minimum: amounts(5000)))
    let yen = cart(9999, currency: jpy)
    for rules in [rich, .not(rich), .any([rich, .condition(.quantity(minimum: 9))]), .not(.not(rich))] {
      let refused = try #require(try refusal(rules, of: yen))
      #expect(refused.reason == .currencyMismatch)
      #expect(refused.facts == ["currency": .text("JPY"), "conditions": .list(["amount"])])
    }
    #expect(try refusal(.any([rich, .condition(.quantity(minimum: 1))]), of: yen) == nil)
    #expect(
      try refusal(.all([rich, .condition(.quantity(minimum: 9))]), of: yen)?.reason == .notEligible)
  }

  @Test func `is asked for only if it could make up for an amount in another currency`() throws {
    let rich = Rule.condition(.amount(maximum: amounts(5000)))
    let first = Rule.condition(.firstOrder(true))
    let yen = cart(9999, currency: jpy)
    #expect(try refusal(.all([rich, first]), of: yen)?.reason == .currencyMismatch)
    #expect(try refusal(.any([rich, first]), of: yen)?.facts["missing"] == .list(["customer.first_order"]))
    #expect(try refusal(.not(.all([rich, first])), of: yen)?.reason == .notEligible)
    #expect(try refusal(.not(.any([rich, first])), of: yen)?.reason == .currencyMismatch)
  }

  @Test func `includes a country that is none, with what was probably meant`() throws {
    let germans = Rule.condition(.country(.isNotIn(["DE"])))
    #expect(try refusal(germans, for: Customer(country: "GB")) == nil)
    let british = try #require(try refusal(germans, for: Customer(country: "UK")))
    #expect(
      british.facts == [
        "conditions": .list(["country"]), "missing": .list(["customer.country"]), "country": .text("UK"),
        "suggestion": .text("GB"),
      ])
    let nowhere = try #require(try refusal(germans, for: Customer(country: "XX")))
    #expect(nowhere.facts["country"] == .text("XX") && nowhere.facts["suggestion"] == nil)
  }

  @Test func `does not make a quote provisional for a stranger to whom a coupon is used up`() throws {
    func isProvisional(used: Int64) throws -> Bool {
      let coupon = candidate(
        0, terms(percent("10")) { ($0.limits.perUser, $0.limits.budget) = (1, amounts(1000)) }
      ) { $0.used.budget = used }
      return try Pricing().quote([coupon], in: context(cart(6000), customer: Customer())).provisional
    }
    #expect(try isProvisional(used: 400))
    #expect(try !isProvisional(used: 401))
    #expect(try !isProvisional(used: 1000))
  }
}

@Suite struct `Lines of which something is unknown` {
  static let goods = Cart(
    currency: eur,
    lines: [line(0, price: 100), line(1, price: 100, seller: "acme", categories: ["shoes"])])

  private func price(_ rule: LineRule?, seller: SellerID? = nil, _ goods: Cart = goods) throws -> Quote {
    try quote(goods, terms(percent("10"), scope: .line) { ($0.eligibleLines, $0.sellerID) = (rule, seller) })
  }

  @Test(
    arguments: [
      (.condition(.seller(.isNotIn(["zeta"]))), [1]), (.not(.condition(.seller(.isIn(["zeta"])))), [1]),
      (.condition(.category(.isNotIn(["sale"]))), [1]), (.not(.condition(.category(.isIn(["sale"])))), [1]),
      (.any([.condition(.category(.isIn(["sale"]))), .condition(.product(.isIn(["product-0"])))]), [0]),
    ] as [(LineRule, [Int])])
  func `are not discounted unless something known decides`(rule: LineRule, lines: [Int]) throws {
    let priced = try price(rule)
    #expect(priced.applied.flatMap(\.allocations).map(\.target) == lines.map { .line($0) })
    #expect(!priced.provisional)
  }

  @Test func `are asked for if there are no others`() throws {
    let sale = try price(.condition(.category(.isIn(["sale"]))))
    #expect(sale.reasons == [.noEligibleLines] && sale.provisional)
    #expect(
      sale.notApplied[0].facts == [
        "conditions": .list(["category"]), "missing": .list(["cart.lines.categories"]),
      ])
    let others = try price(nil, seller: "zeta")
    #expect(others.notApplied[0].facts["missing"] == .list(["cart.lines.seller_id"]))
    #expect(others.provisional)
    let known = try price(
      nil, seller: "zeta", Cart(currency: eur, lines: [line(0, price: 9, seller: "acme")]))
    #expect(known.notApplied[0].facts == ["conditions": .list(["seller"])])
    #expect(!known.provisional)
  }
}

/// Random rules over real conditions, and orders of which some facts are withheld.
@Suite struct `Withholding facts` {
  private static let goods = {
    var cart = Cart(
      currency: eur, channel: "web",
      lines: [
        line(0, price: 3000, seller: "acme", categories: ["shoes"]),
        line(1, price: 100, seller: "zeta", categories: []),
      ])
    cart.paymentMethod = "card"
    return cart
  }()
  private static let whole = context(
    goods, customer: Customer(userID: "ann", segments: ["vip"], firstOrder: true, country: "DE"))

  private func withhold(_ facts: Set<OrderFact>, of order: EligibilityContext) -> EligibilityContext {
    var order = order
    if facts.contains(.userID) { order.customer.userID = nil }
    if facts.contains(.segments) { order.customer.segments = nil }
    if facts.contains(.firstOrder) { order.customer.firstOrder = nil }
    if facts.contains(.country) { order.customer.country = nil }
    if facts.contains(.channel) { order.cart.channel = nil }
    if facts.contains(.paymentMethod) { order.cart.paymentMethod = nil }
    for place in order.cart.lines.indices {
      if facts.contains(.lineSellers) { order.cart.lines[place].sellerID = nil }
      if facts.contains(.lineCategories) { order.cart.lines[place].categories = nil }
    }
    return order
  }

  private func condition(_ random: inout SeededGenerator) -> OrderCondition {
    func list<Subject>(_ values: [ExactText<Subject>]) -> Membership<Subject> {
      let list = values.filter { _ in Bool.random(using: &random) }
      return Bool.random(using: &random) ? .isIn(list) : .isNotIn(list)
    }
    switch Int.random(in: 0...10, using: &random) {
    case 0:
      return .amount(
        minimum: amounts(.random(in: 1...6000, using: &random), [eur, jpy].randomElement(using: &random)!))
    case 1:
      return .amount(
        maximum: amounts(.random(in: 1...6000, using: &random), [eur, jpy].randomElement(using: &random)!))
    case 2: return .quantity(minimum: .random(in: 1...4, using: &random))
    case 3: return .user(list(["ann", "bob"]))
    case 4: return .seller(list(["acme", "yota"]))
    case 5: return .category(list(["shoes", "hats"]))
    case 6: return .country(list(["DE", "FR"]))
    case 7: return .channel(list(["web", "app"]))
    case 8: return .segment(list(["vip", "new"]))
    case 9: return .paymentMethod(list(["card", "invoice"]))
    default: return .firstOrder(Bool.random(using: &random))
    }
  }

  private func rule(_ random: inout SeededGenerator, depth: Int = 4) -> Rule {
    guard depth > 1 else { return .condition(condition(&random)) }
    let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in rule(&random, depth: depth - 1) }
    switch Int.random(in: 0...4, using: &random) {
    case 0: return .all(parts)
    case 1: return .any(parts)
    case 2: return .not(parts[0])
    default: return .condition(condition(&random))
    }
  }

  @Test func `never turns a refusal into a discount, and what is asked for settles it`() throws {
    var counts: [String: Int] = [:]
    for seed in UInt64(0)..<3000 {
      var random = SeededGenerator(seed: seed)
      let coupon = candidate(0, terms(percent("10")) { $0.rules = rule(&random) })
      let withheld = Set(OrderFact.all.filter { _ in Bool.random(using: &random) })
      func price(_ order: EligibilityContext) throws -> RefusedCode? {
        let quote = try Pricing().quote([coupon], in: order)
        #expect(quote.provisional == (quote.notApplied.first?.facts["missing"] != nil), "seed \(seed)")
        return quote.notApplied.first
      }
      let whole = try price(Self.whole)
      #expect(whole?.facts["missing"] == nil, "seed \(seed)")
      guard let refused = try price(withhold(withheld, of: Self.whole)) else {
        counts["applies", default: 0] += 1
        #expect(whole == nil, "seed \(seed)")
        continue
      }
      if case .list(let missing) = refused.facts["missing"] {
        counts["missing", default: 0] += 1
        let asked = Set(OrderFact.all.filter { missing.contains($0.rawValue) })
        #expect(refused.reason == .notEligible && asked.count == missing.count, "seed \(seed)")
        #expect(asked.isSubset(of: withheld), "seed \(seed)")
        let told = try price(withhold(withheld.subtracting(asked), of: Self.whole))
        #expect(told?.facts["missing"] == nil, "seed \(seed)")
        if told == nil { #expect(whole == nil, "seed \(seed)") }
      } else if refused.reason == .currencyMismatch {
        counts["mismatch", default: 0] += 1
        #expect(whole != nil, "seed \(seed)")
      } else {
        counts["fails", default: 0] += 1
        #expect(refused.reason == .notEligible && whole?.reason == .notEligible, "seed \(seed)")
      }
    }
    for outcome in ["applies", "missing", "mismatch", "fails"] { #expect(counts[outcome, default: 0] > 100) }
  }
}
