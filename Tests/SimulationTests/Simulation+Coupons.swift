import Ledger
import Promotions
import Scrip
import TestSupport

/// Coupons and carts of every kind.
extension Simulation {
  mutating func makeCoupon(_ place: Int) -> Step { make(terms(place), place) }

  mutating func make(_ terms: Ledger.Terms, _ place: Int) -> Step {
    let translated = Translation.terms(terms, start: start, campaigns: shops[place].campaignIDs)
    var made = step(CreateCoupon(terms: translated), place, "\(terms)") { ledger in
      ledger.coupons.append(Ledger.Coupon(id: "", terms: terms))
      return .made
    }
    made.learn = { shop, id in
      guard let couponID = Coupon.ID(id) else { return }
      shop.ledger.coupons[shop.couponIDs.count].id = id
      shop.couponIDs.append(couponID)
    }
    return made
  }

  mutating func addCode(_ code: Ledger.Name, to coupon: Int, _ place: Int) -> Step {
    let owner = chance(10) ? any(of: Simulation.customers.compactMap(\.user)) : nil
    let limit = chance(10) ? Int.random(in: 1...3, using: &random) : nil
    let grant = CodeGrant.of(code.text, owner: owner.map(Translation.exact), limit: limit.map(Int64.init))
    return step(
      AddCodes(couponID: shops[place].couponIDs[coupon], grants: [grant]), place, "\(code) to \(coupon)"
    ) {
      $0.add(code, to: coupon, owner: owner, limit: limit)
    }
  }

  /// A code of a pattern, in a batch of its own: what an archived coupon has left in the same batch may count as taken.
  mutating func addGenerated(_ place: Int) -> Step {
    let code = any(of: Simulation.generated)
    let coupon = anyCoupon(place)
    let grant = CodeGrant(code: .of(code.text), display: code.text, isGenerated: true)
    return step(
      AddCodes(couponID: shops[place].couponIDs[coupon], grants: [grant]), place,
      "generated \(code) to \(coupon)"
    ) {
      $0.add(code, to: coupon, owner: nil, limit: nil, isGenerated: true)
    }
  }

  mutating func activate(_ coupon: Int, _ place: Int) -> Step {
    var activating = step(
      ChangeCouponState(couponID: shops[place].couponIDs[coupon], step: .activate), place,
      "activate \(coupon)"
    ) {
      $0.change(coupon, to: .active, revokes: false)
    }
    activating.isReadUnlocked = bills
    return activating
  }

  /// New terms, or only other limits.
  mutating func edit(_ place: Int) -> Step {
    let coupon = chance(50) ? busyCoupon(place) : anyCoupon(place)
    var terms = shops[place].ledger.coupons[coupon].terms
    // Hardly any coupon goes from checkouts to invoices or back.
    let isForBilling = bills && (terms.billing != nil) != chance(3)
    if isForBilling {
      let edited = billingTerms(place)
      if terms.billing != nil, chance(50) { terms.limits = edited.limits } else { terms = edited }
    } else {
      if terms.billing == nil, chance(50) { terms.limits = limits() } else { terms = self.terms(place) }
    }
    return edit(coupon, terms, place)
  }

  mutating func edit(_ coupon: Int, _ edited: Ledger.Terms, _ place: Int) -> Step {
    let terms = Translation.terms(edited, start: start, campaigns: shops[place].campaignIDs)
    let action = UpdateCoupon(couponID: shops[place].couponIDs[coupon], terms: terms)
    return step(action, place, "\(coupon) \(edited)") { $0.edit(coupon, edited) }
  }

  /// A step of a coupon's life. Whoever disables it together with its locks may die before they are given back.
  mutating func changeState(_ place: Int) -> [Step] {
    let coupon = chance(60) ? busyCoupon(place) : anyCoupon(place)
    let id = shops[place].couponIDs[coupon]
    switch Int.random(in: 0..<100, using: &random) {
    case ..<65: return [activate(coupon, place)]
    case ..<95:
      let revokes = chance(60)
      let disable = ChangeCouponState.Step.disable(reason: "test", revokesLocks: revokes)
      var disabling = step(
        ChangeCouponState(couponID: id, step: disable), place, "disable \(coupon), revoking \(revokes)"
      ) {
        $0.change(coupon, to: .disabled, revokes: revokes)
      }
      if chance(Simulation.revokersDie ? 30 : 100) { revoking.insert(place) }
      // Invoices do not lock the coupons that their subscription has.
      disabling.isReadUnlocked = bills
      return [disabling]
    default:
      var archiving = step(ChangeCouponState(couponID: id, step: .archive), place, "archive \(coupon)") {
        $0.change(coupon, to: .archived, revokes: false)
      }
      archiving.isReadUnlocked = bills
      return [archiving]
    }
  }

  mutating func maybe(_ range: ClosedRange<Int>, percent: Int = 25) -> Int? {
    chance(percent) ? Int.random(in: range, using: &random) : nil
  }

  mutating func amounts(_ range: ClosedRange<Int>) -> Ledger.Amounts {
    let amount = Int.random(in: range, using: &random)
    return chance(75) ? ["USD": amount, "EUR": amount] : ["USD": amount]
  }

