/// What coupons take off an invoice, one after the other.
extension Ledger {
  /// A coupon that an invoice would have.
  private struct Participant {
    let origin: Origin
    let coupon: Int
    let terms: Terms
    /// The places of the lines that it is for; nil for all.
    let lines: [Int]?
    let line: Name?
    let start: Int
    let priority: Int
    let id: String
    var others: [Deduction] = []
    var position: Int?
    var carried: Int?
    var use: Int?

    /// Lines, then whole invoices; older, then less; percentages first; a subscription's by their age, then named ones.
    func isBefore(_ other: Participant) -> Bool {
      func rank(_ one: Participant) -> [Int] {
        var number = -1
        if case .named(let place) = one.origin { number = place }
        return [one.line == nil ? 1 : 0, one.start, one.priority, one.terms.kind.isAmount ? 1 : 0, number]
      }
      let ranks = (rank(self), rank(other))
      return ranks.0 == ranks.1 ? id < other.id : ranks.0.lexicographicallyPrecedes(ranks.1)
    }
  }

  /// The whole amount that a coupon carries over from one invoice to the next.
  func carried(_ terms: Terms, _ currency: String) -> Int? {
    terms.billing?.carries == true ? share(terms, of: 0, currency) : nil
  }

  private func share(_ terms: Terms, of base: Int, _ currency: String) -> Int {
    switch terms.kind {
    case .percent(let millionths), .shipping(let millionths, _, _): share(millionths, of: base)
    case .fixed(let amounts): amounts[currency] ?? 0
    case .decimal(let amounts): rounded(amounts[currency] ?? 0, by: Ledger.parts)
    }
  }

  static func consent(_ one: Terms, _ kind: Class, _ other: Terms, _ otherKind: Class) -> Bool {
    if one.stacking == .exclusive || other.stacking == .exclusive { return false }
    if case .group = one.stacking, one.stacking == other.stacking { return false }
    return one.beside.contains(otherKind) && other.beside.contains(kind)
  }

  /// The price of an invoice, and the uses that it would take anew of the coupons that are named for it.
  func price(_ content: BillContent, _ index: Int?) -> (price: BillPrice, taken: [Int: Use]) {
    var price = BillPrice(
      amounts: content.lines.map(\.money), discounts: content.lines.map { _ in 0 })
    var participants: [Participant] = []
    addAssociations(content, index, to: &participants, &price)
    let taken = addNamed(content, index, to: &participants, &price)
    var applied: [Participant] = []
    for participant in participants.sorted(by: { $0.isBefore($1) }) {
      switch deduct(participant, content, price, beside: applied) {
      case .failure(let reason): price.refused[participant.origin] = reason.text
      case .success(let deduction):
        for share in deduction.shares { price.discounts[share.line] += share.amount }
        price.applied.append(deduction)
        applied.append(participant)
      }
    }
    return (price, taken)
  }

  private func addAssociations(
    _ content: BillContent, _ bill: Int?, to participants: inout [Participant], _ price: inout BillPrice
  ) {
    guard let subscription = content.subscription, let date = content.date else { return }
    for (index, association) in billing.associations.enumerated()
    where association.subscription == subscription && !association.isGivenBack {
      if let detached = association.detachedAt, date >= detached { continue }
      let use = uses[association.use]
      let origin = Origin.association(index)
      if let reason = obstacle(association, use, content, date) {
        price.refused[origin] = reason
        continue
      }
      let before = bill.flatMap { billing.bills[$0].price.applied.first { $0.origin == origin } }
      participants.append(
        Participant(
          origin: origin, coupon: use.coupon, terms: use.terms,
          lines: association.line.map { line in
            content.lines.indices.filter { content.lines[$0].item == line }
          },
          line: association.line, start: association.start, priority: association.priority,
          id: association.id, others: deductions(of: index, without: bill), position: before?.position,
          carried: association.carried))
    }
  }

