import Testing

@testable import Scrip

@Suite struct `Codes` {
  @Test(arguments: [
    (" save-20\u{200B} ", "SAVE-20"), ("ｓａｖｅ－２０", "SAVE-20"), ("Save-20", "SAVE-20"), ("SAVE-20", "SAVE-20"),
    ("s a v e - 20", "SAVE-20"), ("\u{FEFF}save-20", "SAVE-20"), ("sa\u{00AD}ve-20", "SAVE-20"),
    ("sa\u{200D}ve-20\u{2060}", "SAVE-20"), ("\u{202E}save-20\u{202C}", "SAVE-20"),
    ("save\u{00A0}-20", "SAVE-20"), ("save\u{3000}-20", "SAVE-20"), ("\tSAVE-20\r\n", "SAVE-20"),
    ("\u{85}save-20\u{2028}", "SAVE-20"), ("istanbul", "ISTANBUL"), ("①②③", "123"), ("ﬁrst", "FIRST"),
    ("𝐒𝐀𝐕𝐄", "SAVE"), ("K3\u{212A}", "K3K"), ("x²³", "X23"), ("ſave", "SAVE"), ("№1", "NO1"), ("a＿b", "A_B"),
    ("abc", "ABC"), ("a--", "A--"), ("1_2", "1_2"), ("Ⅷx", "VIIIX"), ("ab", "AB"), ("7", "7"),
    ("-abc", "-ABC"),
    (String(repeating: "a", count: 64), String(repeating: "A", count: 64)),
    (String(repeating: "ä", count: 64), String(repeating: "Ä", count: 64)),
  ])
  func `have one canonical spelling`(typed: String, canonical: String) throws {
    let code = try #require(CouponCode(typed))
    #expect(Array(code.canonical.utf8) == Array(canonical.utf8))
    #expect(CouponCode(canonical) == code)
    #expect(code.description == canonical)
  }

