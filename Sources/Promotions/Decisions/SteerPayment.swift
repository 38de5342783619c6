import Forms
import Ledger
import Scrip

/// The shop wants the money that is set aside for an order. What is wanted is noted; the provider is asked after that.
public struct CaptureOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// What the caller expects to take, in minor units; anything else than the total is refused.
  public var expectedTotal: Int64?

  /// Makes an action.
  public init(orderID: OrderID, expectedTotal: Int64? = nil) {
    self.orderID = orderID
    self.expectedTotal = expectedTotal
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order and its payment.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(ofOrder: orderID, tenant, given: set)
  }

  /// Notes that the money is to be taken; a second time changes nothing.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    _ = try order.after(.capture)
    try order.check(expectedTotal: expectedTotal)
    guard let payment = try order.payment(in: set, context) else { throw .paymentUnderWay(order, .capture) }
    if payment.state == .capturing { return order.decision([], [], context) }
    guard let state = payment.state.after(.capture) else { throw .paymentUnderWay(order, .capture) }
    return order.decision(
      [], [PaymentStateChanged(orderID: orderID, paymentID: payment.id, state: state)], context)
  }
}

extension StandingOrder {
  /// The payment through a provider that the order was checked out with last; nil if it is paid outside.
  func payment(in set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Payment? {
    guard let id = row.paymentID else { return nil }
    return try set.payment(id, of: context.tenant)
  }

  /// The same, if nobody knows yet how it ends.
  func openPayment(in set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Payment? {
    let payment = try payment(in: set, context)
    return payment?.state.isFinal == false ? payment : nil
  }

  /// Has a payment given up. The order stays where it is until the provider has said that no money will come; only what the
  /// provider was not asked for yet ends at once.
  ///
  /// - Parameters:
  ///   - end: what the order becomes then.
  ///   - reason: the words of whoever wants it.
  func giveUp(
    _ payment: Payment, for end: PaymentEnd, reason: String?, _ context: DecisionContext
  ) throws(Refusal) -> Decision<WorkingSet> {
    // Who fails an order that is being called off is told what becomes of it; to call it off is more than to fail it.
    if payment.state == .cancelling {
      if payment.end == end { return decision([], [], context) }
      guard end == .cancelled else { throw .paymentUnderWay(self, .fail) }
    } else if payment.state.after(.giveUp) == nil {
      throw .paymentUnderWay(self, end == .cancelled ? .cancel : .fail)
    }
    let state = payment.state.after(.giveUp) ?? payment.state
    let changed = PaymentStateChanged(
      orderID: row.orderID, paymentID: payment.id, state: state, problem: .requested, end: end,
      reason: reason.flatMap { $0.isEmpty ? nil : PaymentEndReason($0) })
    guard state == .failed else { return decision([], [changed], context) }
    return decision(
      application?.release(because: .requested, reason: reason) ?? [],
      [changed, CheckoutFailed(orderID: row.orderID, reason: reason)], context)
  }

  /// The fact that has a provider give money back; nil if the order was paid outside or its payment was settled by hand, or
  /// the provider has no more than it is to have.
  ///
  /// What was charged outside, for an order that was amended, is given back before the provider gives anything, and outside.
  /// What the provider can't be told exactly waits for the next refund: all of them together come to all that it has.
  ///
  /// - Parameter cost: what the order costs after all that was given back, in minor units.
  func refundStarted(
    leaving cost: Int64, in set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> RefundStarted? {
    // What the provider has of a payment that was settled by hand is what nobody here knows.
    guard let payment = try payment(in: set, context), payment.state == .succeeded,
      payment.problem != .settled
    else { return nil }
    let step = payment.service.step(of: payment.amount.currency)
    let due = (payment.amount.minorUnits - min(cost, payment.amount.minorUnits)) / step * step
    guard due > payment.refundDue else { return nil }
    return RefundStarted(
      orderID: row.orderID, paymentID: payment.id, number: payment.refundCount + 1,
      amount: due - payment.refundDue)
  }
}

extension Refusal {
  /// A provider is at work on the order's payment, and what is asked for can't be said or wanted now.
  static func paymentUnderWay(_ order: StandingOrder, _ step: OrderStep) -> Refusal {
    Refusal(
      .forbiddenStep(.paymentProcessing), "A payment of the order is under way.",
      items: [
        Item(
          pointer: "", code: ForbiddenStep.Reason.paymentProcessing.rawValue,
          message: "The provider decides how it ends; the payment shows how it stands.",
          facts: ["state": .text(order.row.state.rawValue), "step": .text(step.request)])
      ])
  }

  /// Nobody can tell that an order was paid which a provider takes the money of.
  static func paidByProvider(_ payment: Payment) -> Refusal {
    Refusal(
      .paymentByProvider,
      "The order is paid through a provider, which says itself whether the money has come.",
      items: [
        Item(
          pointer: "", code: Code.paymentByProvider.rawValue,
          message: "Look at the payment, or give it up with fail.",
          facts: ["payment_id": .text(payment.id.description), "provider": .text(payment.service.rawValue)])
      ])
  }
}

extension LoadRequest {
  /// Asks for the payment of an order, and for the work of its next refund, once the order is here.
  mutating func addPayment(ofOrder id: OrderID, _ tenant: Tenant.ID, given set: WorkingSet) {
    guard let payment = set.keptOrders[Owned(tenant, Order.ID(of: id))]?.paymentID else { return }
    addPayment(payment, of: tenant)
    guard let row = set.shelf[PaymentRow.self][Owned(tenant, payment)] else { return }
    dueWork.insert(Owned(tenant, .refund(row.payment.refundCount + 1, of: payment)))
  }
}
