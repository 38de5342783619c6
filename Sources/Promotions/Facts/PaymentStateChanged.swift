import Forms
import Ledger
import Scrip

/// A payment through a provider has moved on, or is to: what the provider has said, or what the shop wants, is noted before
/// the provider is asked.
public struct PaymentStateChanged: PromotionFact {
  /// `PaymentStateChanged`
  public static let formName = "PaymentStateChanged"

  /// What the order is called.
  public var orderID: OrderID
  /// What the payment is called.
  public var paymentID: Payment.ID
  /// Where it stands now.
  public var state: PaymentState
  /// Why money was refused last, or why it was given up.
  public var problem: PaymentProblem?
  /// What the order becomes if the payment is given up.
  public var end: PaymentEnd?
  /// The words of whoever gives it up, or says how it has ended.
  public var reason: PaymentEndReason?

  /// Makes the fact.
  public init(
    orderID: OrderID, paymentID: Payment.ID, state: PaymentState, problem: PaymentProblem? = nil,
    end: PaymentEnd? = nil, reason: PaymentEndReason? = nil
  ) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.state = state
    self.problem = problem
    self.end = end
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let paymentID = walk.required("payment_id", fact?.paymentID, .id(Payment.ID.self))
    let state = walk.required("state", fact?.state, .choice(named: "PaymentState"))
    let problem = walk.optional("problem", fact?.problem, .name(PaymentProblem.self))
    let end = walk.optional("given_up_for", fact?.end, .choice(named: "PaymentEnd"))
    let reason = walk.optional("reason", fact?.reason, .name(PaymentEndReason.self))
    guard let orderID, let paymentID, let state, let problem, let end, let reason else { return nil }
    return Self(
      orderID: orderID, paymentID: paymentID, state: state, problem: problem, end: end, reason: reason)
  }

  /// The payment's row and its work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addPayment(paymentID, of: tenant)
  }

  /// Changes the payment, and the work that it waits for.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changePayment(paymentID, at: place) { payment in
      payment.state = state
      payment.problem = problem
      payment.end = end
      payment.endReason = reason
    }
    set.changeOrder(at: place) { _ in }
  }
}
