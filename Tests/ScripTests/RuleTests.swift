import Testing

@testable import Scrip

@Suite struct `Conditions on orders` {
  static let order = {
    var cart = Cart(
      currency: eur, channel: "web",
      lines: [
        line(0, price: 3000, quantity: 2, seller: "acme", categories: ["shoes", "sale"]),
        line(1, price: 4000, seller: "acme", categories: []),
      ])
    cart.paymentMethod = "invoice"
    return EligibilityContext(
      customer: Customer(userID: "ann", segments: ["vip", "beta"], firstOrder: true, country: "DE"),
      cart: cart, now: noon)
  }()

  private func holds(_ condition: OrderCondition, for order: EligibilityContext = order) throws -> Bool {
    let coupon = terms(percent("100")) { $0.rules = .condition(condition) }
    let priced = try Pricing().quote([candidate(0, coupon)], in: order)
    if let refused = priced.notApplied.first {
      #expect(refused.reason == .notEligible)
      #expect(refused.facts == ["conditions": .list([condition.name])])
    }
    return priced.notApplied.isEmpty
  }

  @Test(arguments: [
    ("user", ["ann"], ["bob", "Ann"]), ("seller", ["acme"], ["other"]),
    ("product", ["product-1"], ["product-2"]),
    ("category", ["sale"], ["hats"]), ("country", ["DE", "AT"], ["FR", "de"]), ("channel", ["web"], ["app"]),
    ("segment", ["vip"], ["new"]), ("payment_method", ["invoice"], ["card", "Invoice"]),
  ])
  func `of membership hold in and out of a list`(name: String, inside: [String], outside: [String]) throws {
    let make = try #require(Self.memberships[name])
    #expect(try holds(make(true, inside)))
    #expect(try !holds(make(true, outside)))
    #expect(try !holds(make(true, [])))
    #expect(try holds(make(true, outside + inside)))
    #expect(try !holds(make(false, inside)))
    #expect(try holds(make(false, outside)))
    #expect(try holds(make(false, [])))
    #expect(make(true, []).name == name)
  }

  static let memberships: [String: @Sendable (_ isIn: Bool, _ list: [String]) -> OrderCondition] = [
    "user": { .user(membership($0, $1)) }, "seller": { .seller(membership($0, $1)) },
    "product": { .product(membership($0, $1)) }, "category": { .category(membership($0, $1)) },
    "country": { .country(membership($0, $1)) }, "channel": { .channel(membership($0, $1)) },
    "segment": { .segment(membership($0, $1)) }, "payment_method": { .paymentMethod(membership($0, $1)) },
  ]

  private static func membership<Subject>(_ isIn: Bool, _ list: [String]) -> Membership<Subject> {
    let names = list.map { ExactText<Subject>($0) }
    return isIn ? .isIn(names) : .isNotIn(names)
  }

  @Test func `of amount and quantity hold from the minimum to the maximum, both included`() throws {
    #expect(try holds(.amount(minimum: amounts(10_000))))
    #expect(try !holds(.amount(minimum: amounts(10_001))))
    #expect(try holds(.amount(maximum: amounts(10_000))))
    #expect(try !holds(.amount(maximum: amounts(9999))))
    #expect(try holds(.amount(minimum: amounts(10_000), maximum: amounts(10_000))))
    #expect(try holds(.quantity(minimum: 3)))
    #expect(try !holds(.quantity(minimum: 4)))
    #expect(try holds(.quantity(maximum: 3)))
    #expect(try !holds(.quantity(maximum: 2)))
    #expect(try holds(.quantity(minimum: 3, maximum: 3)))
  }

  @Test func `of an amount fail by the bound that is known, whatever the other one would be`() throws {
    #expect(try !holds(.amount(minimum: amounts(10_001), maximum: amounts(1, jpy))))
    #expect(try !holds(.amount(minimum: amounts(1, jpy), maximum: amounts(9999))))
  }

