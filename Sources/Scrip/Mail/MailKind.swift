/// What a customer is written about.
public enum MailKind: String, CaseIterable, Hashable, Sendable {
  /// The order was paid.
  case orderPaid = "order_paid"
  /// A payment for the order failed.
  case paymentFailed = "payment_failed"
}
