import Forms
import Ledger
import Scrip

/// Prices a lock again for a changed cart. The usages stay, under the versions that they were locked with; the
/// amounts change.
struct Repricing {
  /// The new quote. It may leave out codes that no longer apply.
  let quote: Quote
  /// The events that make it so, for the usages that still apply.
  let facts: [(stream: StreamID, fact: any Fact<WorkingSet>)]
  /// Whether a budget left only a part of a discount.
  let isShort: Bool

  /// Asks for what the usages lead to: their coupons, codes and counters, and the versions that they are pinned to. A
  /// usage may have come to the application since whoever asked first has looked.
  static func ask(
    for held: DiscountApplication, request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet
  ) {
    for usage in held.usages {
      request.coupons.insert(Owned(tenant, usage.couponID))
      request.codes.insert(Owned(tenant, usage.code))
      for counter in usage.counters {
        request.add(counter, of: usage.couponID, tenant)
      }
      if let coupon = set.life(of: Owned(tenant, usage.couponID)), coupon.version != usage.version {
        request.versions.insert(Owned(tenant, VersionKey(couponID: usage.couponID, version: usage.version)))
      }
    }
  }

  /// Prices the usages for a cart and a customer.
  ///
  /// - Parameter places: where the codes stand in the request; nil if it names none.
  init(
    of held: DiscountApplication, usages: [Usage], cart: Cart, customer: Customer, set: WorkingSet,
    context: DecisionContext, places: [CouponCode: Int]? = nil
  ) throws(Refusal) {
    try held.checkCurrency(cart)
    try Repricing.check(held, usages, customer: customer)
    var candidates = try usages.enumerated().map { (index, usage) throws(Refusal) in
      try Repricing.candidate(
        usage, of: usages, typed: usage.code.canonical, places?[usage.code] ?? index, currency: cart.currency,
        set: set, tenant: context.tenant)
    }
    candidates.countKeptUses()
    let policy = set.settings(context.tenant).pricing
    let eligibility = EligibilityContext(
      customer: set.knowing(customer, context.tenant, at: context.now), cart: cart, now: context.now)
    var quote = try policy.quote(candidates, in: eligibility)
    let agreed = held.agreedQuote
    quote.risk = agreed?.risk
    if places == nil {
      quote.place(asIn: agreed)
    } else {
      quote.place(candidates, of: context.tenant, in: set)
    }
    let agreement = Agreement(quote, of: candidates, in: eligibility, policy: policy, buyer: held.buyer)
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = []
    for usage in usages {
      guard let discount = quote.applied.first(where: { $0.couponID == usage.couponID }) else { continue }
      facts.append(
        (
          .coupon(usage.couponID),
          UsageRepriced(
            held.reference(to: usage), before: held.standing(of: usage), amount: discount.amount,
            agreement: facts.isEmpty ? agreement : nil)
        ))
    }
    if facts.isEmpty, let first = usages.first {
      // Nothing applies any more: somebody has to carry the new figures.
      facts.append(
        (
          .coupon(first.couponID),
          UsageRepriced(
            held.reference(to: first), before: held.standing(of: first), amount: first.amount,
            agreement: agreement)
        ))
    }
    self.quote = quote
    self.facts = facts
    isShort = quote.isClipped(candidates)
  }

  /// A lock's counters are those of its customer, and stay so as long as it lives.
  private static func check(
    _ held: DiscountApplication, _ usages: [Usage], customer: Customer
  ) throws(Refusal) {
    if usages.allSatisfy({ $0.counts(customer) }) { return }
    throw Refusal(
      .orderHasApplication, "The order has a \(held.state.rawValue) application for another customer.",
      items: [
        Refusal.Item(
          pointer: "/customer", code: Refusal.Code.orderHasApplication.rawValue,
          message: "Change that application for another customer, or release it.",
          facts: ["application_id": .text(held.id.description), "state": .text(held.state.rawValue)])
      ])
  }

  /// A usage that keeps its place, as pricing sees it.
  ///
  /// - Parameter held: all that the order holds.
  static func candidate(
    _ usage: Usage, of held: [Usage], typed: String, _ index: Int, currency: Currency, set: WorkingSet,
    tenant: Tenant.ID
  ) throws(Refusal) -> Candidate {
    let coupon = try set.coupon(usage.couponID, of: tenant)
    let terms = try set.readTerms(of: usage, tenant)
    let record = set.codes[Owned(tenant, usage.code)].flatMap { $0.couponID == usage.couponID ? $0 : nil }
    var used = UsedSoFar()
    used.campaign = try set.campaignUse(of: usage, currency, without: held, tenant)
    if let pinned = terms.limits.budget[currency], usage.counters.contains(.budget(currency)) {
      let limit = coupon.terms.limits.budget[currency] ?? pinned
      used.budget = pinned - Repricing.budgetLeft(for: usage, of: limit, currency, set, tenant)
    }
    return Candidate(
      typed: typed, index: index, code: usage.code, couponID: usage.couponID, state: coupon.state,
      version: usage.version, terms: terms, codeOwner: record?.grant.owner, codeLimit: record?.grant.limit,
      used: used, isHeld: true)
  }

  /// What the usage may take of the budget as it is now: what others left of it, and in any case what it has already.
  private static func budgetLeft(
    for usage: Usage, of limit: Int64, _ currency: Currency, _ set: WorkingSet, _ tenant: Tenant.ID
  ) -> Int64 {
    let key = CounterKey(couponID: usage.couponID, counter: .budget(currency))
    let held = usage.state.isLive ? usage.amount : 0
    let others = (set.counters[Owned(tenant, key)]?.used ?? 0) - held
    return max(limit - others, held)
  }
}

extension DiscountApplication {
  /// A lock's budget counters are those of its currency, and stay so as long as it lives.
  func checkCurrency(_ cart: Cart) throws(Refusal) {
    if cart.currency == currency { return }
    let codes = liveUsages.map { $0.code.canonical }
    let refused = RefusedCode(
      code: codes.joined(separator: ", "), index: 0, reason: .currencyMismatch,
      facts: ["currency": .text(cart.currency.code), "locked_currency": .text(currency.code)])
    throw Refusal(codes: [refused], at: "/cart/currency")
  }
}
