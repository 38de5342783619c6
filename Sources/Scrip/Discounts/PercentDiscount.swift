/// A share of goods, with an optional upper bound for the whole application, by currency.
public struct PercentDiscount: Hashable, Sendable, DiscountKind {
  /// The share.
  public let percent: Percent
  /// The most it takes off, by currency; empty for no such bound.
  public let cap: AmountsByCurrency

  /// Makes a percentage.
  public init(_ percent: Percent, cap: AmountsByCurrency) {
    self.percent = percent
    self.cap = cap
  }

  func share(of base: Int64, in currency: Currency, rounding: Rounding) -> Int64 {
    percent.of(base, rounding: rounding)
  }
}

extension Discount {
  /// A share of goods.
  public static func percent(_ percent: Percent, cap: AmountsByCurrency) -> Discount {
    .percent(PercentDiscount(percent, cap: cap))
  }
}
