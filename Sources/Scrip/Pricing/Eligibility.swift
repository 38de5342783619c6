/// Judges one code by itself: state, window, owner, currency, rules and limits. Discounts are computed elsewhere.
struct Eligibility: ~Copyable {
  let context: EligibilityContext
  let goods: Goods

  /// Throws the first reason, in the order of `RefusalReason`, for which the candidate can't be used.
  ///
  /// A coupon that the order holds already keeps its place: state, window and limits were judged when it was locked.
  /// - Returns: the places of the lines that it may discount.
  func check(_ candidate: Candidate) throws(RefusedCode) -> [Int] {
    if !candidate.isHeld {
      try checkState(candidate)
      try checkWindow(candidate)
    }
    try checkOwner(candidate)
    try checkCurrency(candidate)
    try checkRules(candidate)
    let lines = eligibleLines(candidate.terms)
    try checkTargets(candidate, lines: lines)
    try checkMinimum(candidate, lines: lines)
    if !candidate.isHeld { try checkLimits(candidate) }
    return lines
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
    guard let userID = context.customer.userID else { throw candidate.refused(.identityRequired) }
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
    if let rules = candidate.terms.rules, !rules.holds({ holds($0) }) {
      var names: [String] = []
      for obstacle in rules.obstacles({ holds($0) })
      where !names.contains(obstacle.name) {
        names.append(obstacle.name)
      }
      throw candidate.refused(.notEligible, ["conditions": .list(names)])
    }
    if case .shipping(let shipping) = candidate.terms.discount, !shipping.countries.isEmpty,
      !Membership.isIn(shipping.countries).contains(context.customer.country)
    {
      throw candidate.refused(.notEligible, ["conditions": .list(["country"])])
    }
  }

  private func eligibleLines(_ terms: CouponTerms) -> [Int] {
    if terms.sellerID == nil, terms.eligibleLines == nil { return Array(context.cart.lines.indices) }
    var lines: [Int] = []
    lines.reserveCapacity(context.cart.lines.count)
    for index in context.cart.lines.indices where terms.mayDiscount(index, of: context.cart) {
      lines.append(index)
    }
    return lines
  }

  private func checkTargets(_ candidate: Candidate, lines: [Int]) throws(RefusedCode) {
    let charges = context.cart.shipping
    let hasTarget =
      switch candidate.terms.discount {
      case .shipping(let shipping): charges.isEmpty || charges.contains { shipping.covers($0) }
      case .percent, .fixed: !lines.isEmpty
      }
    if !hasTarget { throw candidate.refused(.noEligibleLines) }
  }

  /// What earlier coupons leave is never more than the list price, so whatever the basis of the minimum, the list
  /// price must reach it.
  private func checkMinimum(_ candidate: Candidate, lines: [Int]) throws(RefusedCode) {
    guard let minimum = candidate.terms.minimum[context.cart.currency] else { return }
    let base = lines.reduce(0) { $0 + goods.listed[$1] }
    if base < minimum { throw candidate.belowMinimum(minimum, by: minimum - base) }
  }

  private func checkLimits(_ candidate: Candidate) throws(RefusedCode) {
    let used = candidate.used
    let hindrance =
      Hindrance.used(used.total, of: candidate.terms.limits.total, .usageLimitReached)
      ?? .used(used.byCode, of: candidate.perCodeLimit, .codeLimitReached)
      ?? .used(used.byUser, of: candidate.perUserLimit, .userLimitReached)
    if let hindrance { throw candidate.refused(hindrance) }
    for limit in candidate.terms.limits.perPeriod
    where candidate.used.byPeriod[limit.period, default: 0] >= limit.total {
      throw candidate.refused(
        .periodLimitReached, ["limit": .integer(limit.total), "period": .text(limit.period.rawValue)])
    }
    if let budget = candidate.terms.limits.budget[context.cart.currency], candidate.used.budget >= budget {
      throw candidate.refused(.budgetExhausted, ["budget": .integer(budget)])
    }
  }

  private func holds(_ condition: OrderCondition) -> Bool {
    let cart = context.cart
    let customer = context.customer
    switch condition {
    case .amount(let minimum): return minimum[cart.currency].map { goods.subtotal >= $0 } ?? false
    case .quantity(let minimum): return goods.quantity >= minimum
    case .user(let users): return users.contains(customer.userID)
    case .seller(let sellers): return sellers.containsAny(of: cart.lines.lazy.compactMap(\.sellerID))
    case .product(let products): return products.containsAny(of: cart.lines.lazy.map(\.productID))
    case .category(let categories): return categories.containsAny(of: cart.lines.lazy.flatMap(\.categories))
    case .country(let countries): return countries.contains(customer.country)
    case .channel(let channels): return channels.contains(cart.channel)
    case .segment(let segments): return segments.containsAny(of: customer.segments)
    case .firstOrder(let expected): return (customer.firstOrder ?? false) == expected
    }
  }
}

extension Candidate {
  func refused(_ reason: RefusalReason, _ facts: Facts = [:]) -> RefusedCode {
    RefusedCode(code: typed, index: index, couponID: couponID, reason: reason, facts: facts)
  }

  func belowMinimum(_ minimum: Int64, by missing: Int64) -> RefusedCode {
    refused(.minimumNotReached, ["minimum": .integer(minimum), "missing": .integer(missing)])
  }
}

extension CouponTerms {
  /// Whether the coupon may discount a line: the seller's own lines only, and those that the line rule names.
  func mayDiscount(_ line: Int, of cart: Cart) -> Bool {
    if let sellerID, cart.lines[line].sellerID != sellerID { return false }
    guard let eligibleLines else { return true }
    return eligibleLines.holds { condition in
      switch condition {
      case .product(let products): products.contains(cart.lines[line].productID)
      case .category(let categories): categories.containsAny(of: cart.lines[line].categories)
      case .seller(let sellers): sellers.contains(cart.lines[line].sellerID)
      }
    }
  }
}

extension ShippingDiscount {
  func covers(_ charge: Cart.Shipping) -> Bool { methods.isEmpty || methods.contains(charge.method) }
}
