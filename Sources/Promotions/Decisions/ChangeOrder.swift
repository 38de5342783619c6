import Forms
import Ledger
import Scrip

/// Gives an order that nobody has checked out yet other items, codes or notes, and prices it again: codes that no longer
/// apply are given back and told, the others keep their places.
public struct ChangeOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// All codes that it is to have, as typed, at most 10; nil for those that it has.
  public var codes: [TypedCode]?
  /// Who buys; nil for who does now.
  public var customer: Customer?
  /// What is bought; nil for what is now. No product stands in it twice.
  public var cart: Cart?
  /// What becomes of the language in which the customer is written to.
  public var locale: MemberChange<LanguageTag>
  /// Whether an address was told with the customer, to which the customer is written.
  public var isReachable: Bool
  /// The caller's own notes; nil for those that it has.
  public var metadata: [Note: Note]?
  /// What the caller believes the order to cost from now on, in minor units; anything else is refused.
  public var expectedTotal: Int64?
  /// The version that the caller has seen; nil if it does not care.
  public var expectedVersion: Int64?
  /// Whether a code that does not apply refuses the change, instead of being given back.
  public var isAllOrNothing: Bool
  /// What was seen in the customer beforehand; nil where nobody looks.
  public var screening: FraudScreening?

  /// Makes an action.
  public init(
    orderID: OrderID, codes: [String]? = nil, customer: Customer? = nil, cart: Cart? = nil,
    locale: MemberChange<LanguageTag> = .kept, isReachable: Bool = false, metadata: [Note: Note]? = nil,
    expectedTotal: Int64? = nil,
    expectedVersion: Int64? = nil, isAllOrNothing: Bool = false
  ) {
    self.orderID = orderID
    self.codes = codes?.map(TypedCode.init)
    self.customer = customer
    self.cart = cart
    self.locale = locale
    self.isReachable = isReachable
    self.metadata = metadata
    self.expectedTotal = expectedTotal
    self.expectedVersion = expectedVersion
    self.isAllOrNothing = isAllOrNothing
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order, and for everything behind the codes that it has and is to have.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    guard let row = set.keptOrders[Owned(tenant, Order.ID(of: orderID))] else { return }
    let content = row.content.content
    CodeResolution.ask(
      for: codes ?? content.typedAgain, customer: customer ?? content.customer.asNamed,
      currency: (cart ?? content.cart).currency, now: now, request: &request, of: tenant, given: set)
    Suspicion.ask(
      for: codes ?? content.typedAgain, screening, request: &request, of: tenant, given: set)
  }

  /// Prices it again.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    _ = try order.after(.change)
    if let expectedVersion, expectedVersion != order.row.head.sequence {
      throw Refusal(
        .versionConflict, "The order is at version \(order.row.head.sequence), not at \(expectedVersion).")
    }
    try order.checkWhole()
    let old = order.row.content.content
    let (customer, cart) = (customer ?? old.customer.asNamed, cart ?? old.cart)
    let application = order.application.flatMap { $0.state == .locked ? $0 : nil }
    if let application { try application.checkCurrency(cart) }
    let holding = application.map {
      Holding($0, customer: customer, now: context.now, tenant: context.tenant, in: set)
    }
    let earlier: Quote? = if codes == nil { try order.quote() } else { nil }
    // What an order has already stays its customer's; what is asked for, or locked anew, or is to be somebody else's, is
    // judged.
    let locks = codes != nil || self.customer != nil || application == nil
    let price = try OrderPrice(
      codes ?? earlier?.typedAgain ?? [], after: earlier, customer: customer, cart: cart, holding: holding,
      screening: locks ? screening : nil, in: set, context)
    let suspicion = price.proposal.suspicion
    // Whoever is suspected keeps what the order has, and gets nothing else.
    if isAllOrNothing || suspicion?.isBlocked == true, !price.refused.isEmpty {
      return Decision(rejecting: price.refused, orderID: orderID, suspicion, in: set, context)
    }
    try Refusal.check(expectedTotal: expectedTotal, price.quote.total)
    let (applicationID, facts) = coupons(price, application, set, context)
    let isMailed =
      self.customer == nil ? old.isMailed : isReachable && set.mails(customer, of: context.tenant)
    let content = price.content(
      locale: locale.applied(to: old.locale), metadata: metadata ?? old.metadata, isMailed: isMailed)
    if content == order.row.content, applicationID == order.row.applicationID, facts.isEmpty {
      return order.decision([], [], context)
    }
    let suspicions = price.proposal.suspicions(
      orderID: orderID, applicationID: applicationID, in: set, context)
    var decision = order.decision(
      price.proposal.endings(in: set, context) + facts + suspicions,
      [OrderChanged(orderID: orderID, content: content, applicationID: applicationID)],
      context)
    decision.isShort = price.isShort
    return decision
  }

  /// What becomes of the coupons, and in which application they are held from now on.
  private func coupons(
    _ price: OrderPrice, _ application: DiscountApplication?, _ set: WorkingSet, _ context: DecisionContext
  ) -> (DiscountApplication.ID?, [(stream: StreamID, fact: any Fact<WorkingSet>)]) {
    let reasons = price.reasons
    guard let application else {
      if price.quote.applied.isEmpty { return (nil, []) }
      let id: DiscountApplication.ID = context.newID()
      let expiresAt = context.now.adding(seconds: set.settings(context.tenant).lockSeconds)
      return (id, price.proposal.lock(id, for: orderID, until: expiresAt, context))
    }
    if price.quote.applied.isEmpty {
      return (nil, application.liveUsages.map { application.giveBack($0, whoseReasonsAre: reasons) })
    }
    let kept = application.liveUsages.filter { usage in
      price.proposal.candidates.contains { $0.isHeld && $0.couponID == usage.couponID }
    }
    let change = Change(
      application: application, usages: application.liveUsages, kept: kept, proposal: price.proposal,
      expiresAt: application.expiresAt, reasons: reasons)
    return (application.id, change.facts(context))
  }
}

extension OrderPrice {
  /// Why coupons don't apply.
  fileprivate var reasons: [Coupon.ID: RefusalReason] {
    Dictionary(
      refused.compactMap { code in code.couponID.map { ($0, code.reason) } },
      uniquingKeysWith: { first, _ in first })
  }
}

extension OrderContent {
  /// The codes that apply; none where the quote can't be read, for which the decision is refused.
  fileprivate var typedAgain: [TypedCode] {
    do throws(StoredFormError) { return try Quote(stored: quote).typedAgain } catch { return [] }
  }
}
