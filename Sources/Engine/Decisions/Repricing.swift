import Scrip
import Wire

/// Prices a lock again for a changed cart. The usages stay, under the versions that they were locked with; the
/// amounts change.
struct Repricing {
  /// The new quote. If it leaves a code out, nothing may be changed.
  let quote: Quote
  /// The events that make it so.
  let facts: [(stream: EventStream, fact: Event.Fact)]
  /// Whether a budget left only a part of a discount.
  let isShort: Bool

  /// Asks for the versions that the usages are pinned to.
  static func ask(
    for held: DiscountApplication, request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet
  ) {
    for usage in held.usages {
      request.coupons.insert(Owned(tenant, usage.couponID))
      request.codes.insert(Owned(tenant, usage.code))
      if let coupon = set.coupons[Owned(tenant, usage.couponID)]?.coupon, coupon.version != usage.version {
        request.versions.insert(Owned(tenant, VersionKey(couponID: usage.couponID, version: usage.version)))
      }
    }
  }

  init(
    of held: DiscountApplication, cart: Cart, customer: Customer, set: WorkingSet, context: DecisionContext
  ) throws(Refusal) {
    try Repricing.check(held, cart: cart, customer: customer)
    let candidates = try held.usages.enumerated().map { (index, usage) throws(Refusal) in
      try Repricing.candidate(usage, index, held, cart: cart, set: set, tenant: context.tenant)
    }
    let policy = set.settings(context.tenant).pricing
    let eligibility = EligibilityContext(customer: customer, cart: cart, now: context.now)
    let quote = try policy.quote(candidates, in: eligibility)
    var agreement: Agreement? = Agreement(
      buyer: held.buyer, currency: quote.currency, discount: quote.discount, total: quote.total,
      snapshot: QuoteSnapshot(quote, of: candidates, in: eligibility, policy: policy))
    var facts: [(stream: EventStream, fact: Event.Fact)] = []
    for usage in held.usages {
      guard let discount = quote.applied.first(where: { $0.couponID == usage.couponID }) else { continue }
      let reference = UsageReference(applicationID: held.id, usageID: usage.id, orderID: held.orderID)
      facts.append(
        (
          .coupon(usage.couponID),
          .usageRepriced(reference, amount: discount.amount, agreement: agreement)
        ))
      agreement = nil
    }
    self.quote = quote
    self.facts = facts
    isShort = quote.isClipped(candidates)
  }

  /// A lock's counters are those of its currency and its customer, and stay so as long as it lives.
  private static func check(_ held: DiscountApplication, cart: Cart, customer: Customer) throws(Refusal) {
    if cart.currency != held.currency {
      throw Refusal(
        codes: held.usages.enumerated().map { index, usage in
          RefusedCode(
            code: usage.code.canonical, index: index, couponID: usage.couponID, reason: .currencyMismatch,
            facts: ["currency": .text(cart.currency.code)])
        })
    }
    let keys = Set(customer.identityKeys.map(UsageCounter.identity))
    for usage in held.usages {
      let counted = Set(usage.counters.filter(\.isIdentity))
      if !counted.isEmpty, !keys.isSubset(of: counted) {
        throw Refusal(
          .orderHasApplication, "The order has a \(held.state.rawValue) application for another customer.",
          items: [
            Refusal.Item(
              pointer: "/customer", code: Refusal.Code.orderHasApplication.rawValue,
              message: "Release that application before locking for another customer.",
              facts: ["application_id": .text(held.id.description), "state": .text(held.state.rawValue)])
          ])
      }
    }
  }

  private static func candidate(
    _ usage: Usage, _ index: Int, _ held: DiscountApplication, cart: Cart, set: WorkingSet, tenant: Tenant.ID
  ) throws(Refusal) -> Candidate {
    guard let coupon = set.coupons[Owned(tenant, usage.couponID)]?.coupon,
      let terms = set.terms(tenant, usage.couponID, version: usage.version)
    else { throw .unreadable("version \(usage.version) of coupon \(usage.couponID)") }
    let record = set.codes[Owned(tenant, usage.code)].flatMap { $0.couponID == usage.couponID ? $0 : nil }
    var used = UsedSoFar()
    if let pinned = terms.limits.budget[cart.currency], usage.counters.contains(.budget(cart.currency)) {
      let limit = coupon.terms.limits.budget[cart.currency] ?? pinned
      used.budget = pinned - Repricing.budgetLeft(for: usage, of: limit, cart.currency, set, tenant)
    }
    return Candidate(
      typed: usage.code.canonical, index: index, code: usage.code, couponID: usage.couponID,
      state: coupon.state,
      version: usage.version, terms: terms, codeOwner: record?.grant.owner, codeLimit: record?.grant.limit,
      used: used, isHeld: true)
  }

  /// What the usage may take of the budget as it is now: what others left of it, and in any case what it has already.
  private static func budgetLeft(
    for usage: Usage, of limit: Int64, _ currency: Currency, _ set: WorkingSet, _ tenant: Tenant.ID
  ) -> Int64 {
    let key = CounterKey(couponID: usage.couponID, counter: .budget(currency))
    let held = usage.state.isLive ? usage.amount : 0
    let others = (set.counters[Owned(tenant, key)] ?? 0) - held
    return max(limit - others, held)
  }
}

extension UsageCounter {
  fileprivate var isIdentity: Bool {
    if case .identity = self { return true }
    return false
  }
}
