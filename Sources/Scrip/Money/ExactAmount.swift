/// An amount of money with more digits than the currency has: 128 bits of fixed point, in hundred-millionths of a minor
/// unit. It may be below zero.
///
/// That is every amount that `numeric(20,8)` holds in major units of any currency, and two to four digits more behind the
/// point. It becomes money once, by ``minorUnits(_:)``.
public struct ExactAmount: Hashable, Comparable, Sendable {
  /// The amount in hundred-millionths of a minor unit: 10.12 EUR are 101 200 000 000.
  public let scaled: Int128

  /// How many parts one minor unit has.
  public static let partsPerMinorUnit: Int128 = 100_000_000

  /// Nothing.
  public static let zero = ExactAmount(unchecked: 0)

  private static let scaledMax = Int128(Money.minorUnitsMax) * partsPerMinorUnit

  private init(unchecked scaled: Int128) { self.scaled = scaled }

  /// A whole number of minor units; nil beyond ±(2⁵³ - 1).
  public init?(minorUnits: Int64) {
    guard (-Money.minorUnitsMax...Money.minorUnitsMax).contains(minorUnits) else { return nil }
    scaled = Int128(minorUnits) * Self.partsPerMinorUnit
  }

  /// Reads a decimal of minor units with up to eight decimals, such as `"1012.345678"` or `"-0.5"`; nil if it is
  /// malformed or beyond ±(2⁵³ - 1).
  public init?(_ text: String) {
    let isNegative = text.hasPrefix("-")
    let digits = isNegative ? String(text.dropFirst()) : text
    guard case .value(let magnitude) = ParsedDecimal<Int128>(digits, fractionDigitsMax: 8),
      magnitude <= Self.scaledMax
    else { return nil }
    scaled = isNegative ? -magnitude : magnitude
  }

  /// The amount in whole minor units, rounded by its magnitude: half-up, -2.5 becomes -3.
  public func minorUnits(_ rounding: Rounding) -> Int64 {
    let magnitude = rounding.divide(scaled < 0 ? -scaled : scaled, by: Self.partsPerMinorUnit)
    // At most 2⁵³ - 1 by construction.
    return Int64(truncatingIfNeeded: scaled < 0 ? -magnitude : magnitude)
  }

  /// Whether it is below zero.
  public var isNegative: Bool { scaled < 0 }

  /// The amount in whole minor units, if it is whole.
  public var wholeMinorUnits: Int64? {
    scaled % Self.partsPerMinorUnit == 0
      ? Int64(truncatingIfNeeded: scaled / Self.partsPerMinorUnit) : nil
  }

  /// Smaller is less.
  public static func < (left: ExactAmount, right: ExactAmount) -> Bool { left.scaled < right.scaled }
}

extension ExactAmount: CustomStringConvertible {
  /// The shortest decimal of minor units: `"1012.345678"`.
  public var description: String {
    let digits = formatDecimal(scaled.magnitude, fractionDigits: 8)
    return scaled < 0 ? "-" + digits : digits
  }
}
