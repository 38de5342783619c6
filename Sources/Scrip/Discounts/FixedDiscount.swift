/// An amount off goods, by currency; what exceeds the price is lost, never carried over.
public struct FixedDiscount: Hashable, Sendable, DiscountKind {
  /// The amounts.
  public let amounts: AmountsByCurrency

  /// Makes an amount.
  public init(_ amounts: AmountsByCurrency) { self.amounts = amounts }

  var isAmount: Bool { true }
  var cap: AmountsByCurrency { AmountsByCurrency([]) }

  func isKnown(in currency: Currency) -> Bool { amounts[currency] != nil }

  func share(of base: Int64, in currency: Currency, rounding: Rounding) -> Int64 { amounts[currency] ?? 0 }
}

extension Discount {
  /// An amount off goods.
  public static func fixed(_ amounts: AmountsByCurrency) -> Discount { .fixed(FixedDiscount(amounts)) }
}
