/// What a coupon takes off.
public enum Discount: Hashable, Sendable {
  /// A share of what it applies to, with an optional upper bound for the whole application, by currency.
  case percent(Percent, cap: AmountsByCurrency)
  /// An amount by currency; what exceeds the price is lost, never carried over.
  case fixed(AmountsByCurrency)
  /// A share of the shipping charge, on some methods and to some countries only (none named: all).
  case shipping(ShippingDiscount)
}

/// A discount on shipping. It never touches goods.
public struct ShippingDiscount: Hashable, Sendable {
  /// The share of the charge; 100% is free shipping.
  public var percent: Percent
  /// The most it takes off, by currency.
  public var cap: AmountsByCurrency
  /// The shipping methods that it covers; empty for all.
  public var methods: [ShippingMethod]
  /// The ISO 3166 countries it covers; empty for all.
  public var countries: [Country]

  /// Makes a shipping discount.
  public init(
    percent: Percent = .whole, cap: AmountsByCurrency = AmountsByCurrency([]), methods: [ShippingMethod] = [],
    countries: [Country] = []
  ) {
    self.percent = percent
    self.cap = cap
    self.methods = methods
    self.countries = countries
  }
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
