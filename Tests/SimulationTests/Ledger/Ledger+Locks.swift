/// Locking, and pricing a lock again.
extension Ledger {
  mutating func apply(
    order: Name, codes typed: [Name], _ customer: Customer, _ cart: Cart, seconds: Int, expected: Int? = nil
  ) -> Verdict {
    if orders.contains(where: { $0.name == order }) { return .refused("order_kept_here") }
    if let held = liveApplication(order) { return keep(held, typed, customer, cart, expected) }
    let quote = price(once(typed), customer, cart, isLock: true)
    if let reason = Ledger.leading(quote.refused.map(\.reason)) { return .refused(reason) }
    if let expected, expected != quote.discount { return .refused("discount_changed") }
    lock(order, quote, customer, cart, seconds: seconds)
    return .made
  }

  mutating func lock(
    _ order: Name, _ quote: Quote, _ customer: Customer, _ cart: Cart, seconds: Int
  ) {
    let first = uses.count
    for applied in quote.applied { uses.append(use(applied, customer, cart)) }
    for use in first..<uses.count { audit(use) }
    applications.append(
      Application(
        order: order, lockedAt: now, expiresAt: now + seconds, cart: cart, customer: customer,
        uses: Array(first..<uses.count), ever: Array(first..<uses.count), quote: quote))
  }

  private func use(_ applied: Applied, _ customer: Customer, _ cart: Cart) -> Use {
    let terms = coupons[applied.coupon].terms
    let owner = codes[applied.code]?.owner
    let isLimited = terms.limits.perUser != nil || owner != nil || terms.owner != nil
    return Use(
      coupon: applied.coupon, code: applied.code, codeOwner: owner, terms: terms,
      keys: isLimited ? customer.keys : [],
      spans: Set(terms.limits.perPeriod.keys.map { Ledger.span($0, at: now) }),
      budget: terms.limits.budget[cart.currency] == nil ? nil : cart.currency, currency: cart.currency,
      amount: applied.amount)
  }

  private mutating func keep(
    _ held: Int, _ typed: [Name], _ customer: Customer, _ cart: Cart, _ expected: Int?
  ) -> Verdict {
    let application = applications[held]
    let wanted = Set(typed.map { meant(by: $0) ?? $0 })
    let hasSameCodes = wanted == Set(application.uses.map { uses[$0].code })
    let isExpected = expected == nil || expected == application.quote.discount
    if application.state == .redeemed {
      let isSame = hasSameCodes && application.cart == cart && application.customer == customer && isExpected
      return isSame ? .done : .refused("already_redeemed")
    }
    if !hasSameCodes { return .refused("order_has_application") }
    if application.state == .locked, application.isDoomed { return .refused("lock_revoked") }
    if application.cart == cart, application.customer == customer {
      return isExpected ? .done : .refused("discount_changed")
    }
    let wish = Wish(expectedDiscount: expected)
    if let reason = reprice(held, cart, customer, wish) { return .refused(reason) }
    return .done
  }

  /// What somebody who has a lock priced again insists on.
  struct Wish {
    var expectedDiscount: Int?
    var expectedTotal: Int?
    var isAllOrNothing = false
    /// The money is in, so that what does not fit is given back and the others stay.
    var isPaid = false
  }

  /// Amounts for another cart, under the terms that were agreed; says why not, and then changes nothing.
  mutating func reprice(_ index: Int, _ cart: Cart, _ customer: Customer, _ wish: Wish) -> String? {
    let application = applications[index]
    if cart.currency != application.cart.currency { return "currency_mismatch" }
    for use in application.uses.map({ uses[$0] }) where !use.keys.isEmpty {
      if !customer.keys.isSubset(of: use.keys) { return "order_has_application" }
    }
    let without = found(by: [], for: application)
    let candidates = application.uses.enumerated().map { without.candidate($0.element, $0.offset, cart) }
    let quote = without.price(candidates, [], customer, cart, isLock: false)
    let refusal = Ledger.leading(quote.refused.map(\.reason))
    if !wish.isPaid, let refusal { return refusal }
    let (kept, left) = application.uses.split { use in
      quote.applied.contains { $0.coupon == uses[use].coupon }
    }
    let isUsedUp = quote.refused.contains { Ledger.usedUp.contains($0.reason) }
    // A lock that ran out is taken again with what fits, but not without what others have taken meanwhile.
    if application.state == .released, kept.isEmpty || isUsedUp { return "lock_expired" }
    if let expected = wish.expectedDiscount, expected != quote.discount { return "discount_changed" }
    if let expected = wish.expectedTotal, expected != cart.goods + cart.shipping - quote.discount {
      return "total_changed"
    }
    if wish.isAllOrNothing, let refusal { return refusal }
    for use in left { uses[use].state = .released }
    applications[index].uses = kept
    agree(index, quote, customer, cart)
    return nil
  }

