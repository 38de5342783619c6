import Testing

@testable import Scrip

@Suite struct `Codes` {
  @Test(arguments: [
    (" save-20\u{200B} ", "SAVE-20"), ("ｓａｖｅ－２０", "SAVE-20"), ("Save-20", "SAVE-20"), ("SAVE-20", "SAVE-20"),
    ("s a v e\t-\r\n20", "SAVE-20"), ("\u{FEFF}save-20", "SAVE-20"), ("sa\u{00AD}ve-20", "SAVE-20"),
    ("sa\u{200D}ve-20\u{2060}", "SAVE-20"), ("\u{202E}save-20\u{202C}", "SAVE-20"),
    ("save\u{00A0}-20", "SAVE-20"),
    ("save\u{3000}-20", "SAVE-20"), ("istanbul", "ISTANBUL"), ("①②③", "123"), ("ﬁrst", "FIRST"),
    ("𝐒𝐀𝐕𝐄", "SAVE"),
    ("K3\u{212A}", "K3K"), ("x²³", "X23"), ("ſave", "SAVE"), ("№1", "NO1"), ("a＿b", "A_B"), ("abc", "ABC"),
    ("a--", "A--"), ("1_2", "1_2"), ("Ⅷx", "VIIIX"),
    (String(repeating: "a", count: 40), String(repeating: "A", count: 40)),
  ])
  func `have one canonical spelling`(typed: String, canonical: String) throws {
    let code = try #require(CouponCode(typed))
    #expect(code.canonical == canonical)
    #expect(CouponCode(canonical) == code)
    #expect(code.description == canonical)
  }

  @Test(arguments: [
    "", "  ", "ab", "\u{200B}\u{200B}\u{200B}", "-abc", "_abc", "－abc", "ЅАVЕ-20", "SАVE20", "İstanbul",
    "ıstanbul",
    "café", "cafe\u{301}", "save.20", "save/20", "save+20", "50%off", "save\u{2010}20", "save\u{2011}20",
    "ＳＡＶＥ！",
    "α-code", "код", "優惠券", "🎉🎉🎉", "abc\u{0}", "save\u{FE0F}20", "¼OFF", String(repeating: "a", count: 41),
    "a" + String(repeating: " ", count: 500) + "bc",
  ])
  func `of any other characters or length are malformed`(typed: String) { #expect(CouponCode(typed) == nil) }

  @Test func `are bounded in what is looked at`() {
    #expect(CouponCode(String(repeating: " ", count: 397) + "abc") != nil)
    #expect(CouponCode(String(repeating: " ", count: 398) + "abc") == nil)
  }

  @Test func `are stable: the canonical form of a canonical form is itself`() {
    let alphabet = Array("abcXYZ019-_ ａＺ９－\u{200B}".unicodeScalars)
    for seed in UInt64(0)..<3000 {
      var random = SeededGenerator(seed: seed)
      var typed = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...50, using: &random) {
        typed.append(alphabet.randomElement(using: &random)!)
      }
      guard let code = CouponCode(String(typed)) else { continue }
      #expect(CouponCode(code.canonical) == code, "seed \(seed)")
      #expect((3...40).contains(code.canonical.utf8.count), "seed \(seed)")
      #expect(CouponCode(String(typed).lowercased()) == code, "seed \(seed)")
    }
  }

  @Test func `from other scripts never fold to ASCII unless they are compatibility forms`() {
    for value in UInt32(0x370)...0x52F {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect(CouponCode("AB" + String(scalar) + "C") == nil)
    }
  }

  @Test(arguments: [
    ("SUMMER-4F7K", ["SUMMER4F7K"]), ("A-0", []), ("AB-0", ["AB0", "ABO"]),
    ("L2X", ["L2X", "12X", "I2X"]), ("1O-2", ["1O2", "102", "I02", "IO2", "L02", "LO2"]),
    ("LIL-LIL", ["LILLIL"]),
  ])
  func `that may be generated stand for these`(typed: String, spellings: [String]) throws {
    #expect(try #require(CouponCode(typed)).spellings.map(\.canonical) == spellings)
  }

  @Test func `sort by canonical spelling`() { #expect(CouponCode("abc")! < CouponCode("ABD")!) }
}
