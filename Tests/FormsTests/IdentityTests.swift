import TestSupport
import Testing

@testable import Forms

@Suite struct `E-mail addresses` {
  @Test(arguments: [
    ("Ann.Lee+shop@Gmail.com", "annlee@gmail.com"), ("annlee@googlemail.com", "annlee@gmail.com"),
    ("a.n.n+x+y@gmail.com", "ann@gmail.com"), ("Ann.Lee@Example.COM", "ann.lee@example.com"),
    ("ann+tag@example.com", "ann@example.com"), ("ann@sub.example.co.uk", "ann@sub.example.co.uk"),
    ("ann.lee@gmail.com.evil.example", "ann.lee@gmail.com.evil.example"),
    ("ann_lee-1@example.com", "ann_lee-1@example.com"),
    ("o'neil&sons/shop@example.com", "o'neil&sons/shop@example.com"),
    // White space around it.
    (" ann@example.com", "ann@example.com"), ("ann@example.com \t\r\n", "ann@example.com"),
    ("\u{A0}ann@example.com\u{3000}", "ann@example.com"),
    // What nobody sees.
    ("a\u{AD}nn@example.com", "ann@example.com"), ("ann\u{200B}@example.com", "ann@example.com"),
    ("\u{FEFF}ann@exam\u{200D}ple.com", "ann@example.com"),
    ("ann\u{202E}@example.com\u{202C}", "ann@example.com"),
    ("ann\u{FE0F}@example.com", "ann@example.com"), ("ann\u{34F}@exa\u{E0041}mple.com", "ann@example.com"),
    // Full width.
    ("ann@ｅｘａｍｐｌｅ.com", "ann@example.com"), ("ａｎｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ann@example.com"),
    ("ＡＮＮ＋ｘ@example.com", "ann@example.com"), ("ａ．ｎｎ@ｇｏｏｇｌｅｍａｉｌ.com", "ann@gmail.com"),
    // Comments and quotation marks.
    ("ann(at home)@example.com", "ann@example.com"),
    ("(my (own) \\) address)ann@example.com", "ann@example.com"),
    ("ann @ (here) example.com (Ann)", "ann@example.com"), ("\"ann\"@example.com", "ann@example.com"),
    ("\"ann.lee\"@gmail.com", "annlee@gmail.com"), ("\"a\\nn+x\"@example.com", "ann@example.com"),
    ("an\"n\"@example.com", "ann@example.com"), ("ann@example.com(\"@)", "ann@example.com"),
    ("\u{201C}ann\u{201D}@example.com", "ann@example.com"),
    ("\u{201E}ann.lee\u{201C}@gmail.com", "annlee@gmail.com"),
    ("\u{AB}ann+x\u{BB}@example.com", "ann@example.com"),
    ("\u{2018}ann\u{2019}@example.com", "ann@example.com"),
    ("\u{2018}ann\u{2019}+x@example.com", "ann@example.com"),
    ("\u{2800}ann\u{2800}@example.com", "ann@example.com"),
    // Links.
    ("mailto:ann@example.com", "ann@example.com"),
    (" MailTo:Ann@Example.com?subject=Hi@you", "ann@example.com"),
    // Letters beyond ASCII.
    ("jos\u{E9}@example.com", "jos\u{E9}@example.com"), ("Jose\u{301}@example.com", "jos\u{E9}@example.com"),
    ("JOSE\u{AD}\u{301}@example.com", "jos\u{E9}@example.com"),
    ("\u{212A}arl@example.com", "karl@example.com"),
    // Letters with one upper case.
    ("ΣΑΣ@x.com", "σασ@x.com"), ("σας@x.com", "σασ@x.com"), ("\u{B5}@x.com", "\u{3BC}@x.com"),
    ("\u{17F}am@x.com", "sam@x.com"), ("ı@x.com", "ı@x.com"), ("straße@x.com", "straße@x.com"),
    ("STRA\u{1E9E}E@x.com", "straße@x.com"), ("ϑ@x.com", "θ@x.com"),
    // Straight single quotation marks are letters of an address.
    ("'ann'@example.com", "'ann'@example.com"),
    ("\u{4A}\u{30C}@example.com", "\u{1F0}@example.com"),
    ("ann@ex\u{E4}mple.com", "ann@xn--exmple-cua.com"),
    ("ann@exa\u{308}mple\u{3002}COM", "ann@xn--exmple-cua.com"),
    ("ann@XN--exmple-cua.com", "ann@xn--exmple-cua.com"), ("用户@例え.jp", "用户@xn--r8jz45g.jp"),
  ])
  func `of one mailbox are one`(text: String, normalized: String) {
    #expect(normalizedEmail(text).map { Array($0.utf8) } == Array(normalized.utf8))
    #expect(normalizedEmail(normalized) == normalized)
  }

