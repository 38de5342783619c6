import Scrip
import Wire

/// Locks one use of each code's coupon for an order, all of them or none.
public struct ApplyCodes: Decidable {
  /// The caller's order.
  public var orderID: OrderID
  /// The codes as typed, 1 to 10. One that is given again changes nothing.
  public var codes: [TypedCode]
  /// Who buys.
  public let customer: Customer
  /// What is bought.
  public let cart: Cart
  /// What the caller believes the discount to be, in minor units; any other is refused.
  public var expectedDiscount: Int64?
  /// How long the lock lasts in seconds; nil for the tenant's default.
  public var lockSeconds: Int64?
  private let encodedOrder: QuoteSnapshot.EncodedOrder

  /// Makes a wish.
  public init(
    orderID: OrderID, codes: [String], customer: Customer, cart: Cart, expectedDiscount: Int64? = nil,
    lockSeconds: Int64? = nil
  ) {
    self.orderID = orderID
    self.codes = codes.map(TypedCode.init)
    self.customer = customer
    self.cart = cart
    self.expectedDiscount = expectedDiscount
    self.lockSeconds = lockSeconds
    encodedOrder = QuoteSnapshot.EncodedOrder(cart: cart, customer: customer)
  }

  /// About the first code.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(codes.first?.code) }

  /// Asks for the order's application and everything behind the codes.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.orders.insert(Owned(tenant, orderID))
    CodeResolution.ask(
      for: codes, customer: customer, currency: cart.currency, now: now, request: &request, of: tenant,
      given: set)
    if let held = held(tenant, set) { Repricing.ask(for: held, request: &request, of: tenant, given: set) }
  }

  /// Locks; or gives the order the lock that it has, priced again if the cart has changed.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    if let held = held(context.tenant, set) { return try keep(held, set, context) }
    let settings = set.settings(context.tenant)
    let resolution = CodeResolution(
      codes, customer: customer, currency: cart.currency, now: context.now, tenant: context.tenant, in: set)
    let eligibility = EligibilityContext(customer: customer, cart: cart, now: context.now)
    var quote = try settings.pricing.quote(
      resolution.candidates, refused: resolution.refused, in: eligibility)
    let strangers = strangers(resolution.candidates, quote)
    if !strangers.isEmpty {
      quote = try settings.pricing.quote(
        resolution.candidates, refused: resolution.refused + strangers, in: eligibility)
    }
    if !quote.notApplied.isEmpty { return rejection(of: quote.notApplied) }
    try check(quote.discount)
    return lock(resolution.candidates, quote, eligibility, settings, context)
  }

  /// The order's live application, if it has one.
  private func held(_ tenant: Tenant.ID, _ set: WorkingSet) -> DiscountApplication? {
    guard let id = set.applicationOfOrder[Owned(tenant, orderID)],
      let application = set.applications[Owned(tenant, id)]?.application, application.state.isLive
    else { return nil }
    return application
  }

  /// The same order with the same codes gets the same application, whatever its state.
  private func keep(
    _ held: DiscountApplication, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> Decision {
    let stored = codes.map { typed in
      typed.code.map { set.code($0, of: context.tenant)?.grant.code ?? $0 }
    }
    guard Set(stored) == Set(held.usages.map { $0.code }) else {
      throw Refusal(
        .orderHasApplication, "The order has a \(held.state.rawValue) application with other codes.",
        items: [
          Refusal.Item(
            pointer: "/order_id", code: Refusal.Code.orderHasApplication.rawValue,
            message: "Release that application before locking other codes.",
            facts: ["application_id": .text(held.id.description), "state": .text(held.state.rawValue)])
        ])
    }
    if held.state == .locked { try set.checkNotRevoked(held, context.tenant) }
    guard held.state == .locked, !held.wasAgreed(for: cart, customer) else {
      try check(held.discount)
      return Decision(reply: .application(held.id, isNew: false))
    }
    let repricing = try Repricing(of: held, cart: cart, customer: customer, set: set, context: context)
    if !repricing.quote.notApplied.isEmpty { return rejection(of: repricing.quote.notApplied) }
    try check(repricing.quote.discount)
    return Decision(
      repricing.facts, reply: .application(held.id, isNew: false), isShort: repricing.isShort)
  }

  /// A limit for each person needs to know the person. A code that is refused for a more important reason keeps it.
  private func strangers(_ candidates: [Candidate], _ quote: Quote) -> [RefusedCode] {
    guard customer.identityKeys.isEmpty else { return [] }
    let settled = Set(
      quote.notApplied.filter { $0.reason.isMoreImportant(than: .identityRequired) }.map(\.index))
    return candidates.filter { $0.perUserLimit != nil && !settled.contains($0.index) }.map { candidate in
      RefusedCode(
        code: candidate.typed, index: candidate.index, couponID: candidate.couponID, reason: .identityRequired
      )
    }
  }

  private func check(_ discount: Int64) throws(Refusal) {
    guard let expectedDiscount, expectedDiscount != discount else { return }
    throw Refusal(
      .discountChanged, "The discount is not the one that was expected.",
      items: [
        Refusal.Item(
          pointer: "/expected_discount", code: Refusal.Code.discountChanged.rawValue,
          message: "Quote the cart again and show the customer the new amount.",
          facts: ["expected": .integer(expectedDiscount), "actual": .integer(discount)])
      ])
  }

  private func rejection(of refused: [RefusedCode]) -> Decision {
    let facts = refused.map { code in
      (
        stream: code.couponID.map(EventStream.coupon) ?? .tenant,
        fact: Event.Fact.couponRejected(
          Rejection(orderID: orderID, code: String(code.code.prefix(80)), reason: code.reason))
      )
    }
    return Decision(facts, reply: .refused(Refusal(codes: refused)))
  }

  private func lock(
    _ candidates: [Candidate], _ quote: Quote, _ eligibility: EligibilityContext, _ settings: TenantSettings,
    _ context: DecisionContext
  ) -> Decision {
    let id: DiscountApplication.ID = context.identifiers.next(at: context.now)
    var agreement: Agreement? = Agreement(
      buyer: customer.buyer, currency: quote.currency, discount: quote.discount, total: quote.total,
      snapshot: QuoteSnapshot(
        quote, of: candidates, in: eligibility, policy: settings.pricing,
        order: encodedOrder))
    var facts: [(stream: EventStream, fact: Event.Fact)] = []
    for discount in quote.applied.sorted(by: { $0.couponID < $1.couponID }) {
      guard let candidate = candidates.first(where: { $0.couponID == discount.couponID }) else { continue }
      let usage = Usage(
        id: context.identifiers.next(at: context.now), couponID: discount.couponID, version: discount.version,
        code: discount.code, state: .locked, amount: discount.amount,
        counters: CodeResolution.counters(
          of: candidate.terms, isPersonal: candidate.owner != nil, customer: customer,
          currency: cart.currency,
          now: context.now))
      let applied = AppliedUsage(
        applicationID: id, orderID: orderID,
        expiresAt: context.now.adding(seconds: lockSeconds ?? settings.lockSeconds), usage: usage,
        agreement: agreement)
      agreement = nil
      facts.append((.coupon(discount.couponID), .couponApplied(applied)))
    }
    return Decision(facts, reply: .application(id, isNew: true), isShort: quote.isClipped(candidates))
  }
}

