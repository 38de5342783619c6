/// An amount off goods that has more digits than the currency, by currency. It is rounded once, where it is taken off; what
/// exceeds the price is lost.
public struct DecimalDiscount: Hashable, Sendable, DiscountKind {
  /// The amounts, each above zero.
  public let amounts: [Currency: ExactAmount]

  /// Makes an amount.
  public init(_ amounts: [Currency: ExactAmount]) { self.amounts = amounts }

  var isAmount: Bool { true }
  var cap: AmountsByCurrency { AmountsByCurrency([]) }

  func isKnown(in currency: Currency) -> Bool { amounts[currency] != nil }

  func share(of base: Int64, in currency: Currency, rounding: Rounding) -> Int64 {
    amounts[currency]?.minorUnits(rounding) ?? 0
  }
}
