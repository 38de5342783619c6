import Foundation

import struct Scrip.Money

/// Writes amounts as readers of a language write them: `1.234,50 €`, `CHF 1’234.50`, `￥1,235`.
///
/// The tables are Unicode's, in Foundation; how many decimals a currency has is ours, so that a mail never shows another
/// amount than was charged.
public struct AmountFormat: Sendable {
  private let locale: Locale

  /// Writes for readers of a language. One that nobody has tables for is written as in no language: `€ 1234.50`.
  /// Extensions of a tag, such as `-u-nu-thai`, count for nothing: customers choose a language, and not the digits or the
  /// currency of the shop.
  public init(_ language: LanguageTag) {
    let parts = language.description.split(separator: "-")
    locale = Locale(identifier: parts.prefix { $0.utf8.count > 1 }.joined(separator: "-"))
  }

  /// The amount in words of the language.
  public func text(_ money: Money) -> String {
    let exponent = Int(money.currency.exponent)
    let magnitude = Decimal(sign: .plus, exponent: -exponent, significand: Decimal(money.minorUnits))
    return magnitude.formatted(
      .currency(code: money.currency.code).locale(locale).precision(.fractionLength(exponent)))
  }
}
