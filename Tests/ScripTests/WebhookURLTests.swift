import Scrip
import Testing

@Suite struct WebhookURLTests {
  @Test(arguments: [
    ("https://shop.example/hooks", "shop.example"), ("http://shop.example", "shop.example"),
    ("https://shop.example:8443/a?b=c%20d", "shop.example"), ("https://127.0.0.1/", "127.0.0.1"),
    ("https://[2001:db8::1]:443/x", "2001:db8::1"), ("https://a_b.example?x", "a_b.example"),
  ])
  func `an address has a host`(text: String, host: String) throws {
    let url = try #require(WebhookURL(text))
    #expect(url.host == host && url.text == text && url.isEncrypted == text.hasPrefix("https"))
  }

  @Test(arguments: [
    "", "shop.example", "ftp://shop.example", "HTTPS://shop.example", "https://", "https:///x",
    "https://:443",
    "https://user@shop.example", "https://user:pw@shop.example/", "https://shop.example#x",
    "https://shop.example:0", "https://shop.example:65536", "https://shop.example:",
    "https://shop.example:+1",
    "https://shop.example\\@other.example", "https://shop .example", "https://shop.example/\n",
    "https://ä.example",
    "https://.example", "https://a..example", "https://[::1", "https://[shop.example]", "https://[::1]x",
    "https://shop%2eexample", "https://shop.example/\u{7F}", "javascript:alert(1)",
    "https://x.example/" + String(repeating: "y", count: 2048),
  ])
  func `what can be read in two ways is no address`(text: String) {
    #expect(WebhookURL(text) == nil)
  }
}
