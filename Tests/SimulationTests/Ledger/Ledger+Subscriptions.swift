/// What becomes of subscriptions and the coupons that they have.
extension Ledger {
  func subscription(_ name: Name) -> Int? { billing.subscriptions.firstIndex { $0.name == name } }

  mutating func save(_ name: Name, _ plan: Plan) -> Verdict {
    guard let index = subscription(name) else {
      billing.subscriptions.append(Subscription(name: name, plan: plan))
      return .made
    }
    let old = billing.subscriptions[index].plan
    if let last = old.revision, let told = plan.revision, told < last { return .done }
    var plan = plan
    plan.revision = plan.revision ?? old.revision
    if old == plan { return .done }
    if old.customer != plan.customer || old.currency != plan.currency {
      return .refused("subscription_exists")
    }
    if old.status == .cancelled {
      plan.revision = old.revision
      return old == plan ? .done : .refused("subscription_cancelled")
    }
    billing.subscriptions[index].plan = plan
    return .done
  }

  /// A coupon as somebody finds it who wants it for a subscription or an invoice.
  struct Offer {
    let coupon: Int
    /// Nil if the coupon was named itself.
    let code: Name?
    let terms: Terms
    let owner: Name?
    let codeLimit: Int?

    var perUser: Int? { terms.limits.perUser ?? (owner == nil ? nil : 1) }
    var perCode: Int? { code == nil ? nil : codeLimit ?? terms.limits.perCode }
  }

  /// The coupon that is named; nil if there is none that can be had by anybody.
  func offer(_ name: CouponName) -> Offer? {
    switch name {
    case .itself(let coupon):
      let terms = coupons[coupon].terms
      return Offer(coupon: coupon, code: nil, terms: terms, owner: terms.owner, codeLimit: nil)
    case .code(let typed):
      guard let meant = meant(by: typed), let code = opened(by: meant) else { return nil }
      let terms = coupons[code.coupon].terms
      return Offer(
        coupon: code.coupon, code: meant, terms: terms, owner: code.owner ?? terms.owner,
        codeLimit: code.limit)
    }
  }

  /// The ledger without late locks of a coupon, which make room as soon as somebody wants it.
  func withoutLateLocks(of coupons: [Int]) -> Ledger {
    var found = self
    for lock in applications where lock.isUntidied {
      if lock.uses.contains(where: { coupons.contains(uses[$0].coupon) }) {
        found.setAside.formUnion(lock.uses)
      }
    }
    return found
  }

  /// Every reason for which a coupon can't be had.
  ///
  /// - Parameter others: uses that the invoice takes before.
  func reasons(against offer: Offer, for user: Name?, in currency: String, beside others: [Use] = [])
    -> [String]
  {
    let (terms, coupon) = (offer.terms, offer.coupon)
    // Of an archived coupon nothing is known but to who names the coupon itself.
    let isNamed = offer.code == nil
    let shut = shut(coupon).map { isNamed && $0 == "unknown_code" ? "coupon_not_active" : $0 }
    guard let billing = terms.billing else { return [shut ?? "checkout_only"] }
    var reasons = [shut, early(terms, billing)].compactMap(\.self)
    if let owner = offer.owner, let user, owner != user { reasons.append("owner_mismatch") }
    if offer.owner != nil || offer.perUser != nil, user == nil { reasons.append("identity_required") }
    if !hasAmounts(terms, currency) { reasons.append("currency_mismatch") }
    if let campaign = terms.campaign, !campaigns[campaign].budget.isEmpty {
      reasons.append("budget_of_checkouts")
    }
    return reasons + full(offer, user, beside: others)
  }

  private func shut(_ coupon: Int) -> String? {
    switch coupons[coupon].state {
    case .active: nil
    case .draft: "coupon_not_active"
    case .disabled: "coupon_disabled"
    case .archived: "unknown_code"
    }
  }

  private func early(_ terms: Terms, _ billing: BillingTerms) -> String? {
    let campaign = terms.campaign.map { campaigns[$0] }
    let windows = [
      (terms.starts, terms.ends), (billing.redeemAfter, billing.redeemBefore),
      (campaign?.starts, campaign?.ends),
    ]
    for (starts, ends) in windows {
      if let starts, now < starts { return "not_started" }
      if let ends, now >= ends { return "expired" }
    }
    return nil
  }

  func hasAmounts(_ terms: Terms, _ currency: String) -> Bool {
    if !terms.minimum.isEmpty, terms.minimum[currency] == nil { return false }
    switch terms.kind {
    case .fixed(let amounts), .decimal(let amounts): return amounts[currency] != nil
    case .percent, .shipping: return terms.cap.isEmpty || terms.cap[currency] != nil
    }
  }

