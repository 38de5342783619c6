import Forms
import Ledger
import Scrip

/// A refund that the provider had made has failed after all: the bank would not have it, and the money is with the shop again.
/// It is asked for once more.
public struct RefundFailed: PromotionFact {
  /// `RefundFailed`
  public static let formName = "RefundFailed"

  /// What the order is called.
  public var orderID: OrderID
  /// What the payment is called.
  public var paymentID: Payment.ID
  /// The how manieth refund of the payment it is asked for as, from 1 on.
  public var number: Int64
  /// How much is missing, in minor units of the payment's currency.
  public var amount: Int64
  /// What the provider calls the refund that has failed.
  public var reference: ProviderName

  /// Makes the fact.
  public init(
    orderID: OrderID, paymentID: Payment.ID, number: Int64, amount: Int64, reference: ProviderName
  ) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.number = number
    self.amount = amount
    self.reference = reference
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let paymentID = walk.required("payment_id", fact?.paymentID, .id(Payment.ID.self))
    let number = walk.required("number", fact?.number, .integer(1, to: .max))
    let amount = walk.required("amount", fact?.amount, .amount())
    let reference = walk.required("reference", fact?.reference, ProviderNameForm())
    guard let orderID, let paymentID, let number, let amount, let reference else { return nil }
    return Self(
      orderID: orderID, paymentID: paymentID, number: number, amount: amount, reference: reference)
  }

  /// Somebody waits for money and does not know that it won't come.
  public var notice: Notice.Kind? { .refundFailed }

  /// The payment's row, and the work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addPayment(paymentID, of: tenant)
    request.dueWork.insert(Owned(tenant, .refund(number, of: paymentID)))
  }

  /// Has it asked for again.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changePayment(paymentID, at: place) { payment in
      payment.refundCount = number
      payment.refunded -= amount
    }
    set.dueWork.schedule(
      Owned(place.tenant, .refund(number, of: paymentID)), at: place.at, payload: Array(String(amount).utf8))
    set.changeOrder(at: place) { _ in }
  }
}

extension Notice.Kind {
  /// A refund has failed after it had been made.
  public static let refundFailed: Notice.Kind = "refund_failed"
}
