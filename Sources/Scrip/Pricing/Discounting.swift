/// Computes what coupons take off a cart, each off what earlier ones left, and takes it.
struct Discounting: ~Copyable {
  /// What one coupon takes off. All amounts are minor units.
  struct Taken {
    var amount: Int64 = 0
    /// What it would be without the coupon's cap and budget.
    var uncapped: Int64 = 0
    /// How it falls on lines and shipping charges; only those that it falls on.
    var allocations: [Allocation] = []
    /// Whether the amount is not known yet because shipping is not.
    var isPending = false
  }

  private let cart: Cart
  private let goods: Goods
  private let policy: PricingPolicy
  private var left: Remainder
  // The amount at hand, split over what it falls on.
  private var split: Split
  // What the coupons so far take of campaigns, which coupons share.
  private var shares: [Campaign.ID: CampaignShare] = [:]

  init(_ cart: Cart, _ goods: Goods, _ policy: PricingPolicy) {
    self.cart = cart
    self.goods = goods
    self.policy = policy
    left = Remainder(of: goods, cart)
    split = Split(capacity: cart.lines.count)
  }

  /// Forgets the coupons so far.
  mutating func startAgain() {
    left = Remainder(of: goods, cart)
    if !shares.isEmpty { shares = [:] }
  }

  /// What a coupon takes, or why that is nothing. A refusal takes nothing.
  ///
  /// - Parameters:
  ///   - targets: what the coupon may discount, each ascending.
  ///   - used: how often, and for how much money, it is used so far.
  mutating func apply(
    _ terms: CouponTerms, to targets: Targets, used: UsedSoFar
  ) throws(Hindrance) -> Taken {
    guard let campaign = used.campaign else { return try take(terms, targets, used) }
    let taken = try take(terms, targets, used)
    shares[campaign.id, default: CampaignShare()].add(taken.amount, of: campaign)
    return taken
  }

  /// Cuts the amount to what the coupon's cap, its budget and that of its campaign leave, or refuses.
  private func limited(
    _ uncapped: Int64, _ terms: CouponTerms, _ used: UsedSoFar
  ) throws(Hindrance) -> Int64 {
    let amount = try terms.limited(uncapped, used: used, in: cart.currency)
    guard let campaign = used.campaign else { return amount }
    return try (shares[campaign.id] ?? CampaignShare()).limited(
      amount, of: campaign, clips: terms.limits.onBudgetShort == .clip, in: cart.currency)
  }

  private mutating func take(
    _ terms: CouponTerms, _ targets: Targets, _ used: UsedSoFar
  ) throws(Hindrance) -> Taken {
    let lines = targets.lines
    if terms.minimumBasis == .running {
      try terms.checkMinimum(left.amount(ofLines: lines), of: lines, in: cart, basis: .running)
    }
    if let campaign = used.campaign { try shares[campaign.id]?.checkRoom(campaign) }
    split.clear()
    switch (terms.target, terms.scope) {
    case (.shipping, _): return try takeFromCharges(terms, targets.charges, used: used)
    case (.goods, .order): for line in lines { split.add(left.amount(ofLine: line)) }
    case (.goods, .line): for line in lines { addLine(line, terms) }
    case (.goods, .unit): for line in lines { addUnits(ofLine: line, terms) }
    }
    var uncapped = split.total
    if terms.scope == .order {
      let base = policy.percentBase == .running ? uncapped : goods.listed(lines)
      uncapped = min(share(of: terms, base: base), uncapped)
    }
    let amount = try limited(uncapped, terms, used)
    // A cap cuts lines or units in proportion.
    split.divide(amount)
    let allocations = terms.scope == .unit ? takeFromUnits(lines) : takeFromLines(lines)
    return Taken(amount: amount, uncapped: uncapped, allocations: allocations)
  }

  private mutating func addLine(_ line: Int, _ terms: CouponTerms) {
    let remaining = left.amount(ofLine: line)
    let base = policy.percentBase == .running ? remaining : goods.listed[line]
    split.add(min(share(of: terms, base: base), remaining))
  }

  private mutating func addUnits(ofLine line: Int, _ terms: CouponTerms) {
    let listed = UnitRuns(goods.listed[line], over: cart.lines[line].quantity)
    left.units(ofLine: line).together(with: listed) { count, remaining, listed in
      let base = policy.percentBase == .running ? remaining : listed
      split.add(min(share(of: terms, base: base), remaining), of: remaining, times: count)
    }
  }

  private func share(of terms: CouponTerms, base: Int64) -> Int64 {
    terms.share(of: base, in: cart.currency, rounding: policy.rounding)
  }

  /// Takes each part off its line, split over the line's units by what is left of them.
  private mutating func takeFromLines(_ lines: [Int]) -> [Allocation] {
    var allocations: [Allocation] = []
    allocations.reserveCapacity(lines.count)
    for place in lines.indices {
      let amount = split.parts[place].amount
      if amount == 0 { continue }
      let units = left.take(amount, ofLine: lines[place])
      allocations.append(allocation(amount, ofLine: lines[place], units))
    }
    return allocations
  }

  /// Takes the parts off the units of the lines, of which they are.
  private mutating func takeFromUnits(_ lines: [Int]) -> [Allocation] {
    var allocations: [Allocation] = []
    allocations.reserveCapacity(lines.count)
    var place = 0
    for line in lines {
      let start = place
      var unitsLeft = cart.lines[line].quantity
      while unitsLeft > 0 {
        unitsLeft -= split.parts[place].count
        place += 1
      }
      let units = left.take(split.parts[start..<place], ofLine: line)
      if units.total == 0 { continue }
      allocations.append(allocation(units.total, ofLine: line, units))
    }
    return allocations
  }

  private func allocation(_ amount: Int64, ofLine line: Int, _ units: UnitRuns) -> Allocation {
    Allocation(target: .line(line), targetID: cart.lines[line].id, amount: amount, units: units)
  }

  private mutating func takeFromCharges(
    _ terms: CouponTerms, _ charges: [Int], used: UsedSoFar
  ) throws(Hindrance) -> Taken {
    if cart.shipping.isEmpty { return Taken(isPending: true) }
    var listed: Int64 = 0
    for charge in charges {
      split.add(left.charges[charge])
      listed += cart.shipping[charge].amount
    }
    let base = policy.percentBase == .running ? split.total : listed
    let uncapped = min(share(of: terms, base: base), split.total)
    let amount = try limited(uncapped, terms, used)
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
    return Taken(amount: amount, uncapped: uncapped, allocations: allocations)
  }
}

extension CouponTerms {
  /// Cuts the amount to the coupon's cap, then to what its budget has left or refuses.
  fileprivate func limited(
    _ uncapped: Int64, used: UsedSoFar, in currency: Currency
  ) throws(Hindrance) -> Int64 {
    let capped = min(uncapped, kind.cap[currency] ?? uncapped)
    if capped == 0 { throw Hindrance(reason: .noEffect) }
    guard let budget = limits.budget[currency] else { return capped }
    let left = max(0, budget - used.budget)
    if capped <= left { return capped }
    if left > 0, limits.onBudgetShort == .clip { return left }
    var facts: Details = ["budget": .integer(budget), "left": .integer(left)]
    // Only if the money that locks hold would be enough.
    if let held = used.held[.budget], capped <= left + held.amount {
      facts.merge(Details(held)) { own, _ in own }
    }
    throw Hindrance(reason: .budgetExhausted, facts: facts)
  }
}
