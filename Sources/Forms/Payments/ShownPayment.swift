import JSON
import Scrip

/// A payment through a provider as the API shows it, with what the customer's browser needs.
public struct ShownPayment: Sendable {
  /// The payment.
  public var payment: Payment
  /// What the customer's browser pays with; nil unless the customer is to pay now.
  public var clientSecret: String?  // String: a provider's words, handed on as they are
  /// Why the secret can't be told although the customer is to pay; nil if it can.
  public var secretProblem: String?  // String: a sentence for operators
  /// What browsers show to the provider.
  public var publishableKey: PublishableKey?

  /// Shows a payment.
  public init(
    _ payment: Payment, clientSecret: String?, secretProblem: String? = nil, publishableKey: PublishableKey?
  ) {
    self.payment = payment
    self.clientSecret = clientSecret
    self.secretProblem = secretProblem
    self.publishableKey = publishableKey
  }
}

extension ShownPayment: ObjectForm, JSONWritable {
  /// `Payment`
  public static let formName = "Payment"
  /// For the API's description.
  public static let formNote: StaticString? =
    "One try to have an order paid through a provider. The client secret is for this customer's browser alone."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let payment = shown?.payment
    let id = walk.required("id", payment?.id, .id(Payment.ID.self))
    let orderID = walk.required("order_id", payment?.orderID, .name(OrderID.self))
    let service = walk.required("provider", payment?.service, .choice(named: "PaymentProvider"))
    let state = walk.required("state", payment?.state, .choice(named: "PaymentState"))
    let capture = walk.required("capture", payment?.capture, .choice(named: "PaymentCapture"))
    let amount = walk.required("amount", payment?.amount.minorUnits, .amount())
    let currency = walk.required("currency", payment?.amount.currency, .currency())
    let intent = walk.optional("intent", payment?.intent, ProviderNameForm(), "The provider's name of it.")
    let clientSecret = walk.optional("client_secret", shown?.clientSecret, .text())
    let secretProblem = walk.sparse(
      "client_secret_problem", shown?.secretProblem, .text(),
      "Why there is no client secret although the customer is to pay.")
    let publishableKey = walk.optional(
      "publishable_key", shown?.publishableKey, .name(PublishableKey.self))
    let payBy = walk.required("pay_by", payment?.payBy, .instant(), "Until when the customer may pay.")
    let problem = walk.optional(
      "problem", payment?.problem, .name(PaymentProblem.self),
      "Why money was refused last, or why it was given up.")
    let end = walk.optional("given_up_for", payment?.end, .choice(named: "PaymentEnd"))
    let refundDue = walk.required(
      "refund_due", payment?.refundDue, .amount(), "What was to be given back by now.")
    let refunded = walk.required(
      "refunded", payment?.refunded, .amount(), "What the provider has given back of that.")
    let createdAt = walk.required("created_at", payment?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", payment?.updatedAt, .instant())
    guard let id, let orderID, let service, let state, let capture, let amount, let currency, let intent,
      let clientSecret, let secretProblem, let publishableKey, let payBy, let problem, let end, let refundDue,
      let refunded,
      let createdAt, let updatedAt
    else { return nil }
    var read = Payment(
      id: id, orderID: orderID, service: service, capture: capture,
      amount: Money(minorUnits: amount, currency: currency), payBy: payBy, createdAt: createdAt)
    (read.state, read.intent, read.problem, read.end) = (state, intent, problem, end)
    (read.refundDue, read.refunded, read.updatedAt) = (refundDue, refunded, updatedAt)
    return Self(
      read, clientSecret: clientSecret, secretProblem: secretProblem, publishableKey: publishableKey)
  }
}
