import Forms
import Ledger
import Scrip

/// An order is to be paid through a provider: it has been checked out, and the provider is asked for an intent.
public struct PaymentStarted: PromotionFact {
  /// `PaymentStarted`
  public static let formName = "PaymentStarted"

  /// What the order is called.
  public var orderID: OrderID
  /// What the payment is called.
  public var paymentID: Payment.ID
  /// Who takes the money.
  public var service: PaymentService
  /// When an authorized amount is taken.
  public var capture: PaymentCapture
  /// What is to be paid.
  public var amount: Money
  /// Until when the customer may pay.
  public var payBy: Instant

  /// Makes the fact.
  public init(
    orderID: OrderID, paymentID: Payment.ID, service: PaymentService, capture: PaymentCapture, amount: Money,
    payBy: Instant
  ) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.service = service
    self.capture = capture
    self.amount = amount
    self.payBy = payBy
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let paymentID = walk.required("payment_id", fact?.paymentID, .id(Payment.ID.self))
    let service = walk.required("provider", fact?.service, .choice(named: "PaymentProvider"))
    let capture = walk.required("capture", fact?.capture, .choice(named: "PaymentCapture"))
    let amount = walk.required("amount", fact?.amount.minorUnits, .amount())
    let currency = walk.required("currency", fact?.amount.currency, .currency())
    let payBy = walk.required("pay_by", fact?.payBy, .instant())
    guard let orderID, let paymentID, let service, let capture, let amount, let currency, let payBy else {
      return nil
    }
    return Self(
      orderID: orderID, paymentID: paymentID, service: service, capture: capture,
      amount: Money(minorUnits: amount, currency: currency), payBy: payBy)
  }

  /// The payment's row and its work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addPayment(paymentID, of: tenant)
  }

  /// Makes the payment's row, and has the provider asked.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let payment = Payment(
      id: paymentID, orderID: orderID, service: service, capture: capture, amount: amount, payBy: payBy,
      createdAt: place.at)
    set.shelf[PaymentRow.self].insert(PaymentRow(payment), for: Owned(place.tenant, paymentID))
    set.dueWork.schedule(Owned(place.tenant, .payment(paymentID, .create)), at: place.at)
    set.changeOrder(at: place) { $0.paymentID = paymentID }
  }
}
