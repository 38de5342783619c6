import Forms
import Ledger
import Scrip

/// The order was paid outside: its coupons are used in the same transaction.
public struct PayOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// What whoever tells of it calls the payment.
  public var reference: PaymentReference?
  /// What was paid, in minor units; anything else than the total is refused.
  public var expectedTotal: Int64?
  /// What becomes of coupons whose lock was lost and whose place is gone.
  public var withoutRoom: WithoutRoom

  /// Makes an action.
  public init(
    orderID: OrderID, reference: PaymentReference? = nil, expectedTotal: Int64? = nil,
    withoutRoom: WithoutRoom = .refuse
  ) {
    self.orderID = orderID
    self.reference = reference
    self.expectedTotal = expectedTotal
    self.withoutRoom = withoutRoom
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(ofOrder: orderID, tenant, given: set)
  }

  /// Notes the payment. A lock that ran out is taken again if there is room; if there is none, nothing changes, or the
  /// order is honoured.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    // What is set aside would be taken by a capture; that is not what was asked for.
    if order.row.state != .authorized { _ = try order.after(.pay) }
    if let payment = try order.openPayment(in: set, context) { throw .paidByProvider(payment) }
    try order.check(expectedTotal: expectedTotal)
    let coupons = try order.application?.redeemed(set, context, withoutRoom: withoutRoom) ?? []
    let paid = OrderPaid(orderID: orderID, total: order.row.content.content.total, reference: reference)
    return order.decision(coupons, [paid], context)
  }
}

/// The payment will not come: the coupons are given back, and the order can be checked out again.
public struct FailOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(orderID: OrderID, reason: String? = nil) {
    self.orderID = orderID
    self.reason = reason
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(ofOrder: orderID, tenant, given: set)
  }

  /// Gives back what is still held.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    _ = try order.after(.fail)
    if let payment = try order.openPayment(in: set, context) {
      return try order.giveUp(payment, for: .failed, reason: reason, context)
    }
    return order.decision(
      order.application?.release(because: .requested, reason: reason) ?? [],
      [CheckoutFailed(orderID: orderID, reason: reason)], context)
  }
}

/// The order is called off. What was paid is given back as a whole, and the coupons that restore then.
public struct CancelOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(orderID: OrderID, reason: String? = nil) {
    self.orderID = orderID
    self.reason = reason
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(ofOrder: orderID, tenant, given: set)
  }

  /// Calls it off.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    let transition = try order.after(.cancel)
    if let payment = try order.openPayment(in: set, context) {
      return try order.giveUp(payment, for: .cancelled, reason: reason, context)
    }
    guard transition.action == .refundAndRestore else {
      return order.decision(
        order.application?.release(because: .requested, reason: reason) ?? [],
        [OrderCancelled(orderID: orderID, reason: reason)], context)
    }
    var ledger = try order.ledger()
    let refund = ledger.refundRest()
    let cancelled = OrderCancelled(orderID: orderID, refund: refund, reason: reason)
    let back = try order.refundStarted(leaving: 0, in: set, context)
    let restored =
      try order.application?.restore(because: .canceled, reason: reason, in: set, context.tenant) ?? []
    return order.decision(restored, [cancelled] + (back.map { [$0] } ?? []), context)
  }
}
