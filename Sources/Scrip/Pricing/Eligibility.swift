/// Judges one code by itself: state, window, owner, currency, rules and limits. Discounts are computed elsewhere.
struct Eligibility: ~Copyable {
  private let order: RuledOrder
  private let everyLine: [Int]

  init(context: EligibilityContext, goods: Goods) {
    order = RuledOrder(context: context, goods: goods)
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
    if candidate.terms.billing?.isForCheckout == false { throw candidate.refused(.billingOnly) }
  }

  private func checkWindow(_ candidate: Candidate) throws(RefusedCode) {
    if let hindrance = candidate.terms.validity.hindrance(at: order.context.now) {
      throw candidate.refused(hindrance)
    }
    if let hindrance = candidate.used.campaign?.windowHindrance(at: order.context.now) {
      throw candidate.refused(hindrance)
    }
  }

  private func checkOwner(_ candidate: Candidate) throws(RefusedCode) {
    guard let owner = candidate.owner else { return }
    guard let userID = order.customer.userID else {
      throw candidate.refused(.identityRequired, ["needs": .list(["user_id"])])
    }
    if userID != owner { throw candidate.refused(.ownerMismatch) }
  }

  private func checkCurrency(_ candidate: Candidate) throws(RefusedCode) {
    let terms = candidate.terms
    let currency = order.cart.currency
    if terms.kind.isKnown(in: currency), terms.minimum.isKnown(in: currency),
      terms.limits.budget.isKnown(in: currency)
    {
      if candidate.used.campaign?.isKnown(in: currency) ?? true { return }
      throw candidate.refused(
        Hindrance(reason: .currencyMismatch, facts: ["currency": .text(currency.code)]).ofCampaign)
    }
    throw candidate.refused(.currencyMismatch, ["currency": .text(currency.code)])
  }

  private func checkRules(_ candidate: Candidate) throws(RefusedCode) {
    guard let rule = candidate.terms.orderRule else { return }
    switch rule.judged(by: { $0.judge(order) }) {
    case .holds: return
    case .fails:
      let obstacles = rule.obstacles { $0.judge(order) }
      throw candidate.refused(.notEligible, ["conditions": .names(obstacles.map(\.name))])
    case .unknown:
      let questions = rule.openQuestions({ $0.judge(order) }, ifTold: { $0.kind.asks != nil })
      if !questions.isEmpty {
        throw candidate.lacking(
          questions.compactMap(\.kind.asks), for: questions.map(\.name), .notEligible,
          explained: explain(questions))
      }
      // All that could still be said would not make it hold: an amount has no entry for the order's currency.
      let unsayable = rule.openQuestions({ $0.judge(order) }, ifTold: { _ in true })
        .filter { $0.kind.asks == nil }
      throw candidate.refused(
        .currencyMismatch,
        ["currency": .text(order.cart.currency.code), "conditions": .names(unsayable.map(\.name))])
    }
  }

  private func explain(_ questions: [OrderCondition]) -> Details {
    var facts: Details = [:]
    for question in questions { facts.merge(question.kind.explain(order)) { first, _ in first } }
    return facts
  }

  /// The places of the lines that the coupon may discount, and for a shipping coupon of the charges that it covers.
  private func targets(_ candidate: Candidate) throws(RefusedCode) -> Targets {
    let lines = try eligibleLines(candidate)
    switch candidate.terms.target {
    case .goods: return Targets(lines: lines)
    case .shipping: return Targets(lines: lines, charges: try coveredCharges(candidate))
    }
  }

  private func eligibleLines(_ candidate: Candidate) throws(RefusedCode) -> [Int] {
    guard let rule = candidate.terms.lineRule else { return everyLine }
    let cart = order.cart.lines
    var lines: [Int] = []
    lines.reserveCapacity(cart.count)
    for index in cart.indices where cart.may(index, beDiscountedBy: rule) { lines.append(index) }
    if !lines.isEmpty { return lines }
    let ruled = cart.indices.map { RuledLine(lines: cart, index: $0) }
    let questions = ruled.flatMap { line in rule.openQuestions({ $0.judge(line) }, ifTold: { _ in true }) }
    if !questions.isEmpty {
      throw candidate.lacking(
        questions.compactMap(\.kind.asks), for: questions.map(\.name), .noEligibleLines)
    }
    let obstacles = ruled.flatMap { line in rule.obstacles { $0.judge(line) } }
    throw candidate.refused(.noEligibleLines, ["conditions": .names(obstacles.map(\.name))])
  }

