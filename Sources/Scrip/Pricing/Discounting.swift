/// Computes what coupons take off a cart, each off what earlier ones left, and takes it.
struct Discounting: ~Copyable {
  private let cart: Cart
  private let goods: Goods
  private let policy: PricingPolicy
  private var left: Remainder
  // The amount at hand, split over what it falls on.
  private var split = Split()

  init(_ cart: Cart, _ goods: Goods, _ policy: PricingPolicy) {
    self.cart = cart
    self.goods = goods
    self.policy = policy
    left = Remainder(of: goods, cart)
  }

  /// The discount, or why there is none. A refusal takes nothing.
  ///
  /// - Parameter targets: what the coupon may discount, each ascending.
  mutating func apply(_ candidate: Candidate, to targets: Targets) throws(RefusedCode) -> AppliedDiscount {
    let lines = targets.lines
    if candidate.terms.minimumBasis == .running {
      try candidate.checkMinimum(remaining(lines), of: lines, in: cart, basis: .running)
    }
    if case .shipping(let shipping) = candidate.terms.discount {
      return try applyToShipping(shipping, of: candidate, charges: targets.charges)
    }
    switch candidate.terms.scope {
    case .order: return try applyToOrder(candidate, lines)
    case .line: return try applyToLines(candidate, lines)
    case .unit: return try applyToUnits(candidate, lines)
    }
  }

  private func remaining(_ lines: [Int]) -> Int64 {
    var amount: Int64 = 0
    for line in lines { amount += left.lines[line].amount }
    return amount
  }

