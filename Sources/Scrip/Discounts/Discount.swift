/// What a coupon takes off. Each kind stands in one file of this folder, which says all that pricing asks of it.
public enum Discount: Hashable, Sendable {
  /// A share of what it applies to.
  case percent(PercentDiscount)
  /// An amount.
  case fixed(FixedDiscount)
  /// An amount with more digits than the currency has.
  case decimal(DecimalDiscount)
  /// A share of the shipping charge.
  case shipping(ShippingDiscount)

  /// What pricing asks, whichever kind it is.
  var kind: any DiscountKind {
    switch self {
    case .percent(let percent): percent
    case .fixed(let fixed): fixed
    case .decimal(let decimal): decimal
    case .shipping(let shipping): shipping
    }
  }
}

/// What pricing asks of a kind of discount.
protocol DiscountKind: Sendable {
  /// What it is taken from.
  var target: DiscountTarget { get }
  /// Whether it takes an amount, and so comes after the shares of its class and priority.
  var isAmount: Bool { get }
  /// The most that one application takes off, by currency; empty for no such bound.
  var cap: AmountsByCurrency { get }
  /// Which orders it is for besides what the coupon's rules say; nil for every order.
  var rule: Rule? { get }

  /// Whether it has the amounts that it needs in a currency.
  func isKnown(in currency: Currency) -> Bool

  /// What it takes off a base in minor units, before what is left bounds it.
  func share(of base: Int64, in currency: Currency, rounding: Rounding) -> Int64

  /// Whether a discount on shipping is for a charge.
  func covers(_ charge: Cart.Shipping) -> Bool
}

extension DiscountKind {
  var target: DiscountTarget { .goods }
  var isAmount: Bool { false }
  var rule: Rule? { nil }

  func isKnown(in currency: Currency) -> Bool { cap.isKnown(in: currency) }
  func covers(_ charge: Cart.Shipping) -> Bool { false }
}

/// What a discount is taken from.
enum DiscountTarget {
  /// Lines of goods.
  case goods
  /// Shipping charges.
  case shipping
}

extension AmountsByCurrency {
  /// Whether there is an amount in a currency, or none at all.
  func isKnown(in currency: Currency) -> Bool { isEmpty || self[currency] != nil }
}

/// Over what a percentage or an amount is computed and rounded.
public enum DiscountScope: String, CaseIterable, Sendable {
  /// One amount over all eligible lines together, then allocated to them.
  case order
  /// Each eligible line by itself.
  case line
  /// Each unit of each eligible line by itself.
  case unit
}

/// The kinds of discount that a coupon may say it combines with.
public enum DiscountClass: String, CaseIterable, Sendable {
  /// Discounts with scope line or unit.
  case line
  /// Discounts over the whole order.
  case order
  /// Discounts on shipping.
  case shipping
}