  /// None of them while shipping is not known.
  private func coveredCharges(_ candidate: Candidate) throws(RefusedCode) -> [Int] {
    let cart = order.cart
    if cart.shipping.isEmpty { return [] }
    let inMethod = cart.shipping.indices.filter { candidate.terms.kind.covers(cart.shipping[$0]) }
    if inMethod.isEmpty {
      throw candidate.refused(.noEligibleLines, ["methods": .names(cart.shipping.map(\.method.text))])
    }
    guard let sellerID = candidate.terms.sellerID else { return inMethod }
    let truths = inMethod.map { cart.judge(charge: $0, isOf: sellerID) }
    let covered = zip(inMethod, truths).filter { $1 == .holds }.map { $0.0 }
    if !covered.isEmpty { return covered }
    if truths.contains(.unknown) {
      throw candidate.lacking([.chargeSellers], for: ["seller"], .noEligibleLines)
    }
    throw candidate.refused(.noEligibleLines, ["conditions": .list(["seller"])])
  }

  /// What earlier coupons leave is never more than the list price, so whatever the basis of the minimum, the list
  /// price must reach it.
  private func checkMinimum(_ candidate: Candidate, lines: [Int]) throws(RefusedCode) {
    do {
      try candidate.terms.checkMinimum(
        order.goods.listed(lines), of: lines, in: order.cart, basis: .list)
    } catch {
      throw candidate.refused(error)
    }
  }

  private func checkLimits(_ candidate: Candidate) throws(RefusedCode) {
    let used = candidate.used
    let limits = candidate.terms.limits
    let hindrance =
      Hindrance.used(used.total, of: limits.total, .usageLimitReached, held: used.held[.total])
      ?? used.campaign?.useHindrance
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
    if let budget = limits.budget[order.cart.currency], used.budget >= budget {
      var facts = Details(used.held[.budget])
      facts["budget"] = .integer(budget)
      throw candidate.refused(.budgetExhausted, facts)
    }
    if let hindrance = used.campaign?.moneyHindrance(in: order.cart.currency) {
      throw candidate.refused(hindrance)
    }
  }
}

/// What a coupon may discount, as places in the cart.
struct Targets {
  var lines: [Int]
  /// Of a shipping coupon, the charges that it covers.
  var charges: [Int] = []
}

extension Candidate {
  func refused(_ reason: RefusalReason, _ facts: Details = [:]) -> RefusedCode {
    RefusedCode(code: typed, index: index, couponID: couponID, reason: reason, facts: facts)
  }

  /// The refusal of a coupon that may apply once the request says more.
  fileprivate func lacking(
    _ missing: [OrderFact], for conditions: [String], _ reason: RefusalReason, explained facts: Details = [:]
  ) -> RefusedCode {
    var facts = facts
    facts["conditions"] = .names(conditions)
    facts["missing"] = .names(missing.map(\.rawValue))
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

extension Detail {
  /// A list that names everything once, in the order in which it came.
  fileprivate static func names(_ names: [String]) -> Detail {
    var once: [String] = []
    for name in names where !once.contains(name) { once.append(name) }
    return .list(once)
  }
}

extension CouponTerms {
  /// Whether the coupon may discount a line.
  func mayDiscount(_ line: Int, of cart: Cart) -> Bool {
    lineRule.map { cart.lines.may(line, beDiscountedBy: $0) } ?? true
  }
}

extension [Cart.Line] {
  fileprivate func may(_ line: Int, beDiscountedBy rule: LineRule) -> Bool {
    let line = RuledLine(lines: self, index: line)
    return rule.judged { $0.judge(line) } == .holds
  }
}

extension Cart {
  /// Whether a charge is of one seller: of the one that it names; one that names none, if all goods are that seller's.
  fileprivate func judge(charge: Int, isOf sellerID: SellerID) -> Truth {
    if let named = shipping[charge].sellerID { return Truth(named == sellerID) }
    return lines.allSatisfy { $0.sellerID == sellerID } ? .holds : .unknown
  }
}

extension OrderFact {
  /// The seller of each shipping charge.
  static let chargeSellers = OrderFact(rawValue: "cart.shipping.seller_id")
}
