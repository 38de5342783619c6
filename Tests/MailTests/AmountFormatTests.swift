import Scrip
import Testing

@testable import Mail

@Suite struct AmountFormatTests {
  private func text(_ minorUnits: Int64, _ code: String, _ language: String) throws -> String {
    let money = Money(minorUnits: minorUnits, currency: try #require(Currency(code: code)))
    return try AmountFormat(#require(LanguageTag(language))).text(money)
  }

  @Test(
    arguments: [
      (123_450, "EUR", "de-DE", "1.234,50\u{A0}€"), (123_450, "EUR", "en-US", "€1,234.50"),
      (123_450, "CHF", "de-CH", "CHF\u{A0}1’234.50"),
      (123_450, "USD", "fr-CA", "1\u{A0}234,50\u{A0}$\u{A0}US"),
      (12_345_678, "INR", "en-IN", "₹1,23,456.78"), (1235, "JPY", "en", "¥1,235"), (0, "EUR", "en", "€0.00"),
      (-1250, "EUR", "en", "-€12.50"), (1, "EUR", "de", "0,01\u{A0}€"),
    ] as [(Int64, String, String, String)])
  func `an amount is written as readers of the language write it`(
    minorUnits: Int64, code: String, language: String, expected: String
  ) throws {
    #expect(try text(minorUnits, code, language) == expected)
  }

  @Test(arguments: [
    ("KWD", "1,234.567"), ("JPY", "1,234,567"), ("HUF", "12,345.67"), ("ISK", "1,234,567"),
    ("CLF", "123.4567"), ("UGX", "1,234,567"),
  ])
  func `a currency has the decimals that it is charged with, whatever the tables say`(
    code: String, digits: String
  ) throws {
    #expect(try text(1_234_567, code, "en").contains(digits))
  }

  @Test(arguments: [
    "de-u-nu-hanidec", "de-u-cu-usd", "de-DE-u-nu-thai-x-y", "de-t-en-u-nu-arab", "de-x-u-nu-hanidec",
    "de-1996-u-nu-roman",
  ])
  func `an extension of a language chooses neither digits nor currency`(language: String) throws {
    #expect(try text(123_450, "EUR", language) == "1.234,50\u{A0}€")
  }

  @Test func `the largest amount is exact`() throws {
    #expect(try text(Money.minorUnitsMax, "EUR", "en") == "€90,071,992,547,409.91")
  }

  @Test func `a language that nobody has tables for is written all the same`() throws {
    #expect(try text(123_450, "EUR", "xx-YY").contains("1234.50"))
  }
}
