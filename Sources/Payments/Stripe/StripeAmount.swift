import struct Scrip.Currency
import struct Scrip.Money
import enum Scrip.PaymentService

/// Amounts as Stripe counts them, which is not as ISO 4217 does: 5 ISK is 500 there, 1.00 MGA is 1, and 5.124 KWD can't be
/// charged. <https://docs.stripe.com/currencies>
enum StripeAmount {
  /// The most that Stripe takes in any currency: twelve digits.
  static let unitsMax: Int64 = 999_999_999_999

  /// How many decimals Stripe's integers have; nil for a currency of which Stripe does not say how it counts it.
  private static func decimals(of currency: Currency) -> Int? {
    switch currency.code {
    case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF",
      "XPF":
      0
    // Without decimals for everybody else, and for Stripe with two that are always zero.
    case "ISK", "UGX": 2
    case "BHD", "JOD", "KWD", "OMR", "TND": 3
    default: currency.exponent == 2 ? 2 : nil
    }
  }

  /// The integer that Stripe is told.
  ///
  /// - Throws: `ours` for what Stripe would refuse, or would take for another amount.
  static func units(of money: Money) throws(PaymentFailure) -> Int64 {
    guard let decimals = decimals(of: money.currency) else {
      throw .ours("Stripe says of no decimals for \(money.currency.code).")
    }
    guard money.minorUnits % PaymentService.stripe.step(of: money.currency) == 0,
      let units = scale(money.minorUnits, from: Int(money.currency.exponent), to: decimals)
    else { throw .ours("Stripe can't be told \(money) exactly.") }
    guard (1...unitsMax).contains(units) else { throw .ours("Stripe takes no payment of \(money).") }
    return units
  }

  /// The amount that Stripe's integer means; nil if it is none in this currency.
  static func money(units: Int64, currency: Currency) -> Money? {
    guard let decimals = decimals(of: currency),
      let minorUnits = scale(units, from: decimals, to: Int(currency.exponent))
    else { return nil }
    return Money(minorUnits: minorUnits, currency: currency)
  }

  /// The same amount with another number of decimals; nil if it has none exactly.
  private static func scale(_ amount: Int64, from: Int, to: Int) -> Int64? {
    let factor = (0..<abs(to - from)).reduce(Int64(1)) { power, _ in power * 10 }
    if to < from { return amount % factor == 0 ? amount / factor : nil }
    let (product, isTooLarge) = amount.multipliedReportingOverflow(by: factor)
    return isTooLarge ? nil : product
  }
}
