import Forms
import Ledger
import Scrip

/// A provider has given money back.
public struct ReportRefund: PromotionAction {
  /// Of which order.
  public var orderID: OrderID
  /// Of which payment.
  public var paymentID: Payment.ID
  /// The how manieth refund of the payment it is.
  public var number: Int64
  /// How much, in minor units.
  public var amount: Int64
  /// What the provider calls it.
  public var reference: ProviderName
  /// What of the amount somebody had given back at the provider by hand before, in minor units.
  public var byHand: Int64

  /// Makes an action.
  public init(
    orderID: OrderID, paymentID: Payment.ID, number: Int64, amount: Int64, reference: ProviderName,
    byHand: Int64 = 0
  ) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.number = number
    self.amount = amount
    self.reference = reference
    self.byHand = byHand
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order, the payment, and the work that this ends.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(paymentID, of: tenant)
    request.dueWork.insert(Owned(tenant, .refund(number, of: paymentID)))
  }

  /// Notes it, once.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    guard set.dueWork[Owned(context.tenant, .refund(number, of: paymentID))] != nil else {
      return order.decision([], [], context)
    }
    return order.decision(
      [],
      [
        RefundCompleted(
          orderID: orderID, paymentID: paymentID, number: number, amount: amount, reference: reference,
          byHand: byHand)
      ], context)
  }
}

/// A provider has given less than it had said: a refund that it had made has failed.
public struct ReportFailedRefund: PromotionAction {
  /// Of which order.
  public var orderID: OrderID
  /// Of which payment.
  public var paymentID: Payment.ID
  /// How much is missing, in minor units.
  public var amount: Int64
  /// What the provider calls the refund that has failed.
  public var reference: ProviderName
  /// How many refunds there were before the provider was asked: one that was begun since may be the answer.
  public var refundCount: Int64

  /// Makes an action.
  public init(
    orderID: OrderID, paymentID: Payment.ID, amount: Int64, reference: ProviderName, refundCount: Int64
  ) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.amount = amount
    self.reference = reference
    self.refundCount = refundCount
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order, the payment, and the work that begins with this.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(paymentID, of: tenant)
    if let payment = set.shelf[PaymentRow.self][Owned(tenant, paymentID)]?.payment {
      request.dueWork.insert(Owned(tenant, .refund(payment.refundCount + 1, of: paymentID)))
    }
  }

  /// Notes it, unless another refund was begun since, or more is missing than was given.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    let payment = try set.payment(paymentID, of: context.tenant)
    guard payment.refundCount == refundCount, payment.refunded == payment.refundDue,
      (1...max(payment.refunded, 1)).contains(amount), payment.refunded >= amount
    else { return order.decision([], [], context) }
    return order.decision(
      [],
      [
        RefundFailed(
          orderID: orderID, paymentID: paymentID, number: payment.refundCount + 1, amount: amount,
          reference: reference)
      ], context)
  }
}
