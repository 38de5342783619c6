import Digest
import JSON

import enum Scrip.PaymentCapture
import struct Scrip.Currency
import struct Scrip.Money

/// Reading what Stripe sends. Members that we don't know are passed over; one that we need and can't read makes the whole
/// unreadable, for a guess about money is worse than none.
extension PaymentIntent {
  init?(stripe node: JSONNode) {
    guard node["object"]?.string() == "payment_intent",
      let id = node["id"]?.string().flatMap(PaymentIntentID.init),
      let status = node["status"]?.string().flatMap(Status.init),
      let currency = Currency(stripe: node), let amount = Money(stripe: node["amount"], currency),
      let capture = PaymentCapture(stripe: node["capture_method"])
    else { return nil }
    var received = Money(minorUnits: 0, currency: currency)
    if let node = node["amount_received"] {
      guard let amount = Money(stripe: node, currency) else { return nil }
      received = amount
    }
    self.init(
      id: id, status: status, amount: amount, amountReceived: received, capture: capture,
      clientSecret: node["client_secret"]?.string().map(SecretText.init),
      lastDecline: node["last_payment_error"].flatMap(PaymentDecline.init(stripe:)),
      labels: PaymentLabel.all(stripe: node["metadata"]))
  }
}

extension PaymentRefund {
  init?(stripe node: JSONNode) {
    guard node["object"]?.string() == "refund", let id = node["id"]?.string().flatMap(PaymentRefundID.init),
      let status = node["status"]?.string().flatMap(Status.init), let currency = Currency(stripe: node),
      let amount = Money(stripe: node["amount"], currency)
    else { return nil }
    self.init(id: id, status: status, amount: amount, labels: PaymentLabel.all(stripe: node["metadata"]))
  }
}

extension PaymentDecline {
  /// Nil where there was none.
  init?(stripe node: JSONNode) {
    guard let code = node["code"]?.string() ?? node["type"]?.string() else { return nil }
    self.init(
      code: code, bankCode: node["decline_code"]?.string(),
      message: node["message"]?.string() ?? "The payment was refused.")
  }
}

extension PaymentLabel {
  static func all(stripe node: JSONNode?) -> [PaymentLabel] {
    var labels: [PaymentLabel] = []
    node?.forEachMember { name, value in
      if let text = value.string() { labels.append(PaymentLabel(name.string(), text)) }
    }
    return labels.sorted { $0.name < $1.name }
  }
}

extension PaymentCapture {
  fileprivate init?(stripe node: JSONNode?) {
    switch node?.string() {
    case "manual": self = .manual
    // Both take the amount at once; they differ in when Stripe tells of the fees.
    case "automatic", "automatic_async": self = .automatic
    default: return nil
    }
  }
}

extension Currency {
  fileprivate init?(stripe node: JSONNode) {
    guard let code = node["currency"]?.string() else { return nil }
    self.init(anyCase: code)
  }
}

extension Money {
  fileprivate init?(stripe node: JSONNode?, _ currency: Currency) {
    guard let units = node?.int64(), units >= 0,
      let money = StripeAmount.money(units: units, currency: currency)
    else { return nil }
    self = money
  }
}
