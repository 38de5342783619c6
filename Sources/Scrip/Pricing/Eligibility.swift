/// Judges one code by itself: state, window, owner, currency, rules and limits. Discounts are computed elsewhere.
struct Eligibility: ~Copyable {
  let context: EligibilityContext
  let goods: Goods
  private let everyLine: [Int]

  init(context: EligibilityContext, goods: Goods) {
    self.context = context
    self.goods = goods
    everyLine = Array(context.cart.lines.indices)
  }

  /// Throws the first reason, in the order of `RefusalReason`, for which the candidate can't be used.
  ///
  /// A coupon that the order holds already keeps its place: state, window and limits were judged when it was locked.
  /// - Returns: what it may discount.
  func check(_ candidate: Candidate) throws(RefusedCode) -> Targets {
    if !candidate.isHeld {
      try checkState(candidate)
      try checkWindow(candidate)
    }
    try checkOwner(candidate)
    try checkCurrency(candidate)
    try checkRules(candidate)
    let targets = try targets(candidate)
    try checkMinimum(candidate, lines: targets.lines)
    if !candidate.isHeld { try checkLimits(candidate) }
    return targets
  }

  private func checkState(_ candidate: Candidate) throws(RefusedCode) {
    if let hindrance = candidate.state.hindrance { throw candidate.refused(hindrance) }
  }

  private func checkWindow(_ candidate: Candidate) throws(RefusedCode) {
    if let hindrance = candidate.terms.validity.hindrance(at: context.now) {
      throw candidate.refused(hindrance)
    }
  }

  private func checkOwner(_ candidate: Candidate) throws(RefusedCode) {
    guard let owner = candidate.owner else { return }
    guard let userID = context.customer.userID else {
      throw candidate.refused(.identityRequired, ["needs": .list(["user_id"])])
    }
    if userID != owner { throw candidate.refused(.ownerMismatch) }
  }

  private func checkCurrency(_ candidate: Candidate) throws(RefusedCode) {
    let amountsAreKnown =
      switch candidate.terms.discount {
      case .fixed(let amounts): amounts[context.cart.currency] != nil
      case .percent(_, let cap): isKnown(cap)
      case .shipping(let shipping): isKnown(shipping.cap)
      }
    if amountsAreKnown, isKnown(candidate.terms.minimum), isKnown(candidate.terms.limits.budget) { return }
    throw candidate.refused(.currencyMismatch, ["currency": .text(context.cart.currency.code)])
  }

  private func isKnown(_ amounts: AmountsByCurrency) -> Bool {
    amounts.isEmpty || amounts[context.cart.currency] != nil
  }

  private func checkRules(_ candidate: Candidate) throws(RefusedCode) {
    guard let rule = candidate.terms.orderRule else { return }
    switch rule.judged(by: { judge($0) }) {
    case .holds: return
    case .fails:
      let obstacles = rule.obstacles { judge($0) }
      throw candidate.refused(.notEligible, ["conditions": .names(obstacles.map(\.name))])
    case .unknown:
      let questions = rule.openQuestions({ judge($0) }, ifTold: { $0.restsOn != nil })
      if !questions.isEmpty {
        throw candidate.lacking(
          questions.compactMap(\.restsOn), for: questions.map(\.name), .notEligible, in: context)
      }
      // All that could still be said would not make it hold: an amount has no entry for the order's currency.
      throw candidate.refused(
        .currencyMismatch,
        ["currency": .text(context.cart.currency.code), "conditions": .list(["amount"])])
    }
  }

  /// The places of the lines that the coupon may discount, and for a shipping coupon of the charges that it covers.
  private func targets(_ candidate: Candidate) throws(RefusedCode) -> Targets {
    let lines = try eligibleLines(candidate)
    guard case .shipping(let shipping) = candidate.terms.discount else { return Targets(lines: lines) }
    return Targets(lines: lines, charges: try coveredCharges(shipping, of: candidate))
  }

