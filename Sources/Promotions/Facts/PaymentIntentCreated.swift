import Forms
import Ledger
import Scrip

/// The provider has made an intent: the customer can pay.
public struct PaymentIntentCreated: PromotionFact {
  /// `PaymentIntentCreated`
  public static let formName = "PaymentIntentCreated"

  /// What the order is called.
  public var orderID: OrderID
  /// What the payment is called.
  public var paymentID: Payment.ID
  /// What the provider calls it.
  public var intent: ProviderName
  /// What the customer's browser pays with, sealed; nil if the provider told none.
  public var clientSecret: SealedText?

  /// Makes the fact.
  public init(orderID: OrderID, paymentID: Payment.ID, intent: ProviderName, clientSecret: SealedText?) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.intent = intent
    self.clientSecret = clientSecret
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let paymentID = walk.required("payment_id", fact?.paymentID, .id(Payment.ID.self))
    let intent = walk.required("intent", fact?.intent, ProviderNameForm())
    let clientSecret = walk.optional("sealed_client_secret", fact?.clientSecret, SealedTextForm())
    guard let orderID, let paymentID, let intent, let clientSecret else { return nil }
    return Self(orderID: orderID, paymentID: paymentID, intent: intent, clientSecret: clientSecret)
  }

  /// The payment's row and its work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addPayment(paymentID, of: tenant)
  }

  /// Changes the payment.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changePayment(paymentID, at: place) { payment in
      payment.state = .open
      payment.intent = intent
      payment.clientSecret = clientSecret
    }
    set.changeOrder(at: place) { _ in }
  }
}
