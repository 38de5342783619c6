/// Computes what one coupon takes off what earlier coupons left, and takes it.
struct Discounting: ~Copyable {
  let cart: Cart
  let policy: PricingPolicy

  /// The discount, or why there is none. A refusal leaves `goods` unchanged.
  ///
  /// - Parameter targets: what the coupon may discount, each ascending.
  func apply(
    _ candidate: Candidate, to targets: Targets, of goods: inout Goods
  ) throws(RefusedCode) -> AppliedDiscount {
    let lines = targets.lines
    try checkRunningMinimum(candidate, lines: lines, goods: goods)
    if case .shipping(let shipping) = candidate.terms.discount {
      return try applyShipping(shipping, of: candidate, charges: targets.charges, goods: &goods)
    }
    switch candidate.terms.scope {
    case .order: return try applyToOrder(candidate, lines: lines, goods: &goods)
    case .line: return try applyToLines(candidate, lines: lines, goods: &goods)
    case .unit: return try applyToUnits(candidate, lines: lines, goods: &goods)
    }
  }

  private func checkRunningMinimum(
    _ candidate: Candidate, lines: [Int], goods: Goods
  ) throws(RefusedCode) {
    guard candidate.terms.minimumBasis == .running else { return }
    let base = lines.reduce(0) { $0 + goods.remaining[$1] }
    try candidate.checkMinimum(base, of: lines, in: cart, basis: .running)
  }

  private func applyToOrder(
    _ candidate: Candidate, lines: [Int], goods: inout Goods
  ) throws(RefusedCode) -> AppliedDiscount {
    let weights = lines.map { goods.remaining[$0] }
    let left = weights.reduce(0, +)
    let base = policy.percentBase == .running ? left : lines.reduce(0) { $0 + goods.listed[$1] }
    let uncapped = min(share(of: candidate.terms.discount, base: base), left)
    let amount = try limited(uncapped, candidate)
    let allocations = take(allocate(amount, over: weights), from: lines, goods: &goods)
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: allocations)
  }

  private func applyToLines(
    _ candidate: Candidate, lines: [Int], goods: inout Goods
  ) throws(RefusedCode) -> AppliedDiscount {
    let parts = lines.map { line in
      let base = policy.percentBase == .running ? goods.remaining[line] : goods.listed[line]
      return min(share(of: candidate.terms.discount, base: base), goods.remaining[line])
    }
    let uncapped = parts.reduce(0, +)
    let amount = try limited(uncapped, candidate)
    let cut = amount == uncapped ? parts : allocate(amount, over: parts)
    let allocations = take(cut, from: lines, goods: &goods)
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: allocations)
  }

  private func applyToUnits(
    _ candidate: Candidate, lines: [Int], goods: inout Goods
  ) throws(RefusedCode) -> AppliedDiscount {
    var parts: [Int64] = []
    for line in lines {
      for unit in 0..<goods.unitCount(of: line) {
        let left = goods.remaining(unit: unit, of: line)
        let base = policy.percentBase == .running ? left : goods.listed(unit: unit, of: line)
        parts.append(min(share(of: candidate.terms.discount, base: base), left))
      }
    }
    let uncapped = parts.reduce(0, +)
    let amount = try limited(uncapped, candidate)
    // A cap cuts all units in proportion, in one allocation over every unit of the order.
    let cut = amount == uncapped ? parts : allocate(amount, over: parts)
    var allocations: [Allocation] = []
    var rest = cut[...]
    for line in lines {
      let units = Array(rest.prefix(goods.unitCount(of: line)))
      rest = rest.dropFirst(units.count)
      let total = units.reduce(0, +)
      if total == 0 { continue }
      goods.take(total, asUnits: units, ofLine: line)
      allocations.append(
        Allocation(target: .line(line), targetID: cart.lines[line].id, amount: total, units: units))
    }
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: allocations)
  }

  private func applyShipping(
    _ shipping: ShippingDiscount, of candidate: Candidate, charges: [Int], goods: inout Goods
  ) throws(RefusedCode) -> AppliedDiscount {
    if cart.shipping.isEmpty {
      return discount(candidate, amount: 0, uncapped: 0, allocations: [], pending: true)
    }
    let weights = charges.map { goods.shippingRemaining[$0] }
    let left = weights.reduce(0, +)
    let base = policy.percentBase == .running ? left : charges.reduce(0) { $0 + goods.shippingListed[$1] }
    let uncapped = min(shipping.percent.of(base, rounding: policy.rounding), left)
    let amount = try limited(uncapped, candidate)
    var allocations: [Allocation] = []
    for (charge, part) in zip(charges, allocate(amount, over: weights)) where part > 0 {
      goods.take(part, fromShipping: charge)
      allocations.append(
        Allocation(target: .shipping(charge), targetID: cart.shipping[charge].id, amount: part, units: []))
    }
    return discount(candidate, amount: amount, uncapped: uncapped, allocations: allocations)
  }

  private func take(_ parts: [Int64], from lines: [Int], goods: inout Goods) -> [Allocation] {
    var allocations: [Allocation] = []
    allocations.reserveCapacity(parts.count)
    for (line, part) in zip(lines, parts) where part > 0 {
      let units = goods.take(part, fromLine: line)
      allocations.append(
        Allocation(target: .line(line), targetID: cart.lines[line].id, amount: part, units: units))
    }
    return allocations
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
    throw candidate.refused(.budgetExhausted, ["budget": .integer(budget), "left": .integer(left)])
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
