/// Whether one code may be used, by itself.
extension Ledger {
  /// A code with what is known of it when an order wants it.
  struct Candidate {
    let index: Int
    let code: Name
    let coupon: Int
    let terms: Terms
    let owner: Name?
    /// What its budget still pays; nil without a budget.
    var budgetLeft: Int?
    /// The use that the order has of it already: its state, window and limits are not judged again.
    var held: Int?
  }

  /// Reasons in the order in which they are given.
  static let reasons = [
    "code_malformed", "already_applied", "unknown_code", "coupon_not_active", "coupon_disabled",
    "billing_only", "checkout_only", "coupon_revoked", "subscription_cancelled", "already_attached",
    "not_started",
    "expired", "owner_mismatch", "identity_required", "currency_mismatch", "not_eligible",
    "no_eligible_lines",
    "minimum_not_reached", "usage_limit_reached", "code_limit_reached", "user_limit_reached",
    "period_limit_reached", "budget_exhausted", "budget_of_checkouts", "combination_disallowed",
    "better_discount_applied",
    "no_effect",
  ]

  static func leading(_ reasons: [String]) -> String? {
    Ledger.reasons.first { reasons.contains($0) } ?? reasons.first
  }

  func isPersonal(_ candidate: Candidate) -> Bool { candidate.owner != nil }

  func perUser(_ candidate: Candidate) -> Int? {
    candidate.terms.limits.perUser ?? (isPersonal(candidate) ? 1 : nil)
  }

  /// The codes of a request, each once: of several that open one coupon the one that the order holds counts, then one
  /// that this customer may still use, then the first by its letters.
  ///
  /// - Parameter kept: the uses of an order that stay as they are if their code is wanted, and their order's currency.
  func resolve(
    _ typed: [Name], _ customer: Customer, _ cart: Cart, kept: [Int] = [], heldIn currency: String? = nil
  ) -> (candidates: [Candidate], refused: [Quote.Refused]) {
    var found: [Candidate] = []
    var refused: [Quote.Refused] = []
    for (index, name) in typed.enumerated() {
      let meant = meant(by: name)
      if let use = kept.first(where: { uses[$0].code == meant ?? name }) {
        if currency == cart.currency {
          found.append(candidate(use, index, cart))
        } else {
          refused.append(Quote.Refused(index: index, reason: "currency_mismatch"))
        }
        continue
      }
      guard let meant, let code = opened(by: meant) else {
        refused.append(Quote.Refused(index: index, reason: "unknown_code"))
        continue
      }
      let terms = coupons[code.coupon].terms
      let left = terms.limits.budget[cart.currency].map { $0 - spent(code.coupon, cart.currency) }
      found.append(
        Candidate(
          index: index, code: meant, coupon: code.coupon, terms: terms, owner: code.owner ?? terms.owner,
          budgetLeft: left))
    }
    var chosen: [Candidate] = []
    func rank(_ candidate: Candidate) -> (Int, Name, Int) {
      if candidate.held != nil { return (0, candidate.code, candidate.index) }
      let isForeign = candidate.owner.map { $0 != customer.user } ?? false
      let isUsedUp = usedUp(candidate, customer) != nil
      return (isForeign || isUsedUp ? 2 : 1, candidate.code, candidate.index)
    }
    for candidate in found.sorted(by: { rank($0) < rank($1) }) {
      if chosen.contains(where: { $0.coupon == candidate.coupon }) {
        refused.append(Quote.Refused(index: candidate.index, reason: "already_applied"))
      } else {
        chosen.append(candidate)
      }
    }
    return (chosen, refused)
  }

  /// The first reason for which a code can't be used, whatever the other codes are.
  func hindrance(
    _ candidate: Candidate, beside order: Order, _ customer: Customer, _ cart: Cart
  ) -> String? {
    let terms = candidate.terms
    if candidate.held == nil, let reason = closed(candidate) { return reason }
    if let owner = candidate.owner, owner != customer.user {
      return customer.user == nil ? "identity_required" : "owner_mismatch"
    }
    if lacksCurrency(terms, cart.currency) { return "currency_mismatch" }
    if candidate.held == nil, let campaign = terms.campaign {
      if lacks(campaigns[campaign].budget, cart.currency) { return "currency_mismatch" }
    }
    if let reason = judge(terms, customer, cart) { return reason }
    let lines = eligible(terms, cart)
    if let reason = hasNothingToDiscount(terms, lines, cart) { return reason }
    let base = lines.map { cart.lines[$0].cost }.reduce(0, +)
    if let minimum = terms.minimum[cart.currency], base < minimum { return "minimum_not_reached" }
    return candidate.held == nil ? exhausted(candidate, beside: order, customer, cart) : nil
  }

  private func closed(_ candidate: Candidate) -> String? {
    switch coupons[candidate.coupon].state {
    case .draft: return "coupon_not_active"
    case .disabled: return "coupon_disabled"
    case .active, .archived: break
    }
    if candidate.terms.billing?.isForCheckout == false { return "billing_only" }
    if let starts = candidate.terms.starts, now < starts { return "not_started" }
    if let ends = candidate.terms.ends, now >= ends { return "expired" }
    return candidate.terms.campaign.flatMap(isClosed)
  }

  /// Whether a map of amounts has nothing to say about the order's currency.
  private func lacksCurrency(_ terms: Terms, _ currency: String) -> Bool {
    switch terms.kind {
    case .fixed(let amounts), .decimal(let amounts): if amounts[currency] == nil { return true }
    case .percent, .shipping: break
    }
    return [terms.cap, terms.minimum, terms.limits.budget].contains { lacks($0, currency) }
  }

  private func lacks(_ amounts: Amounts, _ currency: String) -> Bool {
    !amounts.isEmpty && amounts[currency] == nil
  }