  private mutating func applyToOrder(
    _ candidate: Candidate, _ lines: [Int]
  ) throws(RefusedCode) -> AppliedDiscount {
    split.clear(capacity: lines.count)
    for line in lines { split.add(left.lines[line].amount) }
    let base = policy.percentBase == .running ? split.total : goods.listed(lines)
    let uncapped = min(share(of: candidate.terms.discount, base: base), split.total)
    let amount = try limited(uncapped, candidate)
    split.divide(amount)
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: takeFromLines(lines))
  }

  private mutating func applyToLines(
    _ candidate: Candidate, _ lines: [Int]
  ) throws(RefusedCode) -> AppliedDiscount {
    let terms = candidate.terms.discount
    split.clear(capacity: lines.count)
    for line in lines {
      let remaining = left.lines[line].amount
      let base = policy.percentBase == .running ? remaining : goods.listed[line]
      split.add(min(share(of: terms, base: base), remaining))
    }
    let uncapped = split.total
    let amount = try limited(uncapped, candidate)
    split.divide(amount)
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: takeFromLines(lines))
  }

  private mutating func applyToUnits(
    _ candidate: Candidate, _ lines: [Int]
  ) throws(RefusedCode) -> AppliedDiscount {
    let terms = candidate.terms.discount
    // A cap cuts all units in proportion, in one split over every unit of the order.
    split.clear(capacity: 2 * lines.count)
    for line in lines { addUnits(of: line, terms) }
    let uncapped = split.total
    let amount = try limited(uncapped, candidate)
    split.divide(amount)
    var allocations: [Allocation] = []
    allocations.reserveCapacity(lines.count)
    var parts = split.parts[...]
    for line in lines {
      var unitsLeft = cart.lines[line].quantity
      var units = UnitRuns()
      while unitsLeft > 0, let part = parts.popFirst() {
        part.append(to: &units)
        unitsLeft -= part.count
      }
      let amount = units.total
      if amount == 0 { continue }
      left.take(units, ofLine: line)
      allocations.append(
        Allocation(target: .line(line), targetID: cart.lines[line].id, amount: amount, units: units))
    }
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: allocations)
  }

  private mutating func addUnits(of line: Int, _ terms: Discount) {
    let remaining = left.lines[line].units
    let listed = UnitRuns(goods.listed[line], over: cart.lines[line].quantity)
    remaining.together(with: listed) { count, remaining, listed in
      let base = policy.percentBase == .running ? remaining : listed
      split.add(min(share(of: terms, base: base), remaining), times: count)
    }
  }

  private mutating func applyToShipping(
    _ shipping: ShippingDiscount, of candidate: Candidate, charges: [Int]
  ) throws(RefusedCode) -> AppliedDiscount {
    if cart.shipping.isEmpty {
      return discount(candidate, amount: 0, uncapped: 0, allocations: [], pending: true)
    }
    split.clear(capacity: charges.count)
    var listed: Int64 = 0
    for charge in charges {
      split.add(left.charges[charge])
      listed += cart.shipping[charge].amount
    }
    let base = policy.percentBase == .running ? split.total : listed
    let uncapped = min(shipping.percent.of(base, rounding: policy.rounding), split.total)
    let amount = try limited(uncapped, candidate)
    split.divide(amount)
    var allocations: [Allocation] = []
    allocations.reserveCapacity(charges.count)
    for (charge, part) in zip(charges, split.parts) where part.amount > 0 {
      left.take(part.amount, ofCharge: charge)
      allocations.append(
        Allocation(
          target: .shipping(charge), targetID: cart.shipping[charge].id, amount: part.amount,
          units: UnitRuns()))
    }
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: allocations)
  }

  /// Takes each part off its line, split over the line's units by what is left of them.
  private mutating func takeFromLines(_ lines: [Int]) -> [Allocation] {
    var allocations: [Allocation] = []
    allocations.reserveCapacity(lines.count)
    for (line, part) in zip(lines, split.parts) where part.amount > 0 {
      allocations.append(
        Allocation(
          target: .line(line), targetID: cart.lines[line].id, amount: part.amount, units: UnitRuns()))
    }
    for place in allocations.indices {
      guard case .line(let line) = allocations[place].target else { continue }
      let units = units(allocations[place].amount, of: line)
      left.take(units, ofLine: line)
      allocations[place].units = units
    }
    return allocations
  }

  private mutating func units(_ amount: Int64, of line: Int) -> UnitRuns {
    let remaining = left.lines[line].units
    if remaining.count == 1 { return UnitRuns(amount, over: remaining[0].count) }
    split.clear(capacity: remaining.count)
    for run in remaining { split.add(run.amount, times: run.count) }
    split.divide(amount)
    var units = UnitRuns()
    for part in split.parts { part.append(to: &units) }
    return units
  }

  private func share(of discount: Discount, base: Int64) -> Int64 {
    switch discount {
    case .percent(let percent, _): percent.of(base, rounding: policy.rounding)
    case .fixed(let amounts): amounts[cart.currency] ?? 0
    case .shipping: 0
    }
  }

  /// Cuts the amount to the coupon's cap, then to what its budget has left or refuses.
  private func limited(_ uncapped: Int64, _ candidate: Candidate) throws(RefusedCode) -> Int64 {
    let capped = min(uncapped, candidate.terms.cap?[cart.currency] ?? uncapped)
    if capped == 0 { throw candidate.refused(.noEffect) }
    guard let budget = candidate.terms.limits.budget[cart.currency] else { return capped }
    let left = max(0, budget - candidate.used.budget)
    if capped <= left { return capped }
    if left > 0, candidate.terms.limits.onBudgetShort == .clip { return left }
    var facts: Facts = ["budget": .integer(budget), "left": .integer(left)]
    // Only if the money that locks hold would be enough.
    if let held = candidate.used.held[.budget], capped <= left + held.amount {
      facts.merge(Facts(held)) { own, _ in own }
    }
    throw candidate.refused(.budgetExhausted, facts)
  }

  private func discount(
    _ candidate: Candidate, amount: Int64, uncapped: Int64, allocations: [Allocation], pending: Bool = false
  ) -> AppliedDiscount {
    AppliedDiscount(
      code: candidate.code, couponID: candidate.couponID, version: candidate.version,
      title: candidate.terms.name,
      amount: amount, uncappedAmount: uncapped, scope: candidate.terms.scope,
      discountClass: candidate.terms.discountClass, priority: candidate.terms.priority, pending: pending,
      allocations: allocations)
  }
}

extension CouponTerms {
  /// The most that one application of the coupon takes off, by currency.
  var cap: AmountsByCurrency? {
    switch discount {
    case .percent(_, let cap): cap
    case .shipping(let shipping): shipping.cap
    case .fixed: nil
    }
  }
}
