import Forms
import Ledger
import Scrip

/// Locks one use of each code's coupon for an order, all of them or none.
public struct ApplyCodes: PromotionAction {
  /// The caller's order.
  public var orderID: OrderID { didSet { keptID = Order.ID(of: orderID) } }
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
  /// What was seen in the customer beforehand; nil where nobody looks.
  public var screening: FraudScreening?
  private let encodedOrder: QuoteSnapshot.EncodedOrder
  /// What the order would be found by if it were kept here: a hash, which is asked for again and again.
  private var keptID: Order.ID

  /// Makes an action.
  public init(
    orderID: OrderID, codes: [String], customer: Customer, cart: Cart, expectedDiscount: Int64? = nil,
    lockSeconds: Int64? = nil
  ) {
    self.orderID = orderID
    keptID = Order.ID(of: orderID)
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
    request.addOrder(orderID, keptID, of: tenant)
    CodeResolution.ask(
      for: codes, customer: customer, currency: cart.currency, now: now, request: &request, of: tenant,
      given: set)
    Suspicion.ask(for: codes, screening, request: &request, of: tenant, given: set)
    if let held = Holding.application(ofOrder: orderID, tenant, set) {
      Repricing.ask(for: held, request: &request, of: tenant, given: set)
    }
  }

  /// Locks; or gives the order the lock that it has, priced again if the cart has changed.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    try set.checkNotKept(orderID, keptID, context.tenant)
    if let held = Holding.application(ofOrder: orderID, context.tenant, set) {
      try set.checkReadable(held, context.tenant)
      return try keep(held, set, context)
    }
    let proposal = try Proposal(
      codes, customer: customer, cart: cart, screening: screening, in: set, context)
    if let rejection = proposal.rejection(orderID: orderID, in: set, context) { return rejection }
    try proposal.check(expectedDiscount: expectedDiscount)
    return lock(proposal, set, context)
  }

  /// The same order with the same codes gets the same application. A paid one is never changed, so that it is given
  /// for the very same order only.
  private func keep(
    _ held: DiscountApplication, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> Decision<WorkingSet> {
    let stored = codes.map { typed in
      typed.code.map { set.code($0, of: context.tenant)?.grant.code ?? $0 }
    }
    if held.state == .redeemed {
      try RepeatedOrder(codes: stored, cart: cart, customer: customer, expectedDiscount: expectedDiscount)
        .check(against: held)
      return Decision(reply: .application(held.id, isNew: false))
    }
    guard Set(stored) == Set(held.liveUsages.map { $0.code }) else {
      throw Refusal(
        .orderHasApplication, "The order has a \(held.state.rawValue) application with other codes.",
        items: [
          Refusal.Item(
            pointer: "/order_id", code: Refusal.Code.orderHasApplication.rawValue,
            message: "Change that application's codes, or release it before locking other codes.",
            facts: ["application_id": .text(held.id.description), "state": .text(held.state.rawValue)])
        ])
    }
    try set.checkNotRevoked(held, context.tenant)
    if held.wasAgreed(for: cart, customer) {
      try Refusal.check(expectedDiscount: expectedDiscount, held.discount)
      return Decision(reply: .application(held.id, isNew: false))
    }
    let named = stored.enumerated().compactMap { (index, code) in code.map { ($0, index) } }
    let suspicion = screening.map { Suspicion($0, of: held.liveUsages.map(\.couponID)) }
    if let suspicion, suspicion.isBlocked {
      return Decision(
        rejecting: Suspicion.refusals(of: codes.map(\.text)), orderID: orderID, suspicion, in: set, context)
    }
    let repricing = try Repricing(
      of: held, usages: held.liveUsages, cart: cart, customer: customer, set: set, context: context,
      places: Dictionary(named, uniquingKeysWith: { first, _ in first }))
    if !repricing.quote.notApplied.isEmpty {
      return Decision(rejecting: repricing.quote.notApplied, orderID: orderID)
    }
    try Refusal.check(expectedDiscount: expectedDiscount, repricing.quote.discount)
    return Decision(
      repricing.facts, reply: .application(held.id, isNew: false), isShort: repricing.isShort)
  }

  private func lock(
    _ proposal: Proposal, _ set: WorkingSet, _ context: DecisionContext
  ) -> Decision<WorkingSet> {
    let id: DiscountApplication.ID = context.newID()
    let seconds = lockSeconds ?? set.settings(context.tenant).lockSeconds
    let expiresAt = context.now.adding(seconds: seconds)
    let facts =
      proposal.endings(in: set, context)
      + proposal.lock(id, for: orderID, until: expiresAt, order: encodedOrder, context)
      + proposal.suspicions(orderID: orderID, applicationID: id, in: set, context)
    return Decision(facts, reply: .application(id, isNew: true), isShort: proposal.isShort)
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
