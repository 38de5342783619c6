import IDNA
import Testing

@Suite struct `Domain names` {
  @Test(arguments: [
    ("Example.COM", "example.com"), ("ex\u{E4}mple.com", "xn--exmple-cua.com"),
    ("exa\u{308}mple.com", "xn--exmple-cua.com"), ("EX\u{C4}MPLE.com", "xn--exmple-cua.com"),
    ("xn--exmple-cua.com", "xn--exmple-cua.com"), ("XN--EXMPLE-CUA.com", "xn--exmple-cua.com"),
    ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"), ("example\u{3002}com", "example.com"),
    ("stra\u{DF}e.de", "xn--strae-oqa.de"), ("exa\u{AD}mple.com", "example.com"),
    ("日本語。jp", "xn--wgv71a119e.jp"), ("\u{212A}elvin.de", "kelvin.de"),
    ("a_b.example.com", "a_b.example.com"),
    // Known to registries, though IDNA 2008 has no such label.
    ("xn--i-7iq.ws", "xn--i-7iq.ws"),
  ])
  func `have one ASCII form`(name: String, ascii: String) {
    #expect(asciiDomain(name) == ascii)
    #expect(asciiDomain(ascii) == ascii)
  }

  @Test(arguments: [
    "", ".", "example..com", ".example.com", "example.com.", "exa mple.com", "ex\u{E4} mple.com",
    "example.com\0.de",
    "ex\u{E4}mple\0.com", "ex\u{E4}mple.com\u{3002}", "[127.0.0.1]", "a@b.com", "\u{FF20}.com",
    "é\u{FF0F}.com",
    String(repeating: "a", count: 64) + ".com", String(repeating: "abcdefgh.", count: 29) + "com",
    String(repeating: "é", count: 64) + ".com",
  ])
  func `in any other form are none`(name: String) { #expect(asciiDomain(name) == nil) }
}
