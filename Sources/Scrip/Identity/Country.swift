/// The countries that rules may name: those of ISO 3166-1, and XK for Kosovo, which ISO has not assigned and everybody
/// uses. Always two upper-case letters.
extension ExactText<Named.Country> {
  /// Whether there is such a country.
  public var isAssigned: Bool { pack(text).map(assigned.contains) ?? false }

  /// The country that is meant by a widespread code that is none, or by one in the wrong case; nil where that is no
  /// guess worth telling.
  public var suggestion: Country? {
    if let meant = meant[self] { return meant }
    let raised = Country(text.uppercased())
    return raised != self && raised.isAssigned ? raised : nil
  }

  /// Every country, sorted.
  public static var all: [Country] { list.split(separator: " ").map { Country(String($0)) }.sorted() }
}

/// Two upper-case letters, the first in the higher byte; nil for anything else.
private func pack(_ code: String) -> UInt16? {
  let letters = code.utf8.span
  guard letters.count == 2 else { return nil }
  var packed: UInt16 = 0
  for index in letters.indices {
    guard letters[index] >= 0x41, letters[index] <= 0x5A else { return nil }
    packed = packed << 8 | UInt16(letters[index])
  }
  return packed
}

private let assigned = Set(Country.all.compactMap { pack($0.text) })

// The European Union writes UK and EL; the others are names that countries had before.
private let meant: [Country: Country] = [
  "UK": "GB", "EL": "GR", "BU": "MM", "DD": "DE", "FX": "FR", "TP": "TL", "ZR": "CD",
]

private let list = """
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ \
  CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO \
  FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE \
  JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO \
  MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW \
  PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM \
  TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW
  """
