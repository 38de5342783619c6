/// How a coupon acts on subscriptions and invoices. A coupon without these terms is for checkouts alone.
public struct BillingTerms: Hashable, Sendable {
  /// How often what has the coupon gets its discount.
  public enum Cadence: Hashable, Sendable {
    /// On one invoice: the first that gets anything off.
    case once
    /// On so many invoices that get anything off.
    case periods(Int64)
    /// On the invoices of so many calendar months, from the start on.
    case months(Int64)
    /// On every invoice.
    case forever
  }

  /// What happens to an amount that is more than there is to take it from.
  public enum Excess: String, CaseIterable, Sendable {
    /// Only what there is is taken off. The default.
    case cap
    /// The coupon is left out of the invoice.
    case skip
  }

  /// How often it gives its discount.
  public var cadence: Cadence
  /// The first moment at which it can be attached; nil for any. Nothing but attaching looks at it.
  public var redeemAfter: Instant?
  /// The first moment at which it can be attached no more; nil for none. Nothing but attaching looks at it.
  public var redeemBefore: Instant?
  /// What happens to an amount that is more than there is to take it from.
  public var onExcess: Excess
  /// Whether what an amount exceeds one invoice by is taken off later ones.
  public var carriesOver: Bool
  /// Whether it can be attached again to what has it already.
  public var attachesAgain: Bool
  /// Whether it can be used at a checkout, too.
  public var isForCheckout: Bool

  /// Makes terms; everything but the cadence has a default.
  public init(
    cadence: Cadence, redeemAfter: Instant? = nil, redeemBefore: Instant? = nil, onExcess: Excess = .cap,
    carriesOver: Bool = false, attachesAgain: Bool = false, isForCheckout: Bool = false
  ) {
    self.cadence = cadence
    self.redeemAfter = redeemAfter
    self.redeemBefore = redeemBefore
    self.onExcess = onExcess
    self.carriesOver = carriesOver
    self.attachesAgain = attachesAgain
    self.isForCheckout = isForCheckout
  }

  /// On how many invoices it gives something; nil for any number.
  public var invoicesMax: Int64? {
    switch cadence {
    // An amount that is carried over comes in as many parts as it takes.
    case .once: carriesOver ? nil : 1
    case .periods(let count): count
    case .months, .forever: nil
    }
  }

  /// When it stops for what has it since a moment: the first moment without it; nil for never.
  public func end(from start: Instant) -> Instant? {
    if case .months(let months) = cadence { return start.adding(months: months) }
    return nil
  }
}
