/// A share above 0% and up to 100%, exact to four decimals of a percent, held as parts per million.
public struct Percent: Hashable, Sendable {
  /// 10% is 100 000 parts per million; 0.0001% is one.
  public let partsPerMillion: Int64

  /// All of it.
  public static let whole = Percent(unchecked: 1_000_000)

  private init(unchecked partsPerMillion: Int64) { self.partsPerMillion = partsPerMillion }

  /// Makes a percentage from parts per million; nil outside (0, 1 000 000].
  public init?(partsPerMillion: Int64) {
    guard partsPerMillion > 0, partsPerMillion <= 1_000_000 else { return nil }
    self.partsPerMillion = partsPerMillion
  }

  /// Reads a decimal string such as `"10"`, `"7.5"` or `"12.3456"`; nil if it is malformed, has more than four
  /// decimals, or lies outside (0, 100].
  public init?(_ text: String) {
    guard case .value(let value) = ParsedDecimal<Int64>(text, fractionDigitsMax: 4) else { return nil }
    self.init(partsPerMillion: value)
  }

  /// The share of an amount in minor units, rounded once: 15% of 333 is 49.95, half-up 50.
  public func of(_ amount: Int64, rounding: Rounding) -> Int64 {
    let (product, overflow) = amount.multipliedReportingOverflow(by: partsPerMillion)
    if !overflow { return rounding.divide(product, by: Int64(1_000_000)) }
    return Int64(rounding.divide(Int128(amount) * Int128(partsPerMillion), by: 1_000_000))
  }
}

extension Percent: CustomStringConvertible {
  /// The shortest decimal string: `"7.5"`.
  public var description: String { formatDecimal(partsPerMillion, fractionDigits: 4) }
}

/// The shortest decimal string of a non-negative integer that is scaled by `10^fractionDigits`.
func formatDecimal(_ scaled: some BinaryInteger, fractionDigits: Int) -> String {
  var digits = String(scaled)
  if digits.utf8.count <= fractionDigits {
    digits = String(repeating: "0", count: fractionDigits + 1 - digits.utf8.count) + digits
  }
  let integer = digits.dropLast(fractionDigits)
  var fraction = digits.suffix(fractionDigits)
  while fraction.last == "0" { fraction.removeLast() }
  return fraction.isEmpty ? String(integer) : "\(integer).\(fraction)"
}
