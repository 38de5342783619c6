/// What coupons take off, one after the other.
extension Ledger {
  /// What is left of a cart: every unit of every line, and every charge.
  struct Left {
    let listed: [[Int]]
    var units: [[Int]]
    var charges: [Int]
    var order: Order

    init(_ cart: Cart, for order: Order) {
      self.order = order
      listed = cart.lines.map(\.units)
      units = listed
      charges = cart.charges.map(\.amount)
    }

    func line(_ index: Int) -> Int { units[index].reduce(0, +) }
    func listedLine(_ index: Int) -> Int { listed[index].reduce(0, +) }
  }

  /// A share of an amount, rounded once.
  func share(_ millionths: Int, of amount: Int) -> Int {
    rounded(amount * millionths, by: 1_000_000)
  }

  /// An amount in parts as a whole one.
  func rounded(_ amount: Int, by parts: Int) -> Int {
    let (whole, rest) = amount.quotientAndRemainder(dividingBy: parts)
    switch rounding {
    case .down: return whole
    case .halfUp: return rest * 2 >= parts ? whole + 1 : whole
    case .halfEven: return rest * 2 > parts || (rest * 2 == parts && whole % 2 == 1) ? whole + 1 : whole
    }
  }

  /// An amount in parts: the whole part of each true share, and what is left by ones to the largest rests.
  static func split(_ amount: Int, over weights: [Int]) -> [Int] {
    let sum = weights.reduce(0, +)
    if sum == 0 { return weights.map { _ in 0 } }
    var parts = weights.map { amount * $0 / sum }
    let rests = weights.indices.sorted { left, right in
      let (first, second) = (amount * weights[left] % sum, amount * weights[right] % sum)
      return first == second ? left < right : first > second
    }
    for place in rests.prefix(amount - parts.reduce(0, +)) { parts[place] += 1 }
    return parts
  }

  /// Takes what one coupon comes to, or says why it comes to nothing.
  func take(_ candidate: Candidate, from left: inout Left, _ cart: Cart) -> Result<Applied, Reason> {
    let terms = candidate.terms
    let lines = eligible(terms, cart)
    if terms.isMinimumRunning, let minimum = terms.minimum[cart.currency],
      lines.map(left.line).reduce(0, +) < minimum
    {
      return .failure(Reason("minimum_not_reached"))
    }
    if !hasUse(for: candidate, beside: left.order) { return .failure(Reason("usage_limit_reached")) }
    if case .shipping(let millionths, let methods, _) = terms.kind {
      return ship(candidate, millionths, methods, from: &left, cart)
    }
    switch terms.scope {
    case .order: return takeFromOrder(candidate, lines, from: &left, cart)
    case .line: return takeFromLines(candidate, lines, from: &left, cart)
    case .unit: return takeFromUnits(candidate, lines, from: &left, cart)
    }
  }

  private func wanted(_ terms: Terms, _ currency: String, of base: Int) -> Int {
    switch terms.kind {
    case .percent(let millionths), .shipping(let millionths, _, _): share(millionths, of: base)
    case .fixed(let amounts): amounts[currency] ?? 0
    case .decimal(let amounts): rounded(amounts[currency] ?? 0, by: Ledger.parts)
    }
  }

  private func takeFromOrder(
    _ candidate: Candidate, _ lines: [Int], from left: inout Left, _ cart: Cart
  ) -> Result<Applied, Reason> {
    let weights = lines.map(left.line)
    let base = isOriginal ? lines.map(left.listedLine).reduce(0, +) : weights.reduce(0, +)
    let uncapped = min(wanted(candidate.terms, cart.currency, of: base), weights.reduce(0, +))
    return bounded(uncapped, candidate, left.order, cart).map { amount in
      var parts: [Part] = []
      for (line, part) in zip(lines, Ledger.split(amount, over: weights)) where part > 0 {
        parts.append(remove(Ledger.split(part, over: left.units[line]), of: line, from: &left, cart))
      }
      return applied(candidate, amount, uncapped, parts)
    }
  }