  /// Why an association has no part in an invoice, whatever that bills.
  private func obstacle(
    _ association: Association, _ use: Use, _ content: BillContent, _ date: Int
  ) -> String? {
    let plan = billing.subscriptions[association.subscription].plan
    if use.isDoomed { return "coupon_revoked" }
    if content.currency != plan.currency { return "currency_mismatch" }
    if let starts = association.starts, date < starts { return "association_not_started" }
    if let ends = association.ends, date >= ends { return "association_ended" }
    if case .months(let months) = use.terms.billing?.cadence,
      date >= Ledger.later(association.start, months: months)
    {
      return "repeated_limit_reached"
    }
    guard let name = association.phase else { return nil }
    let phase = plan.phases.first { $0.name == name }
    let isCurrent = phase.map { $0.starts <= date && date < $0.ends ?? .max } ?? false
    return isCurrent ? nil : "phase_not_current"
  }

  private func addNamed(
    _ content: BillContent, _ bill: Int?, to participants: inout [Participant], _ price: inout BillPrice
  ) -> [Int: Use] {
    let before = bill.map { billing.bills[$0] }
    let held = held(content, before)
    // What it holds and gives up is as good as given back.
    var found = withoutLateLocks(of: content.named.compactMap { offer($0.coupon)?.coupon })
    let own = (before?.price.applied ?? []).compactMap(\.use)
    found.setAside.formUnion(own.filter { !held.values.contains($0) })
    var taken: [Int: Use] = [:]
    var seen: [(coupon: Int, line: Name?)] = []
    for (place, named) in content.named.enumerated() {
      let origin = Origin.named(place)
      let offer = offer(named.coupon)
      guard let coupon = held[place].map({ uses[$0].coupon }) ?? offer?.coupon else {
        price.refused[origin] = "unknown_code"
        continue
      }
      if seen.contains(where: { $0.coupon == coupon && $0.line == named.line }) {
        price.refused[origin] = "already_applied"
        continue
      }
      seen.append((coupon, named.line))
      var terms = coupons[coupon].terms
      if let use = held[place] {
        terms = uses[use].terms
        if uses[use].isDoomed {
          price.refused[origin] = "coupon_revoked"
          continue
        }
        if terms.billing?.again != true, hasAlready(coupon, named, content) {
          price.refused[origin] = "already_attached"
          continue
        }
      } else if let offer {
        let reasons = found.reasons(
          against: offer, for: content.customer, in: content.currency, beside: Array(taken.values))
        if let reason = Ledger.leading(reasons) {
          price.refused[origin] = reason
          continue
        }
        if terms.billing?.again != true, hasAlready(coupon, named, content) {
          price.refused[origin] = "already_attached"
          continue
        }
        taken[place] = use(offer, by: content.customer, content.currency)
      }
      participants.append(
        Participant(
          origin: origin, coupon: coupon, terms: terms,
          lines: named.line.map { line in content.lines.indices.filter { content.lines[$0].id == line } },
          line: named.line, start: content.date ?? now, priority: terms.priority, id: "",
          carried: carried(terms, content.currency), use: held[place]))
    }
    return taken
  }

  /// Whether the subscription has a coupon on the invoice for what it is named for.
  private func hasAlready(_ coupon: Int, _ named: Named, _ content: BillContent) -> Bool {
    var item: Name?
    if let line = named.line {
      guard let known = content.lines.first(where: { $0.id == line })?.item else { return false }
      item = known
    }
    return billing.associations.contains { association in
      if association.subscription != content.subscription || association.isGivenBack { return false }
      if let detached = association.detachedAt, let date = content.date, date >= detached { return false }
      return uses[association.use].coupon == coupon && association.line == item
    }
  }

  /// The uses that an invoice holds already of what is named again for the same customer, by place.
  private func held(_ content: BillContent, _ before: Bill?) -> [Int: Int] {
    guard let before, before.content.customer == content.customer else { return [:] }
    var held: [Int: Int] = [:]
    for (place, name) in content.named.enumerated() {
      for deduction in before.price.applied {
        guard case .named(let old) = deduction.origin, let use = deduction.use,
          !held.values.contains(use), before.content.named[old].typed == name.typed,
          before.content.named[old].line == name.line
        else { continue }
        held[place] = use
        break
      }
    }
    return held
  }

