/// Which usage of which application an event is about.
public struct UsageReference: Hashable, Sendable {
  /// The application.
  public var applicationID: DiscountApplication.ID
  /// The usage.
  public var usageID: Usage.ID
  /// The caller's order.
  public var orderID: OrderID

  /// Makes a reference.
  public init(applicationID: DiscountApplication.ID, usageID: Usage.ID, orderID: OrderID) {
    self.applicationID = applicationID
    self.usageID = usageID
    self.orderID = orderID
  }
}

/// What the usages of one application share. Written once for an application: with its first usage.
public struct Agreement: Hashable, Sendable {
  /// Who bought, as far as the order said.
  public var buyer: IdentityKey?
  /// The currency of the amounts.
  public var currency: Currency
  /// What all usages take off, in minor units.
  public var discount: Int64
  /// What the order costs after them, in minor units.
  public var total: Int64
  /// The quote and what it was computed from.
  public var snapshot: QuoteSnapshot
  /// What was thought of whoever asked; nil where nobody looked. The log keeps it, and no row.
  public var screening: FraudRecord?

  /// Makes an agreement.
  public init(
    buyer: IdentityKey? = nil, currency: Currency, discount: Int64, total: Int64, snapshot: QuoteSnapshot
  ) {
    self.buyer = buyer
    self.currency = currency
    self.discount = discount
    self.total = total
    self.snapshot = snapshot
  }
}
