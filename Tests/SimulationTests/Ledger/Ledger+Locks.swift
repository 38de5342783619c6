/// Locking, and pricing a lock again.
extension Ledger {
  mutating func apply(
    order: Name, codes typed: [Name], _ customer: Customer, _ cart: Cart, seconds: Int
  ) -> Verdict {
    if let held = liveApplication(order) { return keep(held, typed, customer, cart) }
    // A code that is given again changes nothing.
    var once: [Name] = []
    for name in typed where !once.contains(name) { once.append(name) }
    let quote = price(once, customer, cart, isLock: true)
    if let reason = Ledger.leading(quote.refused.map(\.reason)) { return .refused(reason) }
    lock(order, quote, customer, cart, seconds: seconds)
    return .made
  }

  private mutating func lock(
    _ order: Name, _ quote: Quote, _ customer: Customer, _ cart: Cart, seconds: Int
  ) {
    let first = uses.count
    for applied in quote.applied { uses.append(use(applied, customer, cart)) }
    for use in first..<uses.count { audit(use) }
    applications.append(
      Application(
        order: order, lockedAt: now, expiresAt: now + seconds, cart: cart, customer: customer,
        uses: Array(first..<uses.count), quote: quote))
  }

  private func use(_ applied: Applied, _ customer: Customer, _ cart: Cart) -> Use {
    let terms = coupons[applied.coupon].terms
    let owner = codes[applied.code]?.owner
    let isLimited = terms.limits.perUser != nil || owner != nil || terms.owner != nil
    return Use(
      coupon: applied.coupon, code: applied.code, codeOwner: owner, terms: terms,
      keys: isLimited ? customer.keys : [],
      spans: Set(terms.limits.perPeriod.keys.map { Ledger.span($0, at: now) }),
      budget: terms.limits.budget[cart.currency] == nil ? nil : cart.currency, amount: applied.amount)
  }

  private mutating func keep(
    _ held: Int, _ typed: [Name], _ customer: Customer, _ cart: Cart
  ) -> Verdict {
    let application = applications[held]
    let hasSameCodes = Set(typed) == Set(application.uses.map { uses[$0].code })
    if application.state == .redeemed {
      let isSame = hasSameCodes && application.cart == cart && application.customer == customer
      return isSame ? .done : .refused("already_redeemed")
    }
    if !hasSameCodes { return .refused("order_has_application") }
    if application.state == .locked, application.isDoomed { return .refused("lock_revoked") }
    if application.cart == cart, application.customer == customer { return .done }
    if let reason = reprice(held, cart, customer) { return .refused(reason) }
    return .done
  }

  /// Amounts for another cart, under the terms that were agreed; says why not, and then changes nothing.
  ///
  /// - Parameter isPaid: the money is in, so that what does not fit is given back and the others stay.
  mutating func reprice(
    _ index: Int, _ cart: Cart, _ customer: Customer, isPaid: Bool = false
  ) -> String? {
    let application = applications[index]
    if cart.currency != application.cart.currency { return "currency_mismatch" }
    for use in application.uses.map({ uses[$0] }) where !use.keys.isEmpty {
      if !customer.keys.isSubset(of: use.keys) { return "order_has_application" }
    }
    let candidates = application.uses.enumerated().map { candidate($0.element, $0.offset, cart) }
    let quote = price(candidates, [], customer, cart, isLock: false)
    if !isPaid, let reason = Ledger.leading(quote.refused.map(\.reason)) { return reason }
    let (kept, left) = application.uses.split { use in
      quote.applied.contains { $0.coupon == uses[use].coupon }
    }
    let isUsedUp = quote.refused.contains { Ledger.usedUp.contains($0.reason) }
    // A lock that ran out is taken again with what fits, but not without what others have taken meanwhile.
    if application.state == .released, kept.isEmpty || isUsedUp { return "lock_expired" }
    for use in left { uses[use].state = .released }
    applications[index].uses = kept
    for use in kept {
      uses[use].amount = quote.applied.first { $0.coupon == uses[use].coupon }?.amount ?? 0
    }
    applications[index].quote = quote
    applications[index].cart = cart
    applications[index].customer = customer
    return nil
  }

  /// A lock never loses what it has of a budget, and gets more only where the budget has it.
  private func candidate(_ place: Int, _ index: Int, _ cart: Cart) -> Candidate {
    let use = uses[place]
    var left: Int?
    if let budget = use.budget, let agreed = use.terms.limits.budget[budget] {
      let limit = coupons[use.coupon].terms.limits.budget[budget] ?? agreed
      let own = use.state == .released ? 0 : use.amount
      left = max(limit - (spent(use.coupon, budget) - own), own)
    }
    return Candidate(
      index: index, code: use.code, coupon: use.coupon, terms: use.terms,
      owner: use.codeOwner ?? use.terms.owner, budgetLeft: left, held: place)
  }
}

extension Ledger {
  /// Reasons that are about what others hold.
  fileprivate static let usedUp: Set = [
    "usage_limit_reached", "code_limit_reached", "user_limit_reached", "period_limit_reached",
    "budget_exhausted",
  ]
}

extension [Int] {
  fileprivate func split(_ isFirst: (Int) -> Bool) -> ([Int], [Int]) {
    (filter(isFirst), filter { !isFirst($0) })
  }
}
