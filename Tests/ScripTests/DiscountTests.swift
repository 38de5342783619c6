import Testing

@testable import Scrip

@Suite struct `Discounts` {
  /// 3 × 333, 1 × 500, 2 × 100: 1699 in all.
  static let goods = Cart(
    currency: eur,
    lines: [line(0, price: 333, quantity: 3), line(1, price: 500), line(2, price: 100, quantity: 2)],
    shipping: [
      Cart.Shipping(id: "parcel", method: "standard", amount: 490),
      Cart.Shipping(id: "van", method: "express", amount: 1510),
    ])

  @Test(
    arguments: [
      // Over the order: one rounding, largest remainder over the lines.
      (percent("10"), .order, 170, [100, 50, 20]), (percent("100"), .order, 1699, [999, 500, 200]),
      (fixed(1000), .order, 1000, [588, 294, 118]), (fixed(9999), .order, 1699, [999, 500, 200]),
      (percent("50", cap: 100), .order, 100, [59, 29, 12]),
      // Line by line.
      (percent("10"), .line, 170, [100, 50, 20]), (percent("0.5"), .line, 9, [5, 3, 1]),
      (fixed(300), .line, 800, [300, 300, 200]), (percent("50", cap: 100), .line, 100, [59, 29, 12]),
      (percent("100"), .line, 1699, [999, 500, 200]),
      // Unit by unit: 10 % of 333 is 33 three times, not 100.
      (percent("10"), .unit, 169, [99, 50, 20]), (fixed(150), .unit, 800, [450, 150, 200]),
      (percent("50", cap: 100), .unit, 100, [59, 29, 12]), (percent("100"), .unit, 1699, [999, 500, 200]),
    ] as [(Discount, DiscountScope, Int64, [Int64])])
  func `are computed at their scope`(discount: Discount, scope: DiscountScope, amount: Int64, parts: [Int64])
    throws
  {
    let priced = try quote(Self.goods, terms(discount, scope: scope))
    #expect(priced.amounts == [amount])
    #expect(priced.applied[0].allocations.map(\.amount) == parts)
    #expect(priced.applied[0].scope == scope)
    #expect(priced.applied[0].discountClass == (scope == .order ? .order : .line))
    #expect(priced.total == 1699 + 2000 - amount)
  }

  @Test(
    arguments: [
      (.halfUp, .order, 43), (.halfEven, .order, 42), (.down, .order, 42), (.halfUp, .line, 43),
      (.halfEven, .line, 42),
      (.down, .line, 42), (.halfUp, .unit, 44), (.halfEven, .unit, 43), (.down, .unit, 41),
    ] as [(Rounding, DiscountScope, Int64)])
  func `are rounded once at their scope`(rounding: Rounding, scope: DiscountScope, amount: Int64) throws {
    // 2.5 % of 1700: two units of 300 (7.5 each), a line of 500 (12.5) and one of 600 (15).
    let goods = Cart(
      currency: eur, lines: [line(0, price: 300, quantity: 2), line(1, price: 500), line(2, price: 600)])
    #expect(try quote(goods, terms(percent("2.5"), scope: scope), rounding: rounding).amounts == [amount])
  }