  /// The rules, with the countries of a shipping coupon.
  private func judge(_ terms: Terms, _ customer: Customer, _ cart: Cart) -> String? {
    var rules = terms.rules.map { [$0] } ?? []
    if case .shipping(_, _, let countries) = terms.kind, !countries.isEmpty {
      rules.append(.country(countries))
    }
    return rules.isEmpty ? nil : obstacle(.all(rules), customer, cart)
  }

  func eligible(_ terms: Terms, _ cart: Cart) -> [Int] {
    cart.lines.indices.filter { index in
      let line = cart.lines[index]
      if let seller = terms.seller, line.seller != seller { return false }
      guard let rule = terms.lines else { return true }
      return holds(rule, Customer(), Cart(currency: cart.currency, lines: [line])) == true
    }
  }

  private func hasNothingToDiscount(_ terms: Terms, _ lines: [Int], _ cart: Cart) -> String? {
    if lines.isEmpty { return "no_eligible_lines" }
    guard case .shipping(_, let methods, _) = terms.kind, !cart.charges.isEmpty else { return nil }
    let isCovered = cart.charges.contains { covers(methods, terms.seller, $0, cart) }
    return isCovered ? nil : "no_eligible_lines"
  }

  /// A charge that names no seller is one seller's if every line is.
  func covers(_ methods: [Name], _ seller: Name?, _ charge: Charge, _ cart: Cart) -> Bool {
    if !methods.isEmpty, !methods.contains(charge.method) { return false }
    guard let seller else { return true }
    return charge.seller.map { $0 == seller } ?? cart.lines.allSatisfy { $0.seller == seller }
  }

  /// Whether the code has no use left for this customer, whatever is left of its coupon.
  private func usedUp(_ candidate: Candidate, _ customer: Customer) -> String? {
    let coupon = candidate.coupon
    if let limit = codes[candidate.code]?.limit ?? candidate.terms.limits.perCode,
      used(coupon, code: candidate.code) >= limit
    {
      return "code_limit_reached"
    }
    if let limit = perUser(candidate), customer.keys.contains(where: { used(coupon, by: $0) >= limit }) {
      return "user_limit_reached"
    }
    return nil
  }

  private func exhausted(
    _ candidate: Candidate, beside order: Order, _ customer: Customer, _ cart: Cart
  ) -> String? {
    let coupon = candidate.coupon
    let limits = candidate.terms.limits
    if let total = limits.total, live(coupon).count >= total { return "usage_limit_reached" }
    if !hasUse(for: candidate, beside: order) { return "usage_limit_reached" }
    if let reason = usedUp(candidate, customer) { return reason }
    for (period, limit) in limits.perPeriod where used(coupon, in: Ledger.span(period, at: now)) >= limit {
      return "period_limit_reached"
    }
    if let left = candidate.budgetLeft, left <= 0 { return "budget_exhausted" }
    if let left = moneyLeft(for: candidate, beside: order, cart.currency), left <= 0 {
      return "budget_exhausted"
    }
    return nil
  }
}

/// Rules: true, false, or nobody can tell.
extension Ledger {
  /// Why the rules do not grant; nil if they do.
  ///
  /// If anything that could still be said might help, it is asked for; every way of saying it is tried.
  private func obstacle(_ rule: Rule, _ customer: Customer, _ cart: Cart) -> String? {
    switch holds(rule, customer, cart) {
    case true?: return nil
    case false?: return "not_eligible"
    case nil:
      let tries = 0..<(1 << 8)
      let mayHold = tries.contains { bits in
        var told = (0..<8).map { bits >> $0 & 1 == 1 }
        return holds(rule, customer, cart, &told) == true
      }
      return mayHold ? "not_eligible" : "currency_mismatch"
    }
  }

  private func holds(_ rule: Rule, _ customer: Customer, _ cart: Cart) -> Bool? {
    var nothing: [Bool] = []
    return holds(rule, customer, cart, &nothing)
  }

  /// What is true of an order, if each condition of which nobody said enough took the next of these answers.
  private func holds(_ rule: Rule, _ customer: Customer, _ cart: Cart, _ told: inout [Bool]) -> Bool? {
    switch rule {
    case .all(let parts):
      let answers = parts.map { holds($0, customer, cart, &told) }
      return answers.contains(false) ? false : answers.contains(nil) ? nil : true
    case .any(let parts):
      let answers = parts.map { holds($0, customer, cart, &told) }
      return answers.contains(true) ? true : answers.contains(nil) ? nil : false
    case .not(let part): return holds(part, customer, cart, &told).map { !$0 }
    case .amount(let amounts): return amounts[cart.currency].map { cart.goods >= $0 }
    case .quantity(let count): return cart.lines.map(\.quantity).reduce(0, +) >= count
    case .product(let names): return cart.lines.map(\.product).contains(where: names.contains)
    case .category(let names): return cart.lines.map(\.category).contains(where: names.contains)
    default:
      let known = said(rule, customer, cart)
      return known == nil && !told.isEmpty ? told.removeFirst() : known
    }
  }

  /// A condition about what a request may leave out.
  private func said(_ rule: Rule, _ customer: Customer, _ cart: Cart) -> Bool? {
    switch rule {
    case .isNew(let wanted): return customer.isNew.map { $0 == wanted }
    case .country(let countries): return customer.country.map(countries.contains)
    case .segment(let names): return customer.segments.map { $0.contains(where: names.contains) }
    case .user(let names): return customer.user.map(names.contains)
    case .seller(let names):
      let sellers = cart.lines.map(\.seller)
      if sellers.contains(where: { $0.map(names.contains) ?? false }) { return true }
      return sellers.contains(nil) ? nil : false
    default: return nil
    }
  }
}
