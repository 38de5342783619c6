/// What callers name, so that a name of one thing can't stand for another.
public enum Named {
  /// Marks names of whatever there is, where a rule holds them.
  public enum Anything {}
  /// Marks orders.
  public enum Order {}
  /// Marks users.
  public enum User {}
  /// Marks products.
  public enum Product {}
  /// Marks sellers.
  public enum Seller {}
  /// Marks lines of goods and shipping charges.
  public enum Line {}
  /// Marks categories of products.
  public enum Category {}
  /// Marks sales channels.
  public enum Channel {}
  /// Marks shipping methods.
  public enum ShippingMethod {}
  /// Marks countries.
  public enum Country {}
  /// Marks segments of customers.
  public enum Segment {}
  /// Marks groups of coupons of which only the best applies.
  public enum StackingGroup {}
  /// Marks a caller's notes.
  public enum Note {}
  /// Marks languages.
  public enum Language {}
  /// Marks payments as the payer's bank or provider names them.
  public enum Payment {}
  /// Marks what was sealed.
  public enum Sealed {}
  /// Marks intents and refunds as their provider names them.
  public enum ProviderObject {}
  /// Marks reasons why a payment has not come.
  public enum PaymentProblem {}
  /// Marks the words of whoever gives a payment up.
  public enum PaymentEndReason {}
  /// Marks keys that browsers show to providers.
  public enum PublishableKey {}
  /// Marks subscriptions.
  public enum Subscription {}
  /// Marks parts of a subscription's time.
  public enum Phase {}
  /// Marks invoices.
  public enum Invoice {}
  /// Marks types of events.
  public enum EventType {}
  /// Marks events as CloudEvents name them.
  public enum EventID {}
}

/// The caller's order id.
public typealias OrderID = ExactText<Named.Order>
/// The caller's user id.
public typealias UserID = ExactText<Named.User>
/// The caller's product id.
public typealias ProductID = ExactText<Named.Product>
/// The caller's seller id.
public typealias SellerID = ExactText<Named.Seller>
/// The caller's name for a line of goods or a shipping charge.
public typealias LineID = ExactText<Named.Line>
/// A category of products.
public typealias Category = ExactText<Named.Category>
/// A sales channel, such as `web`.
public typealias Channel = ExactText<Named.Channel>
/// A shipping method.
public typealias ShippingMethod = ExactText<Named.ShippingMethod>
/// An ISO 3166 country, two upper-case letters.
public typealias Country = ExactText<Named.Country>
/// A segment of customers.
public typealias Segment = ExactText<Named.Segment>
/// A group of coupons of which only the best applies.
public typealias StackingGroup = ExactText<Named.StackingGroup>
/// The name or the value of a caller's note.
public typealias Note = ExactText<Named.Note>
/// A language tag, such as `de-DE`.
public typealias LanguageTag = ExactText<Named.Language>
/// What the payer's bank or provider calls a payment.
public typealias PaymentReference = ExactText<Named.Payment>
/// The caller's subscription id.
public typealias SubscriptionID = ExactText<Named.Subscription>
/// The caller's name for a part of a subscription's time.
public typealias PhaseID = ExactText<Named.Phase>
/// The caller's invoice id.
public typealias InvoiceID = ExactText<Named.Invoice>
