import Scrip
import Testing

@testable import Mail

/// Mails as they travel, byte for byte.
@Suite struct WireFormTests {
  private let shop: MailAddress
  private let ann: MailAddress

  init() throws {
    shop = try #require(MailAddress("orders@shop.example", name: "The Shop"))
    ann = try #require(MailAddress("ann@exämple.com", name: "Änn Lee"))
  }

  private func message(subject: String = "Your order", text: String = "Hello", html: String? = nil) throws
    -> MailMessage
  {
    MailMessage(
      id: try #require(MailID("order_1.confirmation")), from: shop, to: ann, subject: subject,
      text: text,
      html: html, date: Instant(microseconds: 1_700_000_000_000_000), language: LanguageTag("en-GB"))
  }

  private func lines(_ message: MailMessage) -> [String] {
    String(decoding: message.wireForm, as: UTF8.self).split(
      separator: "\r\n", omittingEmptySubsequences: false
    )
    .map(String.init)
  }

  @Test func `a mail in text is headers and text`() throws {
    #expect(
      try lines(message(text: "Hello Ann,\n\nit costs 5 €.\n")) == [
        "Date: Tue, 14 Nov 2023 22:13:20 +0000",
        #"From: "The Shop" <orders@shop.example>"#,
        "To: =?UTF-8?B?w4RubiBMZWU=?= <ann@xn--exmple-cua.com>",
        "Subject: Your order",
        "Message-ID: <order_1.confirmation@scrip.invalid>",
        "Auto-Submitted: auto-generated",
        "Content-Language: en-GB",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "Hello Ann,",
        "",
        "it costs 5 =E2=82=AC.",
        "",
      ])
  }

  @Test func `a mail with HTML has the text first`() throws {
    let all = try lines(message(text: "Hello", html: "<p>Hello</p>"))
    #expect(
      all[8...] == [
        #"Content-Type: multipart/alternative; boundary="=_part""#, "", "--=_part",
        "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "Hello",
        "",
        "--=_part", "Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable",
        "",
        "<p>Hello</p>", "", "--=_part--", "",
      ])
  }

  @Test(
    arguments: [
      "Hello\r\nBcc: eve@evil.example", "Hello\nBcc: eve@evil.example", "Hello\rBcc: eve@evil.example",
      "Hello\r\n\r\nbody", "Hello\u{2028}Bcc: eve@evil.example", "Hello\u{85}Bcc: x", "Hello\0Bcc: x",
      "Ä\r\nBcc: x",
    ])
  func `no text begins another header`(text: String) throws {
    let sender = try #require(MailAddress("orders@shop.example", name: text))
    var message = try message(subject: text)
    message.from = sender
    message.replyTo = sender
    let head = lines(message).prefix { !$0.isEmpty }
    let names = head.filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
    #expect(
      names == [
        "Date", "From", "Reply-To", "To", "Subject", "Message-ID", "Auto-Submitted", "Content-Language",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
      ])
  }

  @Test(
    arguments: [
      "", "ann", "ann@", "@shop.example", "ann lee@shop.example", "ann@shop example", "a..b@shop.example",
      ".a@shop.example", "a.@shop.example", "ann@shop.example>", "<ann@shop.example",
      "ann\r\nRCPT TO:<eve@x.example>@x",
      "änn@shop.example", "ann@shop.example\r\nDATA", "a\0@shop.example", "ann@a..b",
      "\(String(repeating: "a", count: 65))@shop.example", "ann@\(String(repeating: "a", count: 64)).example",
    ])
  func `what no server would take is no address`(text: String) {
    #expect(MailAddress(text) == nil)
  }

  @Test func `an address is kept as it is, but for its domain`() {
    #expect(MailAddress("Ann.O'Neil+shop@EXÄMPLE.com")?.address == "Ann.O'Neil+shop@xn--exmple-cua.com")
    #expect(MailAddress("ann@shop.example", name: " \r\n ")?.name == nil)
  }

  @Test(arguments: ["", "a b", "a@b", "a/b", "ä", "a..b", ".a", "a\r\n", String(repeating: "a", count: 201)])
  func `what can't be part of a name that stays is no name of a mail`(text: String) {
    #expect(MailID(text) == nil)
  }

  @Test func `a moment is written as headers write it, before 1970 as well`() {
    let moments: [(Int64, String)] = [
      (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
      (951_782_400_000_000, "Tue, 29 Feb 2000 00:00:00 +0000"),
      (1_735_689_599_999_999, "Tue, 31 Dec 2024 23:59:59 +0000"),
    ]
    for (microseconds, text) in moments { #expect(Instant(microseconds: microseconds).mailDate == text) }
  }

  @Test func `a language has the form of a tag, and falls back to its beginning`() {
    #expect(LanguageTag("zh-Hant-TW")?.fallbacks.map(\.description) == ["zh-Hant-TW", "zh-Hant", "zh"])
    #expect(LanguageTag("de")?.fallbacks.map(\.description) == ["de"])
    for text in ["", "d", "de-", "-de", "de_CH", "12", "de\r\n", "toolonglanguage", "ä"] {
      #expect(LanguageTag(text) == nil)
    }
  }
}
