/// The priced answer to "what would these codes do to this cart?" Writes nothing and promises nothing.
///
/// All amounts are minor units of `currency`. Always: `total = subtotal + shipping - discount`, `discount` is the sum
/// of `applied` amounts, and every amount is the sum of its allocations, which are the sums of their units.
public struct Quote: Hashable, Sendable {
  /// The order's currency.
  public var currency: Currency
  /// The goods at list price.
  public var subtotal: Int64
  /// The shipping charges.
  public var shipping: Int64
  /// Everything that the coupons take off.
  public var discount: Int64
  /// What is left to pay.
  public var total: Int64
  /// The coupons that apply, in the order in which they were computed.
  public var applied: [AppliedDiscount]
  /// The codes that do not, in the order in which they were typed.
  public var notApplied: [RefusedCode]
  /// Whether a fuller request may get another answer: a per-user limit could not be judged because nothing says who is
  /// buying, or a refused code's facts name something `missing`.
  public var provisional: Bool
  /// What was thought of whoever asked; nil where nobody looked.
  public var risk: FraudVerdict?

  /// Makes a quote.
  public init(
    currency: Currency, subtotal: Int64, shipping: Int64, discount: Int64, total: Int64,
    applied: [AppliedDiscount], notApplied: [RefusedCode], provisional: Bool
  ) {
    self.currency = currency
    self.subtotal = subtotal
    self.shipping = shipping
    self.discount = discount
    self.total = total
    self.applied = applied
    self.notApplied = notApplied
    self.provisional = provisional
  }
}

/// What one coupon takes off an order. Amounts are minor units of the order's currency.
public struct AppliedDiscount: Hashable, Sendable {
  /// The code in canonical form.
  public var code: CouponCode
  /// The coupon.
  public var couponID: Coupon.ID
  /// The version of its terms.
  public var version: Int64
  /// The coupon's name.
  @Exact public var title: String
  /// What it takes off.
  public var amount: Int64
  /// What it would take off without its cap and its budget.
  public var uncappedAmount: Int64
  /// Over what it was computed.
  public var scope: DiscountScope
  /// The class of the discount.
  public var discountClass: DiscountClass
  /// Its place among its class.
  public var priority: Int64
  /// Whether the amount is not known yet because shipping is not.
  public var pending: Bool
  /// How the amount falls on lines and shipping charges; only those that it falls on.
  public var allocations: [Allocation]
  /// Which of the typed codes it is, where a request is answered.
  public var place: TypedPlace?

  /// Makes a discount.
  public init(
    code: CouponCode, couponID: Coupon.ID, version: Int64, title: String, amount: Int64,
    uncappedAmount: Int64,
    scope: DiscountScope, discountClass: DiscountClass, priority: Int64, pending: Bool,
    allocations: [Allocation]
  ) {
    self.code = code
    self.couponID = couponID
    self.version = version
    self.title = title
    self.amount = amount
    self.uncappedAmount = uncappedAmount
    self.scope = scope
    self.discountClass = discountClass
    self.priority = priority
    self.pending = pending
    self.allocations = allocations
  }
}

/// Which of a request's codes opened a coupon.
public struct TypedPlace: Hashable, Sendable {
  /// Its place in the request's list.
  public var index: Int
  /// The spelling to show.
  @Exact public var display: String

  /// Makes a place.
  public init(index: Int, display: String) {
    self.index = index
    self.display = display
  }
}

/// The part of a discount that falls on one line or one shipping charge.
public struct Allocation: Hashable, Sendable {
  /// What it falls on.
  public enum Target: Hashable, Sendable {
    /// The line at this place of the cart.
    case line(Int)
    /// The shipping charge at this place of the cart.
    case shipping(Int)
  }

  /// What it falls on.
  public var target: Target
  /// The caller's name for the line or charge.
  public var targetID: LineID
  /// The part in minor units.
  public var amount: Int64
  /// The part of each unit, in the order of the line's units, so that a refund of any of them is exact; empty for
  /// shipping.
  public var units: UnitRuns

  /// Makes a part.
  public init(target: Target, targetID: LineID, amount: Int64, units: UnitRuns) {
    self.target = target
    self.targetID = targetID
    self.amount = amount
    self.units = units
  }
}
