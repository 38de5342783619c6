/// An ISO 4217 currency with the number of decimals that its amounts really have.
///
/// Amounts everywhere are integers in minor units: 12.50 EUR is 1250, 13 JPY is 13, 1.250 KWD is 1250.
/// A code that is not in the shipped table is refused, because guessing two decimals is how money gets lost.
public struct Currency: Sendable {
  /// The three upper-case letters, first letter in the highest byte.
  let packed: UInt32

  /// How many decimals one major unit has: 0, 2, 3 or 4.
  public let exponent: UInt8

  /// Finds a currency by its upper-case ISO 4217 code; nil for a code that the table does not hold.
  @inlinable
  public init?(code: some StringProtocol) { self.init(letters: String(code)) }

  @usableFromInline
  init?(letters: String) {
    guard let packed = Currency.pack(letters), let exponent = Currency.exponents[packed] else {
      return nil
    }
    self.packed = packed
    self.exponent = exponent
  }

  /// Finds a currency by its ISO 4217 code in any case; the currency knows it in capitals.
  public init?(anyCase code: some StringProtocol) {
    // Only ASCII letters have another case here: the dotless i is no way to write INR.
    self.init(
      letters: String(
        decoding: code.utf8.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0 }, as: UTF8.self))
  }

  private static func pack(_ code: String) -> UInt32? {
    let letters = code.utf8.span
    guard letters.count == 3 else { return nil }
    var packed: UInt32 = 0
    for index in letters.indices {
      let letter = letters[index]
      guard letter >= 0x41, letter <= 0x5A else { return nil }
      packed = packed << 8 | UInt32(letter)
    }
    return packed
  }

  /// The three-letter code, as in ISO 4217.
  public var code: String { Currency.code(packed) }

  /// Appends the code where there is room for three bytes.
  public func append(to text: inout OutputSpan<UInt8>) { Currency.append(packed, to: &text) }

  private static func code(_ packed: UInt32) -> String {
    String(decoding: [UInt8](capacity: 3) { append(packed, to: &$0) }, as: UTF8.self)
  }

  private static func append(_ packed: UInt32, to text: inout OutputSpan<UInt8>) {
    text.append(UInt8(truncatingIfNeeded: packed >> 16))
    text.append(UInt8(truncatingIfNeeded: packed >> 8))
    text.append(UInt8(truncatingIfNeeded: packed))
  }

  /// All codes that are known, sorted.
  public static var allCodes: [String] {
    exponents.keys.sorted().map { code($0) }
  }

  // ISO 4217 list one: what is legal tender somewhere, and the units of account in which prices are written; without
  // precious metals, bond market units and test codes.
  private static let exponents: [UInt32: UInt8] = {
    let byExponent: [(UInt8, String)] = [
      (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
      (
        2,
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF \
        CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD \
        HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT \
        MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR \
        SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS \
        VED VES WST XCD XCG YER ZAR ZMW ZWG
        """
      ),
      (3, "BHD IQD JOD KWD LYD OMR TND"),
      (4, "CLF UYW"),
    ]
    var table: [UInt32: UInt8] = [:]
    for (exponent, codes) in byExponent {
      for code in codes.split(separator: " ") {
        if let packed = pack(String(code)) { table[packed] = exponent }
      }
    }
    return table
  }()
}

extension Currency: Hashable, Comparable, CustomStringConvertible {
  /// Two currencies are the same if their codes are.
  public static func == (left: Currency, right: Currency) -> Bool { left.packed == right.packed }

  /// Hashes the code.
  public func hash(into hasher: inout Hasher) { hasher.combine(packed) }

  /// Alphabetical by code.
  public static func < (left: Currency, right: Currency) -> Bool { left.packed < right.packed }

  /// The three-letter code.
  public var description: String { code }
}