  private func deduct(
    _ one: Participant, _ content: BillContent, _ price: BillPrice, beside applied: [Participant]
  ) -> Result<Deduction, Reason> {
    let (terms, currency) = (one.terms, content.currency)
    guard let billing = terms.billing else { return .failure(Reason("checkout_only")) }
    if !hasAmounts(terms, currency) { return .failure(Reason("currency_mismatch")) }
    if one.lines == [] { return .failure(Reason("line_not_invoiced")) }
    let lines = (one.lines ?? Array(content.lines.indices)).filter { index in
      content.lines[index].isDiscountable
        && terms.lines.map { Ledger.covers($0, content.lines[index]) == true } ?? true
    }
    if lines.isEmpty { return .failure(Reason("no_eligible_lines")) }
    if let reason = overCadence(one, billing) { return .failure(Reason(reason)) }
    let left = price.amounts.indices.map { price.amounts[$0] - price.discounts[$0] }
    let net = lines.map { left[$0] }.reduce(0, +)
    let listed = terms.isMinimumRunning ? net : lines.map { price.amounts[$0] }.reduce(0, +)
    if let minimum = terms.minimum[currency], listed < minimum {
      return .failure(Reason("minimum_not_reached"))
    }
    let kind = one.line == nil ? Class.order : .line
    for other in applied {
      if case .association = one.origin, case .association = other.origin { continue }
      if !Ledger.consent(terms, kind, other.terms, other.line == nil ? .order : .line) {
        return .failure(Reason("combination_disallowed"))
      }
    }
    let balance = one.carried.map { $0 - one.others.map(\.amount).reduce(0, +) }
    if let balance, balance <= 0 { return .failure(Reason("once_violated")) }
    let base = max(0, net)
    let open = lines.map { max(0, left[$0]) }
    let shares = open.map { share(terms, of: $0, currency) }
    let byLine = zip(open, shares).map { min($0, $1) }
    let whole = terms.scope == .line ? byLine.reduce(0, +) : balance ?? share(terms, of: base, currency)
    let wanted = min(whole, terms.kind.isAmount ? whole : terms.cap[currency] ?? whole)
    let most = min(base, max(0, left.reduce(0, +)))
    if most == 0 || wanted == 0 { return .failure(Reason("no_effect")) }
    let isOverLine = terms.scope == .line && zip(open, shares).contains { $0 > 0 && $1 > $0 }
    if billing.skips, wanted > most || isOverLine { return .failure(Reason("exceeds_amount")) }
    let amount = min(wanted, most)
    let parts = zip(lines, Ledger.split(amount, over: terms.scope == .line ? byLine : open))
    return .success(
      Deduction(
        origin: one.origin, coupon: one.coupon, original: base, amount: amount,
        position: one.position ?? one.others.count + 1,
        shares: parts.filter { $0.1 > 0 }.map { BillShare(line: $0.0, amount: $0.1) }, use: one.use,
        balance: balance, most: Ledger.most(one.origin, billing)))
  }

  private static func most(_ origin: Origin, _ billing: BillingTerms) -> Int? {
    if case .named = origin { return 1 }
    switch billing.cadence {
    case .once: return billing.carries ? nil : 1
    case .periods(let count): return count
    case .months, .forever: return nil
    }
  }

  private func overCadence(_ one: Participant, _ billing: BillingTerms) -> String? {
    switch billing.cadence {
    case .once: !billing.carries && !one.others.isEmpty ? "once_violated" : nil
    case .periods(let count): one.others.count >= count ? "repeated_limit_reached" : nil
    case .months, .forever: nil
    }
  }

  /// Whether a line is among those that a rule names; nil if nobody said enough.
  private static func covers(_ rule: Rule, _ line: BillLine) -> Bool? {
    switch rule {
    case .product(let names): line.product.map(names.contains)
    case .category(let names): line.categories.map { $0.contains(where: names.contains) }
    case .not(let part): covers(part, line).map { !$0 }
    default: nil
    }
  }
}
