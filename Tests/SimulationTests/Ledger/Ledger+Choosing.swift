/// Which of several codes apply together: every set is tried.
extension Ledger {
  private struct Outcome {
    var applied: [Applied] = []
    var refused: [Quote.Refused] = []
    var isExclusive = false
    var discount: Int { applied.map(\.amount).reduce(0, +) }
    var pending: Int { applied.filter(\.isPending).count }
  }

  /// What the codes come to for this cart and customer.
  func price(_ typed: [Name], _ customer: Customer, _ cart: Cart, isLock: Bool) -> Quote {
    let found = found(by: typed, isQuote: !isLock)
    let (candidates, refused) = found.resolve(typed, customer, cart)
    return found.price(candidates, refused, customer, cart, isLock: isLock)
  }

  /// What the codes come to for an order that has an application: nothing that it holds is counted against it. What
  /// it keeps stays under the terms that were agreed; the rest is judged as if the order held nothing.
  ///
  /// - Returns: the quote, and the uses that stay.
  func price(
    for index: Int, _ typed: [Name], _ customer: Customer, _ cart: Cart, isLock: Bool
  ) -> (quote: Quote, kept: [Int]) {
    let application = applications[index]
    let standing = application.uses.filter { use in
      !uses[use].isDoomed && (uses[use].keys.isEmpty || customer.keys.isSubset(of: uses[use].keys))
    }
    let without = found(by: typed, for: application, isQuote: !isLock)
    let (candidates, refused) = without.resolve(
      typed, customer, cart, kept: standing, heldIn: application.cart.currency)
    let quote = without.price(candidates, refused, customer, cart, isLock: isLock)
    return (quote, candidates.compactMap(\.held))
  }

  func price(
    _ candidates: [Candidate], _ refused: [Quote.Refused], _ customer: Customer, _ cart: Cart, isLock: Bool
  ) -> Quote {
    var refused = refused
    var eligible: [Candidate] = []
    let order = Order(candidates: candidates)
    for candidate in candidates {
      var reasons = [hindrance(candidate, beside: order, customer, cart)].compactMap(\.self)
      // A lock of what is limited for each person needs to know the person.
      if isLock, candidate.held == nil, customer.keys.isEmpty, perUser(candidate) != nil {
        reasons.append("identity_required")
      }
      if let reason = Ledger.leading(reasons) {
        refused.append(Quote.Refused(index: candidate.index, reason: reason))
      } else {
        eligible.append(candidate)
      }
    }
    let best = choose(eligible.sorted { isBefore($0, $1, cart) }, of: order, cart)
    return Quote(
      applied: best.applied, refused: (refused + best.refused).sorted { $0.index < $1.index })
  }

  /// Lines, the order, shipping; then priority; then percentages before fixed amounts; then what has the cheaper goods;
  /// then the older coupon.
  private func isBefore(_ left: Candidate, _ right: Candidate, _ cart: Cart) -> Bool {
    func rank(_ candidate: Candidate) -> [Int] {
      let place = Class.allCases.firstIndex(of: candidate.terms.kindOfClass) ?? 0
      let goods = eligible(candidate.terms, cart).map { cart.lines[$0].cost }.reduce(0, +)
      return [place, candidate.terms.priority, candidate.terms.kind.isAmount ? 1 : 0, goods]
    }
    let ranks = (rank(left), rank(right))
    if ranks.0 != ranks.1 { return ranks.0.lexicographicallyPrecedes(ranks.1) }
    return coupons[left.coupon].id < coupons[right.coupon].id
  }

  private func consent(_ left: Candidate, _ right: Candidate) -> Bool {
    if left.terms.stacking == .exclusive || right.terms.stacking == .exclusive { return false }
    if case .group = left.terms.stacking, left.terms.stacking == right.terms.stacking { return false }
    return left.terms.beside.contains(right.terms.kindOfClass)
      && right.terms.beside.contains(left.terms.kindOfClass)
  }

  private func choose(_ eligible: [Candidate], of order: Order, _ cart: Cart) -> Outcome {
    let places = Array(eligible.indices)
    let sets = (1..<(1 << eligible.count)).map { bits in places.filter { bits >> $0 & 1 == 1 } }.filter {
      set in
      set.allSatisfy { left in set.allSatisfy { left == $0 || consent(eligible[left], eligible[$0]) } }
    }
    let largest = sets.filter { set in
      !places.contains { other in
        !set.contains(other) && set.allSatisfy { consent(eligible[$0], eligible[other]) }
      }
    }
    let outcomes = largest.map { set in (set: set, outcome: priced(set.map { eligible[$0] }, of: order, cart))
    }
    guard let best = outcomes.min(by: { isBetter($0.outcome, than: $1.outcome) }) else { return Outcome() }
    var outcome = best.outcome
    for loser in places where !best.set.contains(loser) {
      let reason = reason(of: eligible[loser], beside: best.outcome, eligible, of: order, cart)
      outcome.refused.append(Quote.Refused(index: eligible[loser].index, reason: reason))
    }
    return outcome
  }

  private func priced(_ candidates: [Candidate], of order: Order, _ cart: Cart) -> Outcome {
    var left = Left(cart, for: order)
    var outcome = Outcome()
    for candidate in candidates {
      switch take(candidate, from: &left, cart) {
      case .success(let applied):
        outcome.applied.append(applied)
        left.order.applied.append(applied)
        if candidate.terms.stacking == .exclusive { outcome.isExclusive = true }
      case .failure(let reason):
        outcome.refused.append(Quote.Refused(index: candidate.index, reason: reason.text))
      }
    }
    return outcome
  }

  /// More money; more shipping that is promised; no exclusive coupon; older coupons.
  private func isBetter(_ left: Outcome, than right: Outcome) -> Bool {
    let ranks = [left, right].map { [-$0.discount, -$0.pending, $0.isExclusive ? 1 : 0] }
    if ranks[0] != ranks[1] { return ranks[0].lexicographicallyPrecedes(ranks[1]) }
    func ids(_ outcome: Outcome) -> [String] { outcome.applied.map { coupons[$0.coupon].id }.sorted() }
    return ids(left).lexicographicallyPrecedes(ids(right))
  }

  private func reason(
    of loser: Candidate, beside best: Outcome, _ eligible: [Candidate], of order: Order, _ cart: Cart
  ) -> String {
    let winners = eligible.filter { winner in best.applied.contains { $0.coupon == winner.coupon } }
    let blockers = winners.filter { !consent(loser, $0) }
    if blockers.isEmpty {
      let together = eligible.filter { candidate in
        candidate.coupon == loser.coupon || winners.contains { $0.coupon == candidate.coupon }
      }
      return priced(together, of: order, cart).refused.first { $0.index == loser.index }?.reason
        ?? "no_effect"
    }
    let isRivalry = blockers.allSatisfy { blocker in
      if loser.terms.stacking == .exclusive || blocker.terms.stacking == .exclusive { return true }
      if case .group = loser.terms.stacking { return loser.terms.stacking == blocker.terms.stacking }
      return false
    }
    return isRivalry ? "better_discount_applied" : "combination_disallowed"
  }
}