  @Test(arguments: [
    "SAVE\u{2010}20", "SAVE\u{2011}20", "SAVE\u{2012}20", "SAVE\u{2013}20", "SAVE\u{2014}20",
    "SAVE\u{2015}20",
    "SAVE\u{2212}20", "SAVE\u{FE63}20", "SAVE\u{FF0D}20", "SAVE\u{FE58}20",
  ])
  func `have a hyphen for every dash`(typed: String) { #expect(CouponCode(typed)?.canonical == "SAVE-20") }

  @Test(arguments: [
    "“SAVE–20”.", "\"SAVE-20\"", "'SAVE-20'", "„SAVE-20“", "»SAVE-20«", "«\u{A0}SAVE-20\u{A0}»", "SAVE-20.",
    "SAVE-20...", "SAVE-20…", " “SAVE-20.” \n", "`SAVE-20´", "「SAVE-20」。", "＂ＳＡＶＥ－２０＂", "‘SAVE-20’",
    "‹SAVE-20›",
  ])
  func `lose quotation marks and full stops at the ends`(typed: String) {
    #expect(CouponCode(typed)?.canonical == "SAVE-20")
    #expect(CouponCode(CouponCode.shown(typed))?.canonical == "SAVE-20")
  }

  @Test(arguments: [
    ("käse20", "KÄSE20"), ("ka\u{308}se20", "KÄSE20"), ("KA\u{308}SE20", "KÄSE20"), ("café", "CAFÉ"),
    ("cafe\u{301}", "CAFÉ"), ("straße", "STRAßE"), ("STRAẞE", "STRAßE"), ("œuf", "ŒUF"), ("łódź", "ŁÓDŹ"),
    ("İstanbul", "İSTANBUL"), ("ıstanbul", "ISTANBUL"), ("ÿ1", "Ÿ1"), ("tiếng", "TIẾNG"),
    ("tie\u{302}\u{301}ng", "TIẾNG"), ("ti\u{1EC7}n", "TIỆN"), ("tie\u{323}\u{302}n", "TIỆN"),
    ("tie\u{302}\u{323}n", "TIỆN"), ("ａ\u{308}b", "ÄB"), ("\u{212B}1", "Å1"), ("ǆ1", "DŽ1"),
  ])
  func `keep Latin letters with marks, composed and raised one for one`(typed: String, canonical: String)
    throws
  {
    let code = try #require(CouponCode(typed))
    #expect(Array(code.canonical.utf8) == Array(canonical.utf8))
    #expect(CouponCode(code.canonical) == code)
  }

  @Test(arguments: [
    ("save.20", "SAVE.20"), ("save/20", "SAVE/20"), ("save+20", "SAVE+20"), ("50%off", "50%OFF"),
    ("a&b", "A&B"),
    ("20%", "20%"), ("shop@home", "SHOP@HOME"), ("now!", "NOW!"), ("$5", "$5"), ("#1", "#1"),
    ("ＳＡＶＥ！", "SAVE!"),
    ("50％", "50%"), ("v1．2", "V1.2"),
  ])
  func `keep the signs that shops print`(typed: String, canonical: String) {
    #expect(CouponCode(typed)?.canonical == canonical)
  }

  @Test(arguments: [
    "", "  ", "\u{200B}\u{200B}\u{200B}", "-", "--", "!!!", "...", "“”", "ЅАVЕ-20", "SАVE20", "α-code", "код",
    "優惠券",
    "🎉🎉🎉", "save\u{FE0F}20", "¼OFF", "10€", "a,b", "a;b", "a:b", "(ab)", "a*b", "a=b", "a?b", "a\\b", "a'b",
    "5·5",
    "x\u{301}1", "a\u{301}\u{301}", "\u{301}abc", "a \u{308}b", "ɡift", String(repeating: "a", count: 65),
    String(repeating: "ä", count: 65), "a" + String(repeating: " ", count: 500) + "bc",
  ])
  func `of any other characters or length are malformed`(typed: String) { #expect(CouponCode(typed) == nil) }

  @Test(arguments: [
    "SUMMER-A\nSUMMER-B", "SUMMER-A\r\nSUMMER-B", "A\tB", "A\u{0}B", "ABC\u{7F}D", "A\u{1B}[31mB", "A\u{85}B",
    "Ä\nB", "A\u{2028}B", "A\u{2029}B", "Ä\u{0}B",
  ])
  func `with a control character or the end of a line inside are malformed`(typed: String) {
    #expect(CouponCode(typed) == nil)
  }

  @Test(arguments: [
    (" Save-20\u{200B} ", "Save-20"), ("“Save–20”.", "Save–20"), ("Summer Sale", "SummerSale"),
    ("sa\u{AD}ve\u{200D}20\n", "save20"), ("Käse", "Käse"),
  ])
  func `are shown as given, without anything that can't be seen`(given: String, shown: String) {
    #expect(CouponCode.shown(given) == shown)
    #expect(CouponCode(shown) == CouponCode(given))
  }

  @Test func `fold every character as Unicode's own tables say`() {
    // Of the canonical forms that Python's unicodedata, version 14, gives by the rules of the discount-rules page.
    var digest = Digest()
    for value in Array(UInt32(1)...0x1FFFF) + Array(0xE0000...0xE0FFF) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let inside = CouponCode("AB\(scalar)cd")?.canonical ?? "-"
      let around = CouponCode("\(scalar)x1\(scalar)")?.canonical ?? "-"
      digest.add("\(value) \(inside) \(around)\n")
    }
    #expect(digest.value == 7_859_874_045_931_817_549)
    for mark in UInt32(0x300)...0x36F {
      for letter in UInt32(0x41)...0x24F {
        guard let mark = Unicode.Scalar(mark), let letter = Unicode.Scalar(letter) else { continue }
        for more in ["", "\u{323}", "\u{301}"] {
          let folded = CouponCode("1\(letter)\(mark)\(more)")?.canonical ?? "-"
          digest.add("\(letter.value) \(mark.value) \(folded)\n")
        }
      }
    }
    #expect(digest.value == 2_716_785_970_323_057_647)
  }

  /// FNV-1a with 64 bits.
  private struct Digest {
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    mutating func add(_ text: String) {
      for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
  }

  @Test func `are bounded in what is looked at`() {
    #expect(CouponCode(String(repeating: " ", count: 397) + "abc") != nil)
    #expect(CouponCode(String(repeating: " ", count: 398) + "abc") == nil)
  }

  @Test func `are stable: the canonical form of a canonical form is itself`() {
    let alphabet = Array("abcXYZ019-_ ａＺ９－\u{200B}.%/“”–äßé\u{301}\u{308}".unicodeScalars)
    for seed in UInt64(0)..<3000 {
      var random = SeededGenerator(seed: seed)
      var typed = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0...70, using: &random) {
        typed.append(alphabet.randomElement(using: &random)!)
      }
      guard let code = CouponCode(String(typed)) else { continue }
      #expect(CouponCode(code.canonical) == code, "seed \(seed)")
      #expect((1...64).contains(code.canonical.unicodeScalars.count), "seed \(seed)")
      #expect(CouponCode(String(typed).lowercased()) == code, "seed \(seed)")
      #expect(CouponCode(CouponCode.shown(String(typed))) == code, "seed \(seed)")
    }
  }

  @Test func `from other scripts never fold to ASCII unless they are compatibility forms`() {
    for value in UInt32(0x370)...0x52F {
      guard let scalar = Unicode.Scalar(value) else { continue }
      #expect(CouponCode("AB" + String(scalar) + "C") == nil)
    }
  }

  @Test(arguments: [
    ("GOLD10-7KQ2M9", "G01D107KQ2M9"), ("G0LDlO-7KQ2M9", "G01D107KQ2M9"), ("a-b-c", "ABC"), ("LIL", "111"),
    ("U_V.%", "U_V.%"), ("łó-ö", "ŁÓÖ"),
  ])
  func `have a skeleton without what people mistake`(typed: String, skeleton: String) {
    #expect(CouponCode(typed)?.skeleton.text == skeleton)
  }

  @Test func `are echoed as far as they are worth showing, cut between characters`() {
    #expect(TypedCode("Save-20").text == "Save-20")
    #expect(TypedCode(String(repeating: "x", count: 401)).text == String(repeating: "x", count: 80))
    #expect(
      TypedCode(String(repeating: "e\u{301}", count: 100)).text == String(repeating: "e\u{301}", count: 80))
    #expect(TypedCode("a" + String(repeating: "\u{301}", count: 1000)).text.isEmpty)
    #expect(TypedCode("ab" + String(repeating: "\u{301}", count: 1000)).text == "a")
    #expect(TypedCode("AB\u{0}C").text == "AB\u{0}C")
    #expect(TypedCode(String(repeating: "x", count: 401)).code == nil)
  }

  @Test func `sort by canonical spelling`() { #expect(CouponCode("abc")! < CouponCode("ABD")!) }
}
