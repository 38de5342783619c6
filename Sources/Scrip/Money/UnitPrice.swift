/// The price of one unit in minor units, with up to eight decimals of a minor unit (a tenth of a cent for a
/// screw, a millionth for an API call). It becomes money once: when it is multiplied by the quantity.
public struct UnitPrice: Hashable, Sendable {
  /// The price in hundred-millionths of a minor unit: 1999 minor units are 199 900 000 000.
  public let scaled: Int64

  /// How many parts one minor unit has.
  public static let partsPerMinorUnit: Int64 = 100_000_000
  /// The largest price, in minor units.
  public static let minorUnitsMax = Int64.max / partsPerMinorUnit

  /// A price in whole minor units; nil if it is negative or above 92 233 720 368 minor units.
  public init?(minorUnits: Int64) {
    let (scaled, overflow) = minorUnits.multipliedReportingOverflow(by: UnitPrice.partsPerMinorUnit)
    guard minorUnits >= 0, !overflow else { return nil }
    self.scaled = scaled
  }

  /// A decimal string in minor units with up to eight decimals, such as `"0.125"`; nil if malformed or too large.
  public init?(decimal text: String) {
    guard case .value(let scaled) = ParsedDecimal<Int64>(text, fractionDigitsMax: 8) else { return nil }
    self.scaled = scaled
  }

  /// The highest price, which is no whole number of minor units.
  public static let max = UnitPrice(scaled: .max)

  /// Whether a decimal string is a price in form, but one above ``max``.
  public static func isTooLarge(decimal text: String) -> Bool {
    if case .tooLarge = ParsedDecimal<Int64>(text, fractionDigitsMax: 8) { true } else { false }
  }

  private init(scaled: Int64) { self.scaled = scaled }

  /// The line's amount in minor units: price times quantity, rounded once and always half-up, whatever way a tenant
  /// rounds discounts in. What goods cost is nobody's setting.
  ///
  /// 3 units at 33.333 minor units are 99.999, rounded to 100.
  /// - Throws: `MoneyOverflow` if the amount does not fit into 64 bits.
  public func times(_ quantity: Int64) throws(MoneyOverflow) -> Int64 {
    let (product, overflow) = scaled.multipliedReportingOverflow(by: quantity)
    if !overflow { return Rounding.halfUp.divide(product, by: UnitPrice.partsPerMinorUnit) }
    let exact = Rounding.halfUp.divide(
      Int128(scaled) * Int128(quantity), by: Int128(UnitPrice.partsPerMinorUnit))
    guard let amount = Int64(exactly: exact) else { throw MoneyOverflow() }
    return amount
  }

  /// Whether the price is a whole number of minor units.
  public var isWhole: Bool { scaled % UnitPrice.partsPerMinorUnit == 0 }

  /// The price in whole minor units, if it is whole.
  public var minorUnits: Int64? { isWhole ? scaled / UnitPrice.partsPerMinorUnit : nil }
}

extension UnitPrice: CustomStringConvertible {
  /// The shortest decimal string in minor units: `"0.125"`.
  public var description: String { formatDecimal(scaled, fractionDigits: 8) }
}
