/// What the usages of one application share from the first of them on, as far as adding usages up needs it.
public struct ApplicationShare: Hashable, Sendable {
  /// When the application was locked, whatever became of it since.
  public var lockedAt: Instant
  /// The currency of the amounts.
  public var currency: Currency
  /// Who buys, as far as the order said.
  public var buyer: IdentityKey?

  /// Makes a share.
  public init(lockedAt: Instant, currency: Currency, buyer: IdentityKey?) {
    self.lockedAt = lockedAt
    self.currency = currency
    self.buyer = buyer
  }
}

/// How a usage stood before an event changed it: whoever adds usages up takes this away, and needs nothing but the event.
public struct UsageStanding: Hashable, Sendable {
  /// Where it stood.
  public var state: Usage.State
  /// What it took off, in minor units of the order's currency.
  public var amount: Int64
  /// Whether it was outside of all counts.
  public var isOverLimit: Bool
  /// What it shared with the others of its application.
  public var share: ApplicationShare

  /// Makes a standing.
  public init(state: Usage.State, amount: Int64, isOverLimit: Bool = false, share: ApplicationShare) {
    self.state = state
    self.amount = amount
    self.isOverLimit = isOverLimit
    self.share = share
  }
}
