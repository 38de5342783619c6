/// An amount or a sum is larger than it may be. An error, never a wrap.
public struct MoneyOverflow: Error, Equatable, Sendable {
  /// Makes the error.
  public init() {}
}

/// An amount of one currency, as a whole number of its minor units (cents, fils, yen).
public struct Money: Hashable, Sendable {
  /// The amount in minor units of `currency`.
  public let minorUnits: Int64
  /// The currency that the amount is in.
  public let currency: Currency

  /// The most that an order may cost, and the largest amount anywhere: 2⁵³ - 1, the largest integer that every JSON
  /// reader keeps exact. A thousand such orders can be summed in 64 bits.
  public static let minorUnitsMax: Int64 = 9_007_199_254_740_991

  /// Makes an amount from minor units: `Money(minorUnits: 1250, currency: eur)` is 12.50 EUR.
  public init(minorUnits: Int64, currency: Currency) {
    self.minorUnits = minorUnits
    self.currency = currency
  }
}

extension Money: CustomStringConvertible {
  /// The amount in major units with all of its decimals: `12.50 EUR`, `13 JPY`, `1.250 KWD`.
  public var description: String {
    let exponent = Int(currency.exponent)
    let digits = String(minorUnits.magnitude)
    let filled = String(repeating: "0", count: max(0, exponent + 1 - digits.utf8.count)) + digits
    let point = exponent == 0 ? "" : "."
    let sign = minorUnits < 0 ? "-" : ""
    return "\(sign)\(filled.dropLast(exponent))\(point)\(filled.suffix(exponent)) \(currency.code)"
  }
}

/// Amounts in minor units, at most one for each currency: the shape of caps, minimums and fixed discounts.
///
/// No amount is ever converted: a currency without an entry has no amount.
public struct AmountsByCurrency: Hashable, Sendable {
  /// The entries, sorted by currency so that equal maps have equal encodings.
  public let entries: [Money]

  /// Makes a map; of two entries for one currency the first is kept.
  public init(_ amounts: [Money]) {
    if amounts.count < 2 {
      entries = amounts
      return
    }
    var seen: Set<Currency> = []
    entries = amounts.filter { seen.insert($0.currency).inserted }.sorted { $0.currency < $1.currency }
  }

  /// The amount for a currency in its minor units, or nil where there is none.
  public subscript(currency: Currency) -> Int64? {
    for entry in entries where entry.currency == currency { return entry.minorUnits }
    return nil
  }

  /// Whether there is no entry at all.
  public var isEmpty: Bool { entries.isEmpty }
}

/// Adds amounts of minor units; an overflow is an error.
///
/// - Throws: `MoneyOverflow` if the sum does not fit.
public func sum(_ amounts: some Sequence<Int64>) throws(MoneyOverflow) -> Int64 {
  var total: Int64 = 0
  for amount in amounts {
    let (next, overflow) = total.addingReportingOverflow(amount)
    if overflow { throw MoneyOverflow() }
    total = next
  }
  return total
}