  private func takeFromLines(
    _ candidate: Candidate, _ lines: [Int], from left: inout Left, _ cart: Cart
  ) -> Result<Applied, Reason> {
    let wishes = lines.map { line in
      let base = isOriginal ? left.listedLine(line) : left.line(line)
      return min(wanted(candidate.terms, cart.currency, of: base), left.line(line))
    }
    let uncapped = wishes.reduce(0, +)
    return bounded(uncapped, candidate, left.order, cart).map { amount in
      var parts: [Part] = []
      let cut = amount == uncapped ? wishes : Ledger.split(amount, over: wishes)
      for (line, part) in zip(lines, cut) where part > 0 {
        parts.append(remove(Ledger.split(part, over: left.units[line]), of: line, from: &left, cart))
      }
      return applied(candidate, amount, uncapped, parts)
    }
  }

  private func takeFromUnits(
    _ candidate: Candidate, _ lines: [Int], from left: inout Left, _ cart: Cart
  ) -> Result<Applied, Reason> {
    var wishes: [(line: Int, amount: Int)] = []
    for line in lines {
      for (unit, rest) in left.units[line].enumerated() {
        let base = isOriginal ? left.listed[line][unit] : rest
        wishes.append((line, min(wanted(candidate.terms, cart.currency, of: base), rest)))
      }
    }
    let uncapped = wishes.map(\.amount).reduce(0, +)
    return bounded(uncapped, candidate, left.order, cart).map { amount in
      let cut = amount == uncapped ? wishes.map(\.amount) : Ledger.split(amount, over: wishes.map(\.amount))
      var parts: [Part] = []
      for line in lines {
        let units = zip(wishes, cut).filter { $0.0.line == line }.map(\.1)
        if units.contains(where: { $0 > 0 }) { parts.append(remove(units, of: line, from: &left, cart)) }
      }
      return applied(candidate, amount, uncapped, parts)
    }
  }

  private func ship(
    _ candidate: Candidate, _ millionths: Int, _ methods: [Name], from left: inout Left, _ cart: Cart
  ) -> Result<Applied, Reason> {
    if cart.charges.isEmpty { return .success(applied(candidate, 0, 0, [], isPending: true)) }
    let charges = cart.charges.indices.filter {
      covers(methods, candidate.terms.seller, cart.charges[$0], cart)
    }
    let weights = charges.map { left.charges[$0] }
    let base = isOriginal ? charges.map { cart.charges[$0].amount }.reduce(0, +) : weights.reduce(0, +)
    let uncapped = min(share(millionths, of: base), weights.reduce(0, +))
    return bounded(uncapped, candidate, left.order, cart).map { amount in
      var parts: [Part] = []
      for (charge, part) in zip(charges, Ledger.split(amount, over: weights)) where part > 0 {
        left.charges[charge] -= part
        parts.append(Part(target: cart.charges[charge].id, amount: part, units: []))
      }
      return applied(candidate, amount, uncapped, parts)
    }
  }

  /// The amount that its cap, its budget and that of its campaign let through.
  private func bounded(
    _ uncapped: Int, _ candidate: Candidate, _ order: Order, _ cart: Cart
  ) -> Result<Int, Reason> {
    let capped = min(uncapped, candidate.terms.cap[cart.currency] ?? uncapped)
    if capped == 0 { return .failure(Reason("no_effect")) }
    let rests = [candidate.budgetLeft, moneyLeft(for: candidate, beside: order, cart.currency)]
    guard let left = rests.compactMap(\.self).min(), left < capped else { return .success(capped) }
    return left > 0 && candidate.terms.limits.clips ? .success(left) : .failure(Reason("budget_exhausted"))
  }

  private func remove(_ units: [Int], of line: Int, from left: inout Left, _ cart: Cart) -> Part {
    for unit in units.indices { left.units[line][unit] -= units[unit] }
    return Part(target: cart.lines[line].id, amount: units.reduce(0, +), units: units)
  }

  private func applied(
    _ candidate: Candidate, _ amount: Int, _ uncapped: Int, _ parts: [Part], isPending: Bool = false
  ) -> Applied {
    Applied(
      coupon: candidate.coupon, code: candidate.code, amount: amount, uncapped: uncapped,
      isPending: isPending, parts: parts)
  }

  /// Why a code does not apply.
  struct Reason: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }
}
