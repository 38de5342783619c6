import Scrip
import Testing

@Suite struct `Countries` {
  @Test func `are those of ISO 3166 and Kosovo`() {
    // 249 codes are assigned; XK is in everybody's use.
    #expect(Country.all.count == 250)
    #expect(Set(Country.all).count == 250)
    #expect(Country.all == Country.all.sorted())
    #expect(Country.all.allSatisfy { $0.isAssigned })
    for code in ["DE", "GB", "GR", "XK", "US", "JP", "SS", "BQ", "CW", "SX", "AX"] {
      #expect(Country(code).isAssigned, "\(code)")
    }
  }

  @Test(arguments: ["UK", "EL", "XX", "EU", "ZZ", "AN", "de", "", "D", "DEU", "D1", "ÄÖ"])
  func `are nothing else`(code: String) { #expect(!Country(code).isAssigned) }

  @Test(arguments: [
    ("UK", "GB"), ("EL", "GR"), ("de", "DE"), ("gB", "GB"), ("ZR", "CD"), ("XX", nil), ("EU", nil),
    ("xx", nil),
    ("Germany", nil), ("DE", nil), ("", nil),
  ])
  func `are guessed where a widespread code is none`(code: String, meant: String?) {
    #expect(Country(code).suggestion?.text == meant)
    if let meant { #expect(Country(meant).isAssigned) }
  }
}