  @Test(arguments: [
    "", "ann", "@example.com", "ann@", "ann@example", "ann@@example.com", "ann@b@example.com",
    "ann@.example.com", "ann@exa..mple.com", "ann@example.com.", "an n@example.com", "ann@exam\nple.com",
    "an\0n@example.com", "ann@example\0.com", "+tag@example.com", "...@gmail.com", " ",
    "\u{200B}@example.com",
    "\"\"@example.com", "\"ann lee\"@example.com", "\"a@b\"@example.com", "\"ann@example.com",
    "ann@\"example.com",
    "(ann@example.com", "ann)@example.com", "ann@example.com)", "Ann <ann@example.com>",
    "ann,bob@example.com",
    "mailto:", "mailto:ann", "mailto:mailto:ann@example.com", "ann@[127.0.0.1]", "ann@exa_mple",
    "ann@127,0,0,1.x",
    "\u{201C}ann@example.com", "\u{201C}ann lee\u{201D}@example.com", "\u{201C}\u{201D}@example.com",
    "\u{201C}ann@example.com\u{201D}", "\u{2800}@example.com",
    "ann@\u{1F600}\u{2028}.com", "an\u{7}n@example.com", "ann\u{85}b@example.com", "(ann)@example.com",
    String(repeating: "a", count: 320) + "@example.com",
  ])
  func `that are none are refused`(text: String) { #expect(normalizedEmail(text) == nil) }

  @Test func `change no more once they are normalised`() {
    let parts = [
      "a", "Z", ".", "+", "@", "\"", "\u{201C}", "\u{2019}", "\u{2800}", "\\", "(", ")", "mailto:", "?", " ",
      "\u{AD}", "\u{200D}", "\u{301}",
      "\u{30C}", "J",
      "\u{130}", "\u{131}", "\u{1E9E}", "\u{3A3}", "ς", "\u{B5}", "\u{17F}", "\u{1C5}", "\u{212A}",
      "\u{212B}", "ａ", "＠", "．", "gmail.com", "@example.com",
      "ä", "例",
      "\u{1F600}", "\u{FE0F}", "\u{345}", "\u{1FFC}", "ﬁ", "\u{3000}",
    ]
    var random = SeededGenerator(seed: 16)
    var addresses = 0
    for _ in 0..<20_000 {
      let text =
        (0..<Int.random(in: 1...7, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }
        .joined() + (Bool.random(using: &random) ? "@example.com" : "")
      guard let once = normalizedEmail(text) else { continue }
      addresses += 1
      #expect(
        normalizedEmail(once).map { Array($0.utf8) } == Array(once.utf8), "seed 16: \(text.debugDescription)")
    }
    #expect(addresses > 1000)
  }
}

@Suite struct `Phone numbers` {
  @Test(arguments: [
    ("+49 170 1234567", "+491701234567"), ("+1 (415) 555-2671", "+14155552671"),
    ("+44.20.7946.0958", "+442079460958"), ("+49/170/1234567", "+491701234567"),
    ("+12345678", "+12345678"), ("+123456789012345", "+123456789012345"),
    ("+49 (0)30 123456", "+4930123456"), ("+49(0) 30-123456", "+4930123456"),
    ("+49 ( 0 ) 30 123456", "+4930123456"),
    ("0049 30 123456", "+4930123456"), ("0049 (0)30 123456", "+4930123456"),
    ("00 49 30 123456", "+4930123456"), ("0 0 49 0 30 123456", "+4930123456"),
    ("+49 0 30 123456", "+4930123456"), ("+49-0-30-123456", "+4930123456"),
    ("+49 (00)30 123456", "+4930123456"), ("+49 ( 00 ) 30 123456", "+4930123456"),
    ("+390612345678", "+390612345678"), ("+39 06 12345678", "+390612345678"),
    ("+800 00 123456", "+80000123456"), ("+49 30 0 123456", "+49300123456"),
    ("+49 30 0123456", "+49300123456"), ("+7 9 0 1 2 3 4 5 6 7", "+7901234567"),
    ("+(49) (0)30 123456", "+4930123456"), ("+353 (0)1 234 5678", "+35312345678"),
    (" +49 30 123456\n", "+4930123456"), ("+49\u{A0}30\u{2011}123\u{2013}456", "+4930123456"),
    ("\u{202A}+49 30 123456\u{202C}", "+4930123456"), ("+49 30\u{AD}123\u{200B}456", "+4930123456"),
    ("tel:+49-30-123456", "+4930123456"), (" TEL:0049 (0)30 123456", "+4930123456"),
    ("\u{FF54}el:+4930123456", "+4930123456"),
    ("＋４９ ３０ １２３４５６", "+4930123456"), ("+49 30 (0)123456", "+49300123456"),
  ])
  func `become E.164`(text: String, normalized: String) {
    #expect(normalizedPhone(text) == normalized)
    #expect(normalizedPhone(normalized) == normalized)
  }

  @Test(arguments: [
    "", "+", "00", "0170 1234567", "49 170 1234567", "+1234567", "+1234567890123456", "+0123456789",
    "+(0)49 30 123456",
    "000491701234567", "+49 170 CALLME", "++491701234567", "+49+1701234567", "+٤٩١٧٠١٢٣٤٥٦٧",
    "+49 170 1234567 ext. 5",
    "tel:", "tel:030123456", "tel:tel:+4930123456", "tel:+4930123456;ext=5", "fax:+4930123456",
    "+49,1701234567", "tel", "+49\0301234567",
  ])
  func `that are none are refused`(text: String) { #expect(normalizedPhone(text) == nil) }

  @Test func `change no more once they are normalised`() {
    let parts = [
      "+", "0", "00", "(0)", "(", ")", "49", "1", "353", " ", "-", "/", "123", "4567", "\u{200B}",
      "９",
    ]
    var random = SeededGenerator(seed: 17)
    var numbers = 0
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 2...9, using: &random)).map { _ in
        parts.randomElement(using: &random) ?? ""
      }
      .joined()
      guard let once = normalizedPhone(text) else { continue }
      numbers += 1
      #expect(normalizedPhone(once) == once, "seed 17: \(text.debugDescription)")
    }
    #expect(numbers > 300)
  }
}