  @Test func `of earlier orders hold from the minimum to the maximum, both included`() throws {
    var order = Self.order
    order.customer.orderCount = 3
    #expect(try holds(.orderCount(minimum: 3), for: order))
    #expect(try !holds(.orderCount(minimum: 4), for: order))
    #expect(try holds(.orderCount(minimum: 1, maximum: 3), for: order))
    #expect(try !holds(.orderCount(maximum: 2), for: order))
  }

  @Test func `of an account's age count whole days from their end on`() throws {
    var order = Self.order
    order.customer.createdAt = noon.adding(seconds: -2 * 86_400)
    #expect(try holds(.accountAge(minimum: 2, maximum: 2), for: order))
    #expect(try !holds(.accountAge(minimum: 3), for: order))
    order.customer.createdAt = noon.adding(seconds: -2 * 86_400 + 1)
    #expect(try holds(.accountAge(maximum: 1), for: order))
    #expect(try !holds(.accountAge(minimum: 2), for: order))
    // Who is to be known only later is new.
    order.customer.createdAt = noon.adding(seconds: 60)
    #expect(try holds(.accountAge(maximum: 0), for: order))
  }

  @Test func `of the first order tell it from a later one`() throws {
    #expect(try holds(.firstOrder(true)))
    #expect(try !holds(.firstOrder(false)))
  }

  @Test func `of membership find a name among many as among few, in every byte`() throws {
    let many = (0..<900).map { "user-\($0)" } + ["caf\u{E9}"]
    for (user, isThere) in [("user-0", true), ("user-899", true), ("user-900", false), ("caf\u{E9}", true)] {
      var order = Self.order
      order.customer.userID = UserID(user)
      #expect(try holds(.user(Self.membership(true, many)), for: order) == isThere)
      #expect(try holds(.user(Self.membership(false, many)), for: order) != isThere)
    }
    var order = Self.order
    order.customer.userID = "cafe\u{301}"
    #expect(try !holds(.user(Self.membership(true, many)), for: order))
    #expect(OrderCondition.user(Self.membership(true, many)) == .user(Self.membership(true, many)))
    #expect(OrderCondition.user(Self.membership(true, many)) != .user(Self.membership(false, many)))
    #expect(OrderCondition.user(Self.membership(true, many)) != .user(Self.membership(true, many.reversed())))
  }

  @Test func `are of kinds that are each listed once`() {
    #expect(Set(RuledOrder.kinds.map { Note($0.name) }).count == RuledOrder.kinds.count)
    #expect(Set(RuledLine.kinds.map { Note($0.name) }).count == RuledLine.kinds.count)
  }

  @Test func `are each named once among the obstacles`() throws {
    let coupon = terms(percent("10")) {
      $0.rules = .all([
        .condition(.country(.isIn(["FR"]))), .condition(.firstOrder(true)), .condition(.quantity(minimum: 9)),
        .condition(.country(.isNotIn(["DE"]))),
      ])
    }
    let refused = try #require(try Pricing().quote([candidate(0, coupon)], in: Self.order).notApplied.first)
    #expect(refused.facts == ["conditions": .list(["country", "quantity"])])
  }
}

@Suite struct `Conditions on lines` {
  static let goods = Cart(
    currency: eur,
    lines: [
      line(0, price: 100, seller: "acme", categories: ["shoes", "sale"]),
      line(1, price: 100, seller: "zeta", categories: []),
      line(2, price: 100, seller: "yota", categories: ["shoes"]),
    ])

