/// A share of the shipping charge, on some methods and to some countries only. It never touches goods.
public struct ShippingDiscount: Hashable, Sendable, DiscountKind {
  /// The share of the charge; 100% is free shipping.
  public let percent: Percent
  /// The most it takes off, by currency.
  public let cap: AmountsByCurrency
  /// The shipping methods that it covers; empty for all.
  public let methods: [ShippingMethod]
  /// The ISO 3166 countries it covers; empty for all.
  public let countries: [Country]
  private let coveredMethods: Membership<Named.ShippingMethod>

  /// Makes a shipping discount.
  public init(
    percent: Percent = .whole, cap: AmountsByCurrency = AmountsByCurrency([]), methods: [ShippingMethod] = [],
    countries: [Country] = []
  ) {
    self.percent = percent
    self.cap = cap
    self.methods = methods
    self.countries = countries
    coveredMethods = methods.isEmpty ? .isNotIn([]) : .isIn(methods)
  }

  var target: DiscountTarget { .shipping }

  var rule: Rule? { countries.isEmpty ? nil : .condition(.country(.isIn(countries))) }

  func share(of base: Int64, in currency: Currency, rounding: Rounding) -> Int64 {
    percent.of(base, rounding: rounding)
  }

  func covers(_ charge: Cart.Shipping) -> Bool { coveredMethods.judge(charge.method) == .holds }
}