extension Quote {
  /// Whether a budget may have left only a part of a discount.
  func isClipped(_ candidates: [Candidate]) -> Bool {
    applied.contains { discount in
      discount.amount < discount.uncappedAmount
        && candidates.contains {
          $0.couponID == discount.couponID && $0.terms.limits.onBudgetShort == .clip
        }
    }
  }
}

extension PricingPolicy {
  /// Prices a cart; amounts that do not fit are a refusal.
  func quote(
    _ candidates: [Candidate], refused: [RefusedCode] = [], in context: EligibilityContext
  ) throws(Refusal) -> Quote {
    do throws(MoneyOverflow) {
      // A code that was turned away already takes no part in pricing.
      let remaining =
        refused.isEmpty
        ? candidates
        : candidates.filter { candidate in !refused.contains { $0.index == candidate.index } }
      return try Pricing(policy: self).quote(remaining, refused: refused, in: context)
    } catch {
      throw Refusal(
        .amountOverflow,
        "The cart's goods and shipping come to more than \(Money.minorUnitsMax) minor units.")
    }
  }
}

extension RefusalReason {
  /// Whether it stands before the other in the order in which reasons are given.
  fileprivate func isMoreImportant(than other: RefusalReason) -> Bool {
    let order = RefusalReason.allCases
    return (order.firstIndex(of: self) ?? 0) < (order.firstIndex(of: other) ?? 0)
  }
}

extension Refusal {
  /// A refusal of codes: the most important reason leads, every code is named.
  init(codes refused: [RefusedCode]) {
    let worst = refused.map(\.reason).min { $0.isMoreImportant(than: $1) }
    self.init(
      .codeRefused(worst ?? .codeMalformed),
      refused.count == 1 ? refused[0].message : "\(refused.count) of the codes can't be locked, so none was.",
      items: refused.map { code in
        Refusal.Item(
          pointer: "/codes/\(code.index)", code: code.reason.rawValue, message: code.message,
          facts: code.facts)
      })
  }
}
