import Ledger
import Scrip

extension Rounding: NamedChoice {}
extension PricingPolicy.PercentBase: NamedChoice {}
extension CustomerFacts: NamedChoice {}

extension CouponCode: TextValue {
  /// Reads the canonical form.
  public static func reading(column text: String) -> CouponCode? { CouponCode(text) }

  /// The canonical form.
  public var columnText: String { canonical }

  /// A code
  public static var noun: String { "a code" }

  /// Some code.
  public static var sample: CouponCode {
    guard let code = CouponCode("A") else { preconditionFailure("A is a code") }
    return code
  }
}

extension Currency: TextValue {
  /// Reads the code of three capitals.
  public static func reading(column text: String) -> Currency? { Currency(code: text) }

  /// The code of three capitals.
  public var columnText: String { code }

  /// A currency
  public static var noun: String { "a currency" }

  /// The euro.
  public static var sample: Currency {
    guard let euro = Currency(code: "EUR") else { preconditionFailure("the euro is a currency") }
    return euro
  }
}

extension IdentityKey: TextValue {
  /// Reads the stored form.
  public static func reading(column text: String) -> IdentityKey? { IdentityKey(stored: text) }

  /// The stored form.
  public var columnText: String { stored }

  /// A buyer: no other column holds one.
  public static var noun: String { "a buyer" }

  /// Some user's.
  public static var sample: IdentityKey { IdentityKey(UserID("a")) }
}

extension UsageCounter: TextValue {
  /// Reads the stored form.
  public static func reading(column text: String) -> UsageCounter? { UsageCounter(stored: text) }

  /// The stored form.
  public var columnText: String { stored }

  /// A counter
  public static var noun: String { "a counter" }

  /// Some user's.
  public static var sample: UsageCounter { .identity(.sample) }
}
