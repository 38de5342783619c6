/// What a shop's own message may tell: the six kinds that become commands.
public enum InboxTopic: String, CaseIterable, Hashable, Sendable {
  /// A customer has begun to pay.
  case checkoutStarted = "checkout.started"
  /// The payment came to nothing.
  case checkoutFailed = "checkout.failed"
  /// The order is placed, and not yet paid.
  case orderCreated = "order.created"
  /// The order is paid.
  case orderPaid = "order.paid"
  /// The order is called off.
  case orderCancelled = "order.cancelled"
  /// Money of the order was given back.
  case orderRefunded = "order.refunded"

  /// Whether it says what an order is about.
  public var locks: Bool { self == .checkoutStarted || self == .orderCreated }
}

/// A message that a shop has sent.
public enum InboxMessage: Identified {
  /// `message`
  public static let prefix = "message"
}

/// How a message stands.
public enum InboxState: String, CaseIterable, Hashable, Sendable {
  /// What it tells was done.
  case done
  /// There was nothing to do.
  case ignored
  /// What has to come before it has not come yet.
  case waiting
  /// The answer to what it asks for is no.
  case refused
  /// It can't be understood, or has waited in vain.
  case dead
  /// Somebody has looked at it and wants nothing done.
  case discarded

  /// Whether somebody may have it taken again, or put aside.
  public var isOpen: Bool { self == .refused || self == .dead }
}