  @Test func `that are capped say what they would have been`() throws {
    for scope in DiscountScope.allCases {
      let applied = try #require(
        try quote(Self.goods, terms(percent("50", cap: 300), scope: scope)).applied.first)
      #expect(applied.amount == 300)
      #expect(applied.uncappedAmount >= 848)
    }
    #expect(try quote(Self.goods, terms(percent("50", cap: 850))).amounts == [850])
    #expect(try quote(Self.goods, terms(percent("50", cap: 851))).amounts == [850])
  }

  @Test func `of a percentage are of what earlier ones left, or of the price, as the policy says`() throws {
    for scope in DiscountScope.allCases {
      let tens = (terms(percent("10"), scope: scope), terms(percent("10"), scope: scope))
      #expect(try quote(cart(10_000), tens.0, tens.1).amounts == [1000, 900])
      #expect(try quote(cart(10_000), tens.0, tens.1, base: .original).amounts == [1000, 1000])
      let large = (terms(percent("60"), scope: scope), terms(percent("70"), scope: scope))
      #expect(try quote(cart(10_000), large.0, large.1).amounts == [6000, 2800])
      #expect(try quote(cart(10_000), large.0, large.1, base: .original).amounts == [6000, 4000])
    }
    let half = terms(.shipping(ShippingDiscount(percent: Percent("50")!)))
    #expect(try quote(cart(1, shipping: [1000]), half, half).amounts == [500, 250])
    #expect(try quote(cart(1, shipping: [1000]), half, half, base: .original).amounts == [500, 500])
  }

  @Test func `of the original price on units follow the listed units`() throws {
    let goods = Cart(currency: eur, lines: [line(0, price: 100, quantity: 3)])
    let priced = try quote(
      goods, terms(fixed(100), scope: .line), terms(percent("50"), scope: .unit, priority: 1), base: .original
    )
    #expect(priced.applied.map { $0.allocations[0].units.each } == [[34, 33, 33], [50, 50, 50]])
  }

  @Test func `that take everything leave nothing for others`() throws {
    let priced = try quote(
      Self.goods, terms(percent("100")), terms(fixed(5)), terms(fixed(5), scope: .line, priority: -1))
    #expect(priced.amounts == [15, 1684])
    #expect(priced.reasons == [.noEffect])
    #expect(priced.total == 2000)
  }

  @Test func `of the whole order and its shipping cost nothing`() throws {
    let priced = try quote(Self.goods, terms(percent("100")), terms(.shipping(ShippingDiscount())))
    #expect(priced.total == 0)
    #expect(priced.discount == priced.subtotal + priced.shipping)
  }

  @Test(arguments: [fixed(0), percent("0.0001"), percent("50", cap: 0)])
  func `of nothing are not used up`(discount: Discount) throws {
    for scope in DiscountScope.allCases {
      let priced = try quote(cart(9), terms(discount, scope: scope))
      #expect(priced.reasons == [.noEffect])
      #expect(priced.total == 9)
    }
  }

  @Test func `never fall on lines that cost nothing`() throws {
    let priced = try quote(cart(0, 100, 0, 200), terms(fixed(1)))
    #expect(priced.applied[0].allocations.map(\.targetID) == ["line-3"])
    #expect(try quote(cart(0, 0), terms(fixed(1))).reasons == [.noEffect])
  }

  @Test func `carry their coupon's name, code and version`() throws {
    let coupon = candidate(4, terms(fixed(1), priority: 3)) { $0.version = 7 }
    let applied = try #require(try Pricing().quote([coupon], in: context(cart(9))).applied.first)
    #expect(applied.code == coupon.code)
    #expect(applied.couponID == coupon.couponID)
    #expect(applied.version == 7)
    #expect(applied.title == "A coupon")
    #expect(applied.priority == 3)
  }
}

@Suite struct `Budgets` {
  private func price(
    _ discount: Discount, scope: DiscountScope = .order, budget: Int64, used: Int64,
    short: UsageLimits.BudgetShortage, isHeld: Bool = false
  ) throws -> Quote {
    let coupon = candidate(
      0,
      terms(discount, scope: scope) {
        $0.limits.budget = amounts(budget)
        $0.limits.onBudgetShort = short
      }
    ) { ($0.used.budget, $0.isHeld) = (used, isHeld) }
    return try Pricing().quote([coupon], in: context(cart(1000, 1000, shipping: [700])))
  }

  @Test(arguments: DiscountScope.allCases) func `that run short refuse or clip`(scope: DiscountScope) throws {
    #expect(try price(percent("10"), scope: scope, budget: 1000, used: 800, short: .refuse).amounts == [200])
    let refused = try price(percent("10"), scope: scope, budget: 1000, used: 801, short: .refuse)
    #expect(refused.reasons == [.budgetExhausted])
    #expect(refused.notApplied[0].facts == ["budget": .integer(1000), "left": .integer(199)])
    let clipped = try price(percent("10"), scope: scope, budget: 1000, used: 801, short: .clip)
    #expect(clipped.amounts == [199])
    #expect(clipped.applied[0].uncappedAmount == 200)
    #expect(clipped.applied[0].allocations.map(\.amount) == [100, 99])
    #expect(
      try price(percent("10"), scope: scope, budget: 1000, used: 1000, short: .clip).reasons == [
        .budgetExhausted
      ])
    #expect(
      try price(percent("10"), scope: scope, budget: 1000, used: 1200, short: .clip).reasons == [
        .budgetExhausted
      ])
  }

  @Test func `are looked at after the cap`() throws {
    #expect(try price(percent("50", cap: 100), budget: 100, used: 0, short: .refuse).amounts == [100])
  }

  @Test func `bind shipping discounts`() throws {
    let free = Discount.shipping(ShippingDiscount())
    #expect(try price(free, budget: 700, used: 0, short: .refuse).amounts == [700])
    #expect(try price(free, budget: 699, used: 0, short: .refuse).reasons == [.budgetExhausted])
    #expect(try price(free, budget: 699, used: 0, short: .clip).amounts == [699])
  }

  @Test func `bound a coupon that the order holds, whose own share is not counted as used`() throws {
    #expect(try price(percent("10"), budget: 200, used: 0, short: .refuse, isHeld: true).amounts == [200])
    #expect(
      try price(percent("10"), budget: 199, used: 0, short: .refuse, isHeld: true).reasons == [
        .budgetExhausted
      ])
  }
}

