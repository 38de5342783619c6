/// A coupon that wants to take something off an invoice.
public struct InvoiceCoupon: Sendable {
  /// Where it comes from.
  public var source: InvoiceCouponSource
  /// The coupon; nil for a code that opens none.
  public var couponID: Coupon.ID?
  /// Its terms with the number of their version, or why it can't take part.
  public var terms: Result<(terms: CouponTerms, version: Int64), InvoiceHindrance>
  /// The places of the lines that it is for; nil for the whole invoice.
  public var lines: [Int]?
  /// The line that it was attached to, as the caller calls it.
  public var lineID: LineID?
  /// From when on it is there: those that are there longer go first.
  public var start: Instant
  /// Its place among those that began at the same moment; lower is applied first.
  public var priority: Int64
  /// The other invoices that it takes something off.
  public var otherInvoices: Int64
  /// What it takes off them, in minor units.
  public var otherDiscount: Int64
  /// The whole amount that it carries over, as it was when it was attached; nil to take that from its terms.
  public var carried: Int64?
  /// Which of its invoices this one is already; nil if it did not take anything off it so far.
  public var position: Int64?
  /// The use that it would hold, of a coupon that is named for this invoice alone.
  public var use: DirectUse?

  /// Makes a coupon.
  public init(
    source: InvoiceCouponSource, couponID: Coupon.ID?,
    terms: Result<(terms: CouponTerms, version: Int64), InvoiceHindrance>, lines: [Int]? = nil,
    lineID: LineID? = nil, start: Instant, priority: Int64 = 0, otherInvoices: Int64 = 0,
    otherDiscount: Int64 = 0, carried: Int64? = nil, position: Int64? = nil, use: DirectUse? = nil
  ) {
    self.source = source
    self.couponID = couponID
    self.terms = terms
    self.lines = lines
    self.lineID = lineID
    self.start = start
    self.priority = priority
    self.otherInvoices = otherInvoices
    self.otherDiscount = otherDiscount
    self.carried = carried
    self.position = position
    self.use = use
  }
}

/// Why a coupon takes nothing off an invoice.
public struct InvoiceHindrance: Error, Hashable, Sendable {
  /// Why.
  public var reason: RefusalReason
  /// What explains it, by name.
  public var facts: Details

  /// Makes a hindrance.
  public init(_ reason: RefusalReason, _ facts: Details = [:]) {
    self.reason = reason
    self.facts = facts
  }

  init(_ hindrance: Hindrance) { self.init(hindrance.reason, hindrance.facts) }
}