  /// What stays costs what the new quote says.
  private mutating func agree(_ index: Int, _ quote: Quote, _ customer: Customer, _ cart: Cart) {
    for use in applications[index].uses {
      uses[use].amount = quote.applied.first { $0.coupon == uses[use].coupon }?.amount ?? 0
    }
    applications[index].quote = quote
    applications[index].cart = cart
    applications[index].customer = customer
  }

  /// Other codes, another cart or another customer in one step.
  mutating func change(
    _ index: Int, codes typed: [Name], _ customer: Customer, _ cart: Cart, seconds: Int?, expected: Int?
  ) -> Verdict {
    let application = applications[index]
    if application.isKept { return .refused("order_kept_here") }
    switch (application.state, application.cause) {
    case (.redeemed, _): return .refused("already_redeemed")
    case (.released, "expired"), (.locked, _): if application.isDoomed { return .refused("lock_revoked") }
    case (.released, "revoked"): return .refused("lock_revoked")
    case (.released, _): return .refused("already_released")
    }
    if cart.currency != application.cart.currency { return .refused("currency_mismatch") }
    let (quote, kept) = price(for: index, once(typed), customer, cart, isLock: true)
    let hasRunOut = application.state == .released
    var end = application.expiresAt
    if hasRunOut || seconds != nil {
      let wished = min(now + (seconds ?? 900), application.lockedAt + 7 * 86_400)
      if hasRunOut, wished <= now { return .refused("lock_expired") }
      end = max(end, wished)
    }
    if hasRunOut {
      let hasRoom =
        kept.allSatisfy { hasRoomAgain($0, isRepriced: true) }
        && found(by: typed, for: application).haveRoomAgain(kept, isRepriced: true)
      if liveApplication(application.order) != nil || !hasRoom { return .refused("lock_expired") }
    }
    if let reason = Ledger.leading(quote.refused.map(\.reason)) { return .refused(reason) }
    if let expected, expected != quote.discount { return .refused("discount_changed") }
    for use in application.uses where !kept.contains(use) { uses[use].state = .released }
    var held: [Int] = []
    for applied in quote.applied {
      if let stays = kept.first(where: { uses[$0].coupon == applied.coupon }) {
        held.append(stays)
        continue
      }
      // A coupon that comes back takes the place of the use that was given back.
      for use in application.ever where uses[use].coupon == applied.coupon { uses[use].isReplaced = true }
      held.append(uses.count)
      applications[index].ever.append(uses.count)
      uses.append(use(applied, customer, cart))
    }
    applications[index].uses = held
    agree(index, quote, customer, cart)
    for use in held {
      let isTaken = uses[use].state == .released || !kept.contains(use)
      uses[use].state = .locked
      if isTaken { audit(use) }
    }
    applications[index].state = .locked
    applications[index].cause = ""
    applications[index].expiresAt = end
    return .done
  }

  /// A lock never loses what it has of a budget, and gets more only where the budget has it.
  func candidate(_ place: Int, _ index: Int, _ cart: Cart) -> Candidate {
    let use = uses[place]
    var left: Int?
    if let budget = use.budget, let agreed = use.terms.limits.budget[budget] {
      let limit = coupons[use.coupon].terms.limits.budget[budget] ?? agreed
      let own = use.state == .released ? 0 : use.amount
      let counted = setAside.contains(place) ? 0 : own
      left = max(limit - (spent(use.coupon, budget) - counted), own)
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