  private func eligibleLines(_ candidate: Candidate) throws(RefusedCode) -> [Int] {
    guard let rule = candidate.terms.lineRule else { return everyLine }
    var lines: [Int] = []
    lines.reserveCapacity(context.cart.lines.count)
    for index in context.cart.lines.indices
    where rule.judged(by: { context.cart.lines.judge($0, line: index) }) == .holds {
      lines.append(index)
    }
    if !lines.isEmpty { return lines }
    let cart = context.cart.lines
    let questions = cart.indices.flatMap { line in
      rule.openQuestions({ cart.judge($0, line: line) }, ifTold: { _ in true })
    }
    if !questions.isEmpty {
      throw candidate.lacking(
        questions.compactMap(\.restsOn), for: questions.map(\.name), .noEligibleLines, in: context)
    }
    let obstacles = cart.indices.flatMap { line in rule.obstacles { cart.judge($0, line: line) } }
    throw candidate.refused(.noEligibleLines, ["conditions": .names(obstacles.map(\.name))])
  }

  /// None of them while shipping is not known.
  private func coveredCharges(
    _ shipping: ShippingDiscount, of candidate: Candidate
  ) throws(RefusedCode) -> [Int] {
    let cart = context.cart
    if cart.shipping.isEmpty { return [] }
    let inMethod = cart.shipping.indices.filter { shipping.covers(cart.shipping[$0]) }
    if inMethod.isEmpty {
      throw candidate.refused(.noEligibleLines, ["methods": .names(cart.shipping.map(\.method.text))])
    }
    guard let sellerID = candidate.terms.sellerID else { return inMethod }
    let truths = inMethod.map { cart.judge(charge: $0, isOf: sellerID) }
    let covered = zip(inMethod, truths).filter { $1 == .holds }.map { $0.0 }
    if !covered.isEmpty { return covered }
    if truths.contains(.unknown) {
      throw candidate.lacking([.chargeSellers], for: ["seller"], .noEligibleLines, in: context)
    }
    throw candidate.refused(.noEligibleLines, ["conditions": .list(["seller"])])
  }

  /// What earlier coupons leave is never more than the list price, so whatever the basis of the minimum, the list
  /// price must reach it.
  private func checkMinimum(_ candidate: Candidate, lines: [Int]) throws(RefusedCode) {
    do {
      try candidate.terms.checkMinimum(goods.listed(lines), of: lines, in: context.cart, basis: .list)
    } catch {
      throw candidate.refused(error)
    }
  }

  private func checkLimits(_ candidate: Candidate) throws(RefusedCode) {
    let used = candidate.used
    let limits = candidate.terms.limits
    let hindrance =
      Hindrance.used(used.total, of: limits.total, .usageLimitReached, held: used.held[.total])
      ?? .used(used.byCode, of: candidate.perCodeLimit, .codeLimitReached, held: used.held[.code])
      ?? .used(used.byUser, of: candidate.perUserLimit, .userLimitReached, held: used.held[.user])
    if let hindrance { throw candidate.refused(hindrance) }
    for limit in limits.perPeriod {
      let count = used.byPeriod[limit.period, default: 0]
      let held = used.held[.period(limit.period)]
      guard var full = Hindrance.used(count, of: limit.total, .periodLimitReached, held: held) else {
        continue
      }
      full.facts["period"] = .text(limit.period.rawValue)
      throw candidate.refused(full)
    }
    if let budget = limits.budget[context.cart.currency], used.budget >= budget {
      var facts = Facts(used.held[.budget])
      facts["budget"] = .integer(budget)
      throw candidate.refused(.budgetExhausted, facts)
    }
  }

  private func judge(_ condition: OrderCondition) -> Truth {
    let cart = context.cart
    let customer = context.customer
    switch condition {
    case .amount(let minimum, let maximum):
      return bound(minimum) { goods.subtotal >= $0 } && bound(maximum) { goods.subtotal <= $0 }
    case .quantity(let minimum, let maximum):
      return Truth(goods.quantity >= minimum ?? 0 && goods.quantity <= maximum ?? .max)
    case .user(let users): return users.judge(customer.userID)
    case .seller(let sellers): return sellers.judge(cart.lines) { $0.judge($1.sellerID) }
    case .product(let products): return products.judge(cart.lines) { $0.judge($1.productID) }
    case .category(let categories): return categories.judge(cart.lines) { $0.judge(any: $1.categories) }
    case .country(let countries): return countries.judge(customer.knownCountry)
    case .channel(let channels): return channels.judge(cart.channel)
    case .segment(let segments): return segments.judge(any: customer.segments)
    case .firstOrder(let expected): return customer.firstOrder.map { Truth($0 == expected) } ?? .unknown
    }
  }

