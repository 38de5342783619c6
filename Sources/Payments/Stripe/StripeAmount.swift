import struct Scrip.Currency
import struct Scrip.Money

/// Amounts as Stripe counts them, which is not as ISO 4217 does: 5 ISK is 500 there, 1.00 MGA is 1, and 5.124 KWD can't be
/// charged. <https://docs.stripe.com/currencies>
enum StripeAmount {
  /// The most that Stripe takes in any currency: twelve digits.
  static let unitsMax: Int64 = 999_999_999_999

  private struct Convention {
    /// How many decimals Stripe's integers have.
    var decimals: Int
    /// What they have to be a multiple of.
    var step: Int64 = 1
  }

  /// Nil for a currency of which Stripe does not say how it counts it.
  private static func convention(of currency: Currency) -> Convention? {
    switch currency.code {
    case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF",
      "XPF":
      Convention(decimals: 0)
    // Without decimals for everybody else, and for Stripe with two that are always zero.
    case "ISK", "UGX": Convention(decimals: 2, step: 100)
    // Those who settle payments want the last digit to be zero.
    case "BHD", "JOD", "KWD", "OMR", "TND": Convention(decimals: 3, step: 10)
    default: currency.exponent == 2 ? Convention(decimals: 2) : nil
    }
  }

  /// The integer that Stripe is told.
  ///
  /// - Throws: `ours` for what Stripe would refuse, or would take for another amount.
  static func units(of money: Money) throws(PaymentFailure) -> Int64 {
    guard let convention = convention(of: money.currency) else {
      throw .ours("Stripe says of no decimals for \(money.currency.code).")
    }
    guard let units = scale(money.minorUnits, from: Int(money.currency.exponent), to: convention.decimals),
      units % convention.step == 0
    else { throw .ours("Stripe can't be told \(money) exactly.") }
    guard (1...unitsMax).contains(units) else { throw .ours("Stripe takes no payment of \(money).") }
    return units
  }

  /// The amount that Stripe's integer means; nil if it is none in this currency.
  static func money(units: Int64, currency: Currency) -> Money? {
    guard let convention = convention(of: currency),
      let minorUnits = scale(units, from: convention.decimals, to: Int(currency.exponent))
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