  @Test(
    arguments: [
      (.condition(.product(.isIn(["product-1", "product-9"]))), [1]),
      (.condition(.product(.isNotIn(["product-1"]))), [0, 2]),
      (.condition(.category(.isIn(["shoes"]))), [0, 2]), (.condition(.category(.isNotIn(["sale"]))), [1, 2]),
      (.condition(.seller(.isIn(["acme"]))), [0]), (.condition(.seller(.isNotIn(["acme"]))), [1, 2]),
      (.all([.condition(.category(.isIn(["shoes"]))), .not(.condition(.category(.isIn(["sale"]))))]), [2]),
      (.any([.condition(.seller(.isIn(["zeta"]))), .condition(.category(.isIn(["sale"])))]), [0, 1]),
      (.all([]), [0, 1, 2]), (.any([]), []),
    ] as [(LineRule, [Int])])
  func `choose what is discounted`(rule: LineRule, lines: [Int]) throws {
    let priced = try quote(Self.goods, terms(percent("10"), scope: .line) { $0.eligibleLines = rule })
    #expect(priced.applied.flatMap(\.allocations).map(\.target) == lines.map { .line($0) })
    #expect(priced.reasons == (lines.isEmpty ? [.noEligibleLines] : []))
  }

  @Test func `a seller's coupon never touches the lines of others`() throws {
    let priced = try quote(Self.goods, terms(fixed(1000)) { $0.sellerID = "acme" })
    #expect(priced.applied[0].allocations.map(\.targetID) == ["line-0"])
    #expect(priced.amounts == [100])
    let both = terms(fixed(1000)) {
      $0.sellerID = "acme"
      $0.eligibleLines = .condition(.seller(.isIn(["zeta"])))
    }
    #expect(try quote(Self.goods, both).reasons == [.noEligibleLines])
  }

  @Test func `have names`() {
    let conditions: [LineCondition] = [.product(.isIn([])), .category(.isIn([])), .seller(.isIn([]))]
    #expect(conditions.map(\.name) == ["product", "category", "seller"])
  }
}

@Suite struct `Rule trees` {
  typealias Tree = RuleTree<Int>

  /// Every tree over the conditions 0 and 1 up to a depth of three with at most two parts.
  static let trees: [Tree] = {
    var trees: [Tree] = [.condition(0), .condition(1), .all([]), .any([])]
    for _ in 0..<2 {
      let parts = trees.prefix(14)
      trees += parts.map { .not($0) }
      for left in parts {
        for right in parts { trees += [.all([left, right]), .any([left, right])] }
      }
    }
    return trees
  }()

  @Test func `do not hold for as long as all of their obstacles stay`() {
    for tree in Self.trees {
      for truth in 0..<4 where tree.judged(by: { Truth(truth >> $0 & 1 == 1) }) == .fails {
        let obstacles = tree.obstacles { Truth(truth >> $0 & 1 == 1) }
        for other in 0..<4 where obstacles.allSatisfy({ (truth ^ other) >> $0 & 1 == 0 }) {
          #expect(
            tree.judged { Truth(other >> $0 & 1 == 1) } == .fails, "\(tree) \(truth) \(other)")
        }
      }
    }
  }

  @Test(
    arguments: [
      (.all([]), [], []), (.any([]), [], []), (.condition(1), [], [1]), (.condition(1), [1], []),
      (.all([.condition(1), .condition(2), .condition(3)]), [2], [1, 3]),
      (.any([.condition(1), .condition(2)]), [], [1, 2]), (.any([.condition(1), .condition(2)]), [2], []),
      (.not(.condition(1)), [1], [1]), (.not(.condition(1)), [], []),
      (.not(.any([.condition(1), .condition(2)])), [1], [1]),
      (.not(.all([.condition(1), .condition(2)])), [1, 2], [1, 2]),
      (.not(.all([.condition(1), .condition(2)])), [1], []), (.not(.not(.condition(1))), [], [1]),
      (.not(.not(.condition(1))), [1], []), (.not(.all([.not(.condition(1)), .condition(2)])), [2], [1, 2]),
    ] as [(Tree, [Int], [Int])])
  func `name what is in the way`(tree: Tree, holding: [Int], obstacles: [Int]) {
    #expect(tree.obstacles { Truth(holding.contains($0)) } == obstacles)
  }
}
