import struct Scrip.Money

/// Money that is to be given back.
public struct NewRefund: Sendable, Hashable {
  /// Of which intent.
  public var intent: PaymentIntentID
  /// How much; nil for all that is left.
  public var amount: Money?
  /// Labels of ours, at most 50: a refund whose answer was lost is found by them.
  public var labels: [PaymentLabel]

  /// Describes a refund.
  public init(of intent: PaymentIntentID, amount: Money? = nil, labels: [PaymentLabel] = []) {
    self.intent = intent
    self.amount = amount
    self.labels = labels
  }
}

/// Money that was given back, or is about to be.
public struct PaymentRefund: Sendable, Hashable {
  /// Where a refund is in its life.
  public enum Status: String, Sendable, CaseIterable {
    /// The bank is at work.
    case pending
    /// The customer has to do something.
    case needsAction = "requires_action"
    /// It is on its way to the customer.
    case succeeded
    /// The bank would not have it; the money is with us again.
    case failed
    /// It was taken back before it went out.
    case canceled
  }

  /// The provider's name of it.
  public let id: PaymentRefundID
  /// Where it is in its life.
  public let status: Status
  /// How much.
  public let amount: Money
  /// Labels of ours, by name.
  public let labels: [PaymentLabel]

  /// Describes a refund.
  public init(id: PaymentRefundID, status: Status, amount: Money, labels: [PaymentLabel] = []) {
    self.id = id
    self.status = status
    self.amount = amount
    self.labels = labels
  }
}