@Suite struct `Shipping discounts` {
  private func price(_ shipping: ShippingDiscount, country: Country? = nil, goods: Cart = Discounts.goods)
    throws -> Quote
  {
    try Pricing().quote(
      [candidate(0, terms(.shipping(shipping)))],
      in: context(goods, customer: Customer(userID: "ann", country: country)))
  }

  @Test func `take a share of the charges and never touch goods`() throws {
    let priced = try price(ShippingDiscount(percent: Percent("50")!))
    #expect(priced.amounts == [1000])
    #expect(priced.applied[0].discountClass == .shipping)
    #expect(
      priced.applied[0].allocations == [
        Allocation(target: .shipping(0), targetID: "parcel", amount: 245, units: UnitRuns()),
        Allocation(target: .shipping(1), targetID: "van", amount: 755, units: UnitRuns()),
      ])
    #expect(priced.total == 1699 + 1000)
  }

  @Test func `are free shipping by default, up to their cap`() throws {
    #expect(try price(ShippingDiscount()).amounts == [2000])
    let capped = try price(ShippingDiscount(cap: amounts(500)))
    #expect(capped.amounts == [500])
    #expect(capped.applied[0].uncappedAmount == 2000)
    #expect(capped.applied[0].allocations.map(\.amount) == [123, 377])
  }

  @Test func `cover the named methods only`() throws {
    #expect(try price(ShippingDiscount(methods: ["standard"])).amounts == [490])
    #expect(try price(ShippingDiscount(methods: ["standard", "express"])).amounts == [2000])
    let uncovered = try price(ShippingDiscount(methods: ["drone"]))
    #expect(uncovered.reasons == [.noEligibleLines] && !uncovered.provisional)
    #expect(uncovered.notApplied[0].facts == ["methods": .list(["standard", "express"])])
  }

  @Test func `need goods that they are for, also while shipping is not known`() throws {
    let canon = terms(.shipping(ShippingDiscount())) {
      $0.eligibleLines = .condition(.product(.isIn(["product-0"])))
    }
    var phone = cart(90_000, shipping: [500])
    phone.lines[0].productID = "iphone"
    let refused = try quote(phone, canon)
    #expect(refused.reasons == [.noEligibleLines])
    #expect(refused.notApplied[0].facts == ["conditions": .list(["product"])])
    #expect(refused.total == 90_500)
    phone.shipping = []
    #expect(try quote(phone, canon).reasons == [.noEligibleLines])
    #expect(try quote(cart(90_000, shipping: [500]), canon).amounts == [500])
    #expect(try quote(cart(90_000), canon).applied.map(\.pending) == [true])
  }

  @Test func `reach their minimum with the goods that they are for`() throws {
    let canon = terms(.shipping(ShippingDiscount())) {
      ($0.eligibleLines, $0.minimum) = (.condition(.product(.isIn(["product-0"]))), amounts(5000))
    }
    #expect(try quote(cart(4999, 9999, shipping: [500]), canon).reasons == [.minimumNotReached])
    #expect(try quote(cart(5000, 9999, shipping: [500]), canon).amounts == [500])
  }

  /// Goods of two sellers unless told otherwise; charges of the sellers named, nil for one that names none.
  private func marketplace(goods: [SellerID?] = ["acme", "zeta"], charges: [SellerID?]) -> Cart {
    Cart(
      currency: eur, lines: goods.enumerated().map { line($0, price: 1000, seller: $1) },
      shipping: charges.enumerated().map {
        Cart.Shipping(id: "c\($0)", method: "standard", sellerID: $1, amount: 100 + Int64($0))
      })
  }

  @Test func `of a seller cover that seller's charges`() throws {
    let acme = terms(.shipping(ShippingDiscount())) { $0.sellerID = "acme" }
    let own = try quote(marketplace(charges: ["acme", "zeta", nil, "acme"]), acme)
    #expect(own.applied[0].allocations.map(\.targetID) == ["c0", "c3"])
    #expect(own.amounts == [203] && own.applied[0].uncappedAmount == 203)
    let foreign = try quote(marketplace(charges: ["zeta"]), acme)
    #expect(foreign.reasons == [.noEligibleLines] && !foreign.provisional)
    #expect(foreign.notApplied[0].facts == ["conditions": .list(["seller"])])
    let none = try quote(marketplace(goods: ["zeta"], charges: ["acme"]), acme)
    #expect(none.reasons == [.noEligibleLines])
    #expect(try quote(marketplace(charges: []), acme).applied.map(\.pending) == [true])
    #expect(try quote(marketplace(goods: ["zeta"], charges: []), acme).reasons == [.noEligibleLines])
  }

  @Test func `of a seller cover a charge that names nobody only if all goods are that seller's`() throws {
    let acme = terms(.shipping(ShippingDiscount())) { $0.sellerID = "acme" }
    #expect(try quote(marketplace(goods: ["acme", "acme"], charges: [nil, "zeta"]), acme).amounts == [100])
    for goods in [["acme", "zeta"], ["acme", nil]] as [[SellerID?]] {
      let refused = try quote(marketplace(goods: goods, charges: [nil]), acme)
      #expect(refused.reasons == [.noEligibleLines] && refused.provisional)
      #expect(refused.notApplied[0].facts["missing"] == .list(["cart.shipping.seller_id"]))
    }
    let everybodys = terms(.shipping(ShippingDiscount()))
    #expect(try quote(marketplace(charges: [nil, "zeta"]), everybodys).amounts == [201])
  }

  @Test func `are computed narrow before wide by the goods that they are for`() throws {
    let wide = terms(.shipping(ShippingDiscount(cap: amounts(400))))
    let narrow = terms(.shipping(ShippingDiscount(cap: amounts(400)))) {
      $0.eligibleLines = .condition(.product(.isIn(["product-0"])))
    }
    #expect(try quote(Discounts.goods, wide, narrow).winners == [1, 0])
    #expect(try quote(Discounts.goods, narrow, wide).winners == [0, 1])
  }

  @Test func `cover the named countries only`() throws {
    let german = ShippingDiscount(countries: ["DE", "AT"])
    #expect(try price(german, country: "DE").amounts == [2000])
    #expect(try price(german, country: "FR").notApplied[0].facts == ["conditions": .list(["country"])])
    let unknown = try price(german)
    #expect(unknown.reasons == [.notEligible] && unknown.provisional)
    #expect(unknown.notApplied[0].facts["missing"] == .list(["customer.country"]))
  }

  @Test func `are judged by their countries together with their rules`() throws {
    let coupon = terms(.shipping(ShippingDiscount(countries: ["DE"]))) {
      $0.rules = .condition(.firstOrder(true))
    }
    func facts(_ customer: Customer) throws -> Details? {
      try Pricing().quote([candidate(0, coupon)], in: context(Discounts.goods, customer: customer)).notApplied
        .first?.facts
    }
    #expect(try facts(Customer(firstOrder: true, country: "DE")) == nil)
    #expect(try facts(Customer(country: "FR")) == ["conditions": .list(["country"])])
    #expect(
      try facts(Customer())?["missing"] == .list(["customer.first_order", "customer.country"]))
  }

  @Test func `are pending while shipping is not known, and are not without effect then`() throws {
    let priced = try price(ShippingDiscount(methods: ["standard"]), goods: cart(100))
    #expect(priced.applied.map(\.pending) == [true])
    #expect(priced.amounts == [0])
    #expect(priced.applied[0].allocations.isEmpty)
    #expect(priced.total == 100)
    #expect(try price(ShippingDiscount(), goods: cart(100, shipping: [0])).reasons == [.noEffect])
  }

  @Test func `do not count for the base of order discounts`() throws {
    let priced = try quote(Discounts.goods, terms(.shipping(ShippingDiscount())), terms(percent("10")))
    #expect(priced.amounts == [170, 2000])
  }
}
