/// What coupons make of an invoice. All amounts are minor units of its currency.
public struct InvoicePrice: Hashable, Sendable {
  /// A line as it is to be taxed.
  public struct Line: Hashable, Sendable {
    /// What it costs before coupons, as money.
    public var amount: Int64
    /// What coupons take off it.
    public var discount: Int64

    /// Makes a line.
    public init(amount: Int64, discount: Int64) {
      self.amount = amount
      self.discount = discount
    }

    /// What is left to be taxed.
    public var taxable: Int64 { amount - discount }
  }

  /// The lines, in the invoice's order.
  public var lines: [Line]
  /// The coupons that took something off, in the order in which they did.
  public var applied: [InvoiceApplication]
  /// The coupons that did not, and why.
  public var notApplied: [InvoiceRefusal]

  /// Makes a price.
  public init(lines: [Line], applied: [InvoiceApplication] = [], notApplied: [InvoiceRefusal] = []) {
    self.lines = lines
    self.applied = applied
    self.notApplied = notApplied
  }

  /// The lines before coupons.
  public var subtotal: Int64 { lines.reduce(0) { $0 + $1.amount } }
  /// What coupons take off.
  public var discount: Int64 { lines.reduce(0) { $0 + $1.discount } }
  /// What is left, before tax.
  public var total: Int64 { subtotal - discount }
}

/// Where a coupon comes from that takes part in an invoice.
public enum InvoiceCouponSource: Hashable, Sendable {
  /// The subscription has it.
  case association(Association.ID)
  /// It is named for this invoice alone, at this place of the list.
  case direct(Int)
}

/// A coupon applied to an invoice, with everything that decided its cents. It is never changed once the invoice is frozen.
public struct InvoiceApplication: Hashable, Sendable {
  /// What it took off one line.
  public struct Share: Hashable, Sendable {
    /// The line's place in the invoice.
    public var line: Int
    /// What it took off, in minor units.
    public var amount: Int64
    /// What it was computed from, where each line was computed by itself; nil elsewhere.
    public var original: Int64?

    /// Makes a share.
    public init(line: Int, amount: Int64, original: Int64? = nil) {
      self.line = line
      self.amount = amount
      self.original = original
    }
  }

  /// Where the coupon comes from.
  public var source: InvoiceCouponSource
  /// The coupon.
  public var couponID: Coupon.ID
  /// The version of its terms.
  public var version: Int64
  /// The line of the invoice or of the subscription that it is for; nil for the whole invoice.
  public var lineID: LineID?
  /// What it was computed from, in minor units: what earlier coupons had left of what it is for.
  public var original: Int64
  /// What it took off, in minor units.
  public var discount: Int64
  /// Which of the invoices that it takes something off this is, from 1 on.
  public var position: Int64
  /// What decided its cents.
  public var snapshot: CouponSnapshot
  /// How it falls on lines.
  public var shares: [Share]
  /// The use that it holds of a coupon that is named for this invoice alone; nil for a subscription's.
  public var use: DirectUse?

  /// The discount, computed again from what it was computed from and what decided it: the same cents for ever.
  public func recomputed(in currency: Currency) -> Int64 {
    let wanted =
      snapshot.isByLine
      ? shares.reduce(0) { $0 + snapshot.share(of: $1.original ?? 0, in: currency) }
      : snapshot.share(of: original, in: currency)
    return min(wanted, snapshot.cap(in: currency) ?? .max, original, snapshot.left ?? .max)
  }

  /// What it left.
  public var final: Int64 { original - discount }

  /// Makes an application.
  public init(
    source: InvoiceCouponSource, couponID: Coupon.ID, version: Int64, lineID: LineID?, original: Int64,
    discount: Int64, position: Int64, snapshot: CouponSnapshot, shares: [Share], use: DirectUse? = nil
  ) {
    self.source = source
    self.couponID = couponID
    self.version = version
    self.lineID = lineID
    self.original = original
    self.discount = discount
    self.position = position
    self.snapshot = snapshot
    self.shares = shares
    self.use = use
  }
}

/// The use that an invoice holds of a coupon which is named for it alone.
public struct DirectUse: Hashable, Sendable {
  /// The code that opened it; nil if the coupon was named itself.
  public var code: CouponCode?
  /// The counters that it holds.
  public var counters: [UsageCounter]
  /// How often the coupon's uses had been revoked when it was taken.
  public var revocations: Int64

  /// Makes a use.
  public init(code: CouponCode?, counters: [UsageCounter], revocations: Int64) {
    self.code = code
    self.counters = counters
    self.revocations = revocations
  }
}

/// What decided the cents of an application, besides what it was computed from: with it the same discount can be computed
/// for ever, whatever becomes of the coupon.
public struct CouponSnapshot: Hashable, Sendable {
  /// What people call the coupon.
  @Exact public var name: String
  /// What it takes off.
  public var discount: Discount
  /// Whether it was computed line by line.
  public var isByLine: Bool
  /// How often it gives its discount.
  public var cadence: BillingTerms.Cadence
  /// How the discount was rounded.
  public var rounding: Rounding
  /// What was left of an amount that is carried over, before this invoice; nil for any other.
  public var balance: Int64?
  /// What was left of the whole invoice, where that bounded the discount; nil where it did not.
  public var left: Int64?

  /// Makes a snapshot.
  public init(
    name: String, discount: Discount, isByLine: Bool, cadence: BillingTerms.Cadence, rounding: Rounding,
    balance: Int64?, left: Int64? = nil
  ) {
    self.left = left
    self.name = name
    self.discount = discount
    self.isByLine = isByLine
    self.cadence = cadence
    self.rounding = rounding
    self.balance = balance
  }
}

/// A coupon that took nothing off an invoice, and why.
public struct InvoiceRefusal: Hashable, Sendable {
  /// Where it comes from.
  public var source: InvoiceCouponSource
  /// The coupon; nil for a code that opens none.
  public var couponID: Coupon.ID?
  /// Why.
  public var reason: RefusalReason
  /// What explains it, by name.
  public var facts: Details

  /// Makes a refusal.
  public init(
    source: InvoiceCouponSource, couponID: Coupon.ID?, reason: RefusalReason, facts: Details = [:]
  ) {
    self.source = source
    self.couponID = couponID
    self.reason = reason
    // As what is stored reads back: it is compared with what is computed anew.
    self.facts = facts.mapValues {
      if case .instant(let moment) = $0 { .text(moment.description) } else { $0 }
    }
  }
}
