import Scrip
import Testing

@testable import Payments

@Suite struct StripeAmountTests {
  private func money(_ minorUnits: Int64, _ code: String) throws -> Money {
    Money(minorUnits: minorUnits, currency: try #require(Currency(code: code)))
  }

  @Test(
    arguments: [
      (1250, "EUR", 1250), (1, "USD", 1), (500, "JPY", 500), (5, "ISK", 500), (5, "UGX", 500),
      (5000, "KRW", 5000),
      (300, "MGA", 3), (5120, "KWD", 5120), (10, "TND", 10), (80045, "TWD", 80045), (1045, "HUF", 1045),
      (999_999_999_999, "IDR", 999_999_999_999), (9_999_999_999, "ISK", 999_999_999_900),
    ] as [(Int64, String, Int64)])
  func `an amount is told as Stripe counts it, and read back as it was`(
    minorUnits: Int64, code: String, units: Int64
  ) throws {
    let money = try money(minorUnits, code)
    #expect(try StripeAmount.units(of: money) == units)
    #expect(StripeAmount.money(units: units, currency: money.currency) == money)
  }

  @Test(
    arguments: [
      // Nothing, less than nothing, and more than twelve digits.
      (0, "EUR"), (-1, "EUR"), (1_000_000_000_000, "EUR"), (10_000_000_000, "ISK"), (.max, "UGX"),
      // Fractions that Stripe has no place for.
      (150, "MGA"), (5124, "KWD"), (1, "BHD"),
      // Stripe does not say how many decimals these have.
      (1000, "IQD"), (1000, "LYD"), (10_000, "CLF"), (100, "UYI"),
    ] as [(Int64, String)])
  func `an amount that Stripe would refuse, or mistake, is refused as ours`(minorUnits: Int64, code: String)
    throws
  {
    let money = try money(minorUnits, code)
    let failure = #expect(throws: PaymentFailure.self) { try StripeAmount.units(of: money) }
    #expect(failure?.kind == .ours)
  }

  @Test(arguments: [("ISK", 550), ("UGX", 1)] as [(String, Int64)])
  func `an answer in fractions that a currency does not have is no amount`(code: String, units: Int64) throws
  {
    #expect(StripeAmount.money(units: units, currency: try #require(Currency(code: code))) == nil)
  }

  @Test func `every currency is either told exactly or refused`() throws {
    for code in Currency.allCodes {
      let currency = try #require(Currency(code: code))
      // A thousand of the major unit.
      let money = Money(
        minorUnits: (0..<currency.exponent).reduce(Int64(1000)) { amount, _ in amount * 10 },
        currency: currency)
      guard let units = try? StripeAmount.units(of: money) else { continue }
      #expect(StripeAmount.money(units: units, currency: currency) == money, "\(code)")
      #expect([1000, 100_000, 1_000_000].contains(units), "\(code)")
    }
  }
}
