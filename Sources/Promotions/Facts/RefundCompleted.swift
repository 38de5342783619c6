import Forms
import Ledger
import Scrip

/// A provider has given money of an order back.
public struct RefundCompleted: PromotionFact {
  /// `RefundCompleted`
  public static let formName = "RefundCompleted"

  /// What the order is called.
  public var orderID: OrderID
  /// What the payment is called.
  public var paymentID: Payment.ID
  /// The how manieth refund of the payment it is, from 1 on.
  public var number: Int64
  /// How much, in minor units of the payment's currency.
  public var amount: Int64
  /// What the provider calls the refund.
  public var reference: ProviderName
  /// What of the amount somebody had given back at the provider by hand before, in minor units.
  public var byHand: Int64

  /// Makes the fact.
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

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let paymentID = walk.required("payment_id", fact?.paymentID, .id(Payment.ID.self))
    let number = walk.required("number", fact?.number, .integer(1, to: .max))
    let amount = walk.required("amount", fact?.amount, .amount())
    let reference = walk.required("reference", fact?.reference, ProviderNameForm())
    let byHand = walk.member("by_hand", fact?.byHand, else: 0, .amount())
    guard let orderID, let paymentID, let number, let amount, let reference, let byHand else { return nil }
    return Self(
      orderID: orderID, paymentID: paymentID, number: number, amount: amount, reference: reference,
      byHand: byHand)
  }

  /// The payment's row, and the work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addPayment(paymentID, of: tenant)
    request.dueWork.insert(Owned(tenant, .refund(number, of: paymentID)))
  }

  /// Ends the work.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changePayment(paymentID, at: place) { $0.refunded += amount }
    set.dueWork.end(Owned(place.tenant, .refund(number, of: paymentID)))
    set.changeOrder(at: place) { _ in }
  }
}