  private mutating func limits() -> Ledger.Limits {
    var limits = Ledger.Limits(
      total: maybe(1...8), perUser: maybe(1...3), perCode: maybe(1...6), clips: chance(50))
    if let day = maybe(1...4, percent: 22) { limits.perPeriod[.day] = day }
    if let week = maybe(2...6, percent: 18) { limits.perPeriod[.week] = week }
    if let month = maybe(2...8, percent: 18) { limits.perPeriod[.month] = month }
    if chance(25) { limits.budget = amounts(500...9000) }
    return limits
  }

  private mutating func terms(_ place: Int) -> Ledger.Terms {
    var terms = Ledger.Terms(kind: kind())
    if case .fixed = terms.kind {} else if chance(30) { terms.cap = amounts(200...3000) }
    addLines(to: &terms)
    terms.rules = chance(15) ? rule(depth: 3) : nil
    if chance(20) {
      terms.minimum = amounts(1000...8000)
      terms.isMinimumRunning = chance(40)
    }
    addWindow(to: &terms, place)
    terms.limits = limits()
    terms.owner = chance(10) ? any(of: Simulation.customers.compactMap(\.user)) : nil
    terms.stacking = any(of: [.open, .open, .open, .group("a"), .group("b"), .exclusive])
    if chance(25) { terms.beside = Set(Ledger.Class.allCases.filter { _ in chance(60) }) }
    terms.priority = any(of: [0, 0, 0, -1, 1])
    terms.campaign = anyCampaign(place)
    terms.restores = any(of: [[.canceled], [.canceled], [.refunded], [.canceled, .refunded], []])
    return terms
  }

  private mutating func kind() -> Ledger.Kind {
    let share = any(of: [50_000, 100_000, 125_000, 333_333, 1_000_000])
    switch Int.random(in: 0..<100, using: &random) {
    case ..<40: return .percent(share)
    case ..<75: return .fixed(amounts(100...4000))
    default:
      return .shipping(
        chance(60) ? 1_000_000 : share, methods: chance(25) ? ["standard"] : [],
        countries: chance(20) ? ["DE"] : [])
    }
  }

  private mutating func addLines(to terms: inout Ledger.Terms) {
    if case .shipping = terms.kind {} else { terms.scope = any(of: [.order, .order, .order, .line, .unit]) }
    let products: Ledger.Rule = .product([any(of: Simulation.products), any(of: Simulation.products)])
    if chance(20) { terms.lines = any(of: [products, .not(products), .category(["shoes"])]) }
    terms.seller = chance(10) ? any(of: Simulation.sellers) : nil
  }

  mutating func addWindow(to terms: inout Ledger.Terms, _ place: Int) {
    let now = shops[place].ledger.now
    if chance(6) { terms.starts = now + Int.random(in: -500...500, using: &random) }
    if chance(5) { terms.ends = now + Int.random(in: 501...90_000, using: &random) }
  }

  private mutating func rule(depth: Int) -> Ledger.Rule {
    switch Int.random(in: depth > 1 ? 0..<12 : 3..<12, using: &random) {
    case 0: return .all([rule(depth: depth - 1), rule(depth: depth - 1)])
    case 1: return .any([rule(depth: depth - 1), rule(depth: depth - 1)])
    case 2: return .not(rule(depth: depth - 1))
    case 3: return .quantity(Int.random(in: 1...4, using: &random))
    case 4: return .isNew(chance(50))
    case 5: return .country([any(of: ["DE", "AT"])])
    case 6: return .segment([any(of: ["vip", "staff"])])
    case 7: return .user(["ann", "jos\u{E9}", "max"])
    case 8: return .product([any(of: Simulation.products)])
    case 9: return .category(["shoes"])
    case 10: return .seller([any(of: Simulation.sellers)])
    default: return .amount(any(of: [["USD": 4000, "EUR": 4000], ["USD": 4000], ["EUR": 4000]]))
    }
  }

  static let products: [Ledger.Name] = ["p\u{E9}", "pe\u{301}", "p1", "p2"]
  static let sellers: [Ledger.Name] = ["acme", "zeta"]

  mutating func cart() -> Ledger.Cart {
    var cart = Ledger.Cart(currency: chance(85) ? "USD" : "EUR")
    for number in 0..<any(of: [1, 1, 2, 3]) {
      cart.lines.append(
        Ledger.Line(
          id: Ledger.Name("l\(number)"), product: any(of: Simulation.products),
          category: any(of: ["shoes", "hats"]), seller: any(of: [nil, "acme", "zeta"]),
          quantity: any(of: [1, 1, 2, 3]),
          price: any(of: [0, 1, 333, 1999, 5000, 10_000]) * 1000 + any(of: [0, 0, 333, 500])))
    }
    for number in 0..<any(of: [0, 0, 1, 2]) {
      cart.charges.append(
        Ledger.Charge(
          id: Ledger.Name("s\(number)"), method: any(of: ["standard", "express"]),
          seller: any(of: [nil, nil, "acme", "zeta"]),
          amount: any(of: [0, 490, 1299])))
    }
    return cart
  }
}