  /// Judges an amount against a bound; no bound is kept by every amount, one in other currencies is not known to be.
  private func bound(_ amounts: AmountsByCurrency?, _ isKept: (Int64) -> Bool) -> Truth {
    guard let amounts else { return .holds }
    return amounts[context.cart.currency].map { Truth(isKept($0)) } ?? .unknown
  }
}

/// What a coupon may discount, as places in the cart.
struct Targets {
  var lines: [Int]
  /// Of a shipping coupon, the charges that it covers.
  var charges: [Int] = []
}

extension Candidate {
  func refused(_ reason: RefusalReason, _ facts: Facts = [:]) -> RefusedCode {
    RefusedCode(code: typed, index: index, couponID: couponID, reason: reason, facts: facts)
  }

  /// The refusal of a coupon that may apply once the request says more.
  fileprivate func lacking(
    _ missing: [OrderFact], for conditions: [String], _ reason: RefusalReason, in context: EligibilityContext
  ) -> RefusedCode {
    var facts: Facts = [
      "conditions": .names(conditions), "missing": .names(missing.map(\.rawValue)),
    ]
    if missing.contains(.country), let country = context.customer.country {
      facts["country"] = .text(country.text)
      facts["suggestion"] = country.suggestion.map { .text($0.text) }
    }
    return refused(reason, facts)
  }
}

extension RefusedCode {
  /// Whether the coupon may apply once the request says more.
  var isProvisional: Bool {
    if case .list = facts["missing"] { return true }
    return false
  }
}

extension Fact {
  /// A list that names everything once, in the order in which it came.
  fileprivate static func names(_ names: [String]) -> Fact {
    var once: [String] = []
    for name in names where !once.contains(name) { once.append(name) }
    return .list(once)
  }
}

extension CouponTerms {
  /// Which orders may use the coupon, the countries of a shipping coupon among its rules; nil for every order.
  fileprivate var orderRule: Rule? {
    guard case .shipping(let shipping) = discount, !shipping.countries.isEmpty else { return rules }
    let countries = Rule.condition(.country(.isIn(shipping.countries)))
    return rules.map { .all([$0, countries]) } ?? countries
  }

  /// Which lines the coupon may discount: the seller's own, and of them those that its line rule names; nil for all.
  fileprivate var lineRule: LineRule? {
    guard let sellerID else { return eligibleLines }
    let own = LineRule.condition(.seller(.isIn([sellerID])))
    return eligibleLines.map { .all([own, $0]) } ?? own
  }

  /// Whether the coupon may discount a line.
  func mayDiscount(_ line: Int, of cart: Cart) -> Bool {
    lineRule.map { $0.judged { cart.lines.judge($0, line: line) } == .holds } ?? true
  }
}

extension [Cart.Line] {
  fileprivate func judge(_ condition: LineCondition, line: Int) -> Truth {
    switch condition {
    case .product(let products): products.judge(self[line].productID)
    case .category(let categories): categories.judge(any: self[line].categories)
    case .seller(let sellers): sellers.judge(self[line].sellerID)
    }
  }
}

extension Cart {
  /// Whether a charge is of one seller: of the one that it names; one that names none, if all goods are that seller's.
  fileprivate func judge(charge: Int, isOf sellerID: SellerID) -> Truth {
    if let named = shipping[charge].sellerID { return Truth(named == sellerID) }
    return lines.allSatisfy { $0.sellerID == sellerID } ? .holds : .unknown
  }
}

extension Customer {
  /// The country if it is one; of another word nothing is known.
  fileprivate var knownCountry: Country? { country.flatMap { $0.isAssigned ? $0 : nil } }
}

extension ShippingDiscount {
  fileprivate func covers(_ charge: Cart.Shipping) -> Bool {
    methods.isEmpty || methods.contains(charge.method)
  }
}
