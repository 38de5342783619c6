import Forms
import Ledger
import Scrip

/// The customer wants to pay: for the first time, or after a payment failed.
///
/// The codes' coupons are held until the payment has come or failed, for seven days from their lock at most. A lock that
/// ran out, or was given back when a payment failed, is taken again as it was agreed if there is room. An order that costs
/// nothing is paid with this.
public struct CheckOutOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// What the caller has shown as the total, in minor units; anything else is refused.
  public var expectedTotal: Int64?
  /// How long the coupons are held from now on, in seconds; nil for as long as may be.
  public var lockSeconds: Int64?

  /// Makes an action.
  public init(orderID: OrderID, expectedTotal: Int64? = nil, lockSeconds: Int64? = nil) {
    self.orderID = orderID
    self.expectedTotal = expectedTotal
    self.lockSeconds = lockSeconds
  }

  /// What was seen in the customer beforehand; nil where nobody looks.
  public var screening: FraudScreening?

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.shelf[PaymentSettingsRow.self].insert(tenant)
    guard let application = set.keptOrders[Owned(tenant, Order.ID(of: orderID))]?.applicationID else {
      return
    }
    let held = set.applications[Owned(tenant, application)]?.application
    let codes = (held?.agreedUsages() ?? []).map { TypedCode($0.code.canonical) }
    Suspicion.ask(for: codes, screening, request: &request, of: tenant, given: set)
  }

  /// Begins the payment, or pays what costs nothing.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    let total = order.row.content.content.total
    let step: OrderStep =
      order.row.state == .failed ? .retry : total == 0 ? .checkOutFree : .checkOut
    let transition = try order.after(step)
    try order.check(expectedTotal: expectedTotal)
    try order.checkShipping()
    let started = CheckoutStarted(orderID: orderID, total: total)
    if transition.state == .paid {
      let coupons = try order.application?.redeemed(set, context) ?? []
      return order.decision(coupons, [started, OrderPaid(orderID: orderID, total: total)], context)
    }
    if let rejection = suspicion(of: order, set, context) { return rejection }
    let payment = try payment(of: order, total, try set.paymentSettings(context.tenant), context)
    return order.decision(
      try hold(order, set, context, for: payment), [started] + (payment.map { [$0] } ?? []), context)
  }

  /// The payment through a provider that begins with this; nil if the order is paid outside.
  private func payment(
    of order: StandingOrder, _ total: Int64, _ settings: PaymentSettings, _ context: DecisionContext
  ) throws(Refusal) -> PaymentStarted? {
    guard settings.service != .manual else { return nil }
    try order.check(isPayableThrough: settings.service)
    return PaymentStarted(
      orderID: orderID, paymentID: context.newID(), service: settings.service, capture: settings.capture,
      amount: Money(minorUnits: total, currency: order.row.content.content.cart.currency),
      payBy: context.now.adding(seconds: settings.paySeconds))
  }

  /// The refusal of somebody who is suspected meanwhile and whose coupons would have to be locked again; nil for anybody
  /// else, and for whoever holds them still.
  private func suspicion(
    of order: StandingOrder, _ set: WorkingSet, _ context: DecisionContext
  ) -> Decision<WorkingSet>? {
    guard let screening, let application = order.application, application.state == .released else {
      return nil
    }
    let usages = application.agreedUsages()
    let suspicion = Suspicion(screening, of: usages.map(\.couponID))
    guard suspicion.isBlocked else { return nil }
    return Decision(
      rejecting: Suspicion.refusals(of: usages.map(\.code.canonical)), orderID: orderID, suspicion, in: set,
      context)
  }

  /// The facts that hold the coupons for the payment.
  private func hold(
    _ order: StandingOrder, _ set: WorkingSet, _ context: DecisionContext, for payment: PaymentStarted?
  ) throws(Refusal) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    guard let application = order.application else { return [] }
    let longest = application.latestExpiry
    // A provider may take longer than the caller thinks; what is left of the time is given back when it is done.
    let seconds = payment == nil ? lockSeconds : nil
    let until = seconds.map { min(context.now.adding(seconds: $0), longest) } ?? longest
    switch (application.state, application.releaseCause) {
    case (.locked, _):
      try set.checkNotRevoked(application, context.tenant)
      if until <= application.expiresAt { return [] }
      return application.liveUsages.map { usage in
        (.coupon(usage.couponID), LockExtended(application.reference(to: usage), expiresAt: until))
      }
    // It was no lock any more when a coupon revoked its locks: whether the coupon is in use again is what counts.
    case (.released, .requested): break
    case (.released, .revoked): throw Refusal.lockRevoked
    case (.released, _), (.redeemed, _): try set.checkNotRevoked(application, context.tenant)
    }
    if until <= context.now {
      let way =
        order.row.state == .failed
        ? "call the order off and make a new one" : "change the order, which locks its codes anew"
      throw .lockExpired("The lock ran out, and no lock lasts longer than seven days: \(way).")
    }
    let usages = application.agreedUsages()
    try Relocking(application: application, usages: usages, set: set, context: context, isRepriced: false)
      .check()
    return application.lockAgain(usages, until: until)
  }
}

extension StandingOrder {
  /// Refuses a total that the provider can't be told exactly: it would take another amount.
  fileprivate func check(isPayableThrough service: PaymentService) throws(Refusal) {
    let (total, currency) = (row.content.content.total, row.content.content.cart.currency)
    let step = service.step(of: currency)
    if total % step == 0 { return }
    let detail = "The provider takes amounts of \(currency.code) only in steps of \(step) minor units."
    throw Refusal(
      .amountNotPayable, detail,
      items: [
        Refusal.Item(
          pointer: "", code: Refusal.Code.amountNotPayable.rawValue, message: detail,
          facts: [
            "currency": .text(currency.code), "total": .integer(total), "step": .integer(step),
            "provider": .text(service.rawValue),
          ])
      ])
  }

  /// Refuses to take money while a code waits for what shipping costs: it would be used up for nothing.
  fileprivate func checkShipping() throws(Refusal) {
    let pending = try quote().applied.filter(\.pending)
    if pending.isEmpty { return }
    throw Refusal(
      .shippingNotKnown, "A code of the order takes off shipping, and the order has no shipping charge.",
      items: pending.map { discount in
        Refusal.Item(
          pointer: "", code: Refusal.Code.shippingNotKnown.rawValue,
          message: "Change the order: add the shipping charge, or leave the code out.",
          facts: ["code": .text(discount.code.canonical)])
      })
  }
}

extension DiscountApplication {
  /// The facts that use it up for an order that is paid: as a redemption without a cart does, whatever became of the lock.
  ///
  /// - Throws: `lock_expired` or `lock_revoked` if the lock was lost and can't be taken again; where that is honoured,
  ///   `lock_revoked` alone.
  func redeemed(
    _ set: WorkingSet, _ context: DecisionContext, withoutRoom: WithoutRoom = .refuse
  ) throws(Refusal) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    try RedeemApplication(applicationID: id, withoutRoom: withoutRoom).redeem(self, set, context).facts
  }
}