  private func full(_ offer: Offer, _ user: Name?, beside others: [Use]) -> [String] {
    let (terms, coupon) = (offer.terms, offer.coupon)
    let own = others.filter { $0.coupon == coupon }
    var reasons: [String] = []
    if let total = terms.limits.total, live(coupon).count + own.count >= total {
      reasons.append("usage_limit_reached")
    }
    if let campaign = terms.campaign, let total = campaigns[campaign].total {
      let taken = given(by: campaign).count + others.filter { $0.terms.campaign == campaign }.count
      if taken >= total { reasons.append("usage_limit_reached") }
    }
    if let code = offer.code, let limit = offer.perCode {
      let taken = used(coupon, code: code) + own.filter { $0.code == code }.count
      if taken >= limit { reasons.append("code_limit_reached") }
    }
    if let limit = offer.perUser, let user {
      let key = Name("user " + user.text)
      if used(coupon, by: key) + own.filter({ $0.keys.contains(key) }).count >= limit {
        reasons.append("user_limit_reached")
      }
    }
    for (period, limit) in terms.limits.perPeriod {
      let span = Ledger.span(period, at: now)
      if used(coupon, in: span) + own.filter({ $0.spans.contains(span) }).count >= limit {
        reasons.append("period_limit_reached")
      }
    }
    return reasons
  }

  /// The use that a subscription or an invoice takes of a coupon.
  func use(_ offer: Offer, by user: Name?, _ currency: String) -> Use {
    Use(
      coupon: offer.coupon, code: offer.code ?? "", codeOwner: nil, terms: offer.terms,
      keys: offer.perUser == nil ? [] : Set(user.map { [Name("user " + $0.text)] } ?? []),
      spans: Set(offer.terms.limits.perPeriod.keys.map { Ledger.span($0, at: now) }), budget: nil,
      currency: currency, amount: 0, state: .redeemed, isBilled: true)
  }

  mutating func attach(_ wanted: Wanted, to name: Name) -> Verdict {
    guard let index = subscription(name) else { return .refused("subscription_not_found") }
    let plan = billing.subscriptions[index].plan
    if plan.status == .cancelled { return .refused("subscription_cancelled") }
    if let line = wanted.line, !plan.lines.contains(line) { return .refused("line_item_not_found") }
    if let phase = wanted.phase, !plan.phases.contains(where: { $0.name == phase }) {
      return .refused("phase_not_found")
    }
    guard let offer = offer(wanted.coupon) else { return .refused("unknown_code") }
    let starts = wanted.isForNow ? plan.periodStart : wanted.starts ?? now
    let new = Association(
      subscription: index, use: uses.count, line: wanted.line, phase: wanted.phase, starts: starts,
      ends: wanted.ends, priority: wanted.priority ?? offer.terms.priority, attachedAt: now,
      carried: carried(offer.terms, plan.currency))
    if let ends = new.ends, ends <= new.start { return .refused("window_over") }
    let found = withoutLateLocks(of: [offer.coupon])
    var reasons = found.reasons(against: offer, for: plan.customer, in: plan.currency)
    reasons += conflicts(of: new, offer)
    if let reason = Ledger.leading(reasons) { return .refused(reason) }
    uses.append(use(offer, by: plan.customer, plan.currency))
    audit(uses.count - 1)
    billing.associations.append(new)
    return .made
  }

  private func conflicts(of new: Association, _ offer: Offer) -> [String] {
    guard let terms = offer.terms.billing else { return [] }
    var reasons: [String] = []
    for (index, old) in billing.associations.enumerated()
    where old.subscription == new.subscription && !old.isGivenBack {
      let isOpen = old.detachedAt == nil && now < old.ends ?? .max
      let other = uses[old.use]
      if other.coupon == offer.coupon {
        let isUsed = isOpen || !deductions(of: index).isEmpty
        if isUsed, old.line == new.line, !terms.again { reasons.append("already_attached") }
      } else if isOpen, Ledger.mayMeet(new, old), !isUsedUp(index) {
        let kinds = [new.line, old.line].map { $0 == nil ? Class.order : .line }
        if !Ledger.consent(offer.terms, kinds[0], other.terms, kinds[1]) {
          reasons.append("combination_disallowed")
        }
      }
    }
    return reasons
  }

  /// Whether an association gives nothing to any invoice to come.
  private func isUsedUp(_ index: Int) -> Bool {
    let association = billing.associations[index]
    let given = deductions(of: index)
    if let carried = association.carried { return given.map(\.amount).reduce(0, +) >= carried }
    switch uses[association.use].terms.billing?.cadence {
    case .once: return !given.isEmpty
    case .periods(let count): return given.count >= count
    case .months(let count): return now >= Ledger.later(association.start, months: count)
    case .forever, nil: return false
    }
  }

  /// Whether there may be an invoice that has both.
  private static func mayMeet(_ one: Association, _ other: Association) -> Bool {
    if let phase = one.phase, let second = other.phase, phase != second { return false }
    let begins = max(one.starts ?? .min, other.starts ?? .min)
    let ends = min(one.ends ?? .max, other.ends ?? .max)
    return begins < ends
  }

  mutating func detach(_ index: Int, isGivingBack: Bool) -> Verdict {
    let association = billing.associations[index]
    if association.isGivenBack || (association.detachedAt != nil && !isGivingBack) { return .done }
    if isGivingBack, !deductions(of: index).isEmpty { return .refused("association_used") }
    end(index, isGivingBack: isGivingBack)
    return .done
  }

  mutating func end(_ index: Int, isGivingBack: Bool) {
    if billing.associations[index].detachedAt == nil { billing.associations[index].detachedAt = now }
    if isGivingBack {
      billing.associations[index].isGivenBack = true
      uses[billing.associations[index].use].state = .released
    }
  }
}
