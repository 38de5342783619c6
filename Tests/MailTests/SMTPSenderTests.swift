import Digest
import JSON
import Outgoing
import OutsideSupport
import Scrip
import Testing

@testable import Mail

/// Mails sent to a server that is not ours, and read there by a program that is not ours.
@Suite(.needsOutside) struct SMTPSenderTests {
  let outside: Outside
  private let shop: MailAddress

  init() throws {
    outside = try #require(Outside.servers)
    shop = try #require(MailAddress("orders@shop.example", name: "The Shop"))
  }

  private func recipient(_ name: String = "ann") -> String {
    "\(name)@r\(SecureRandom.integer(below: .max)).example"
  }

  private func message(
    to: String, name: String? = nil, subject: String = "Your order", text: String = "Hello\n",
    html: String? = nil
  ) throws -> MailMessage {
    MailMessage(
      id: try #require(MailID("order_1")), from: shop,
      to: try #require(MailAddress(to, name: name)),
      subject: subject, text: text, html: html, date: Instant(microseconds: 1_700_000_000_000_000))
  }

  private func sender(
    _ server: String, _ security: MailServer.Security = .none, user: String? = nil, password: String? = nil,
    trusting: Bool = true
  ) throws -> SMTPSender {
    SMTPSender(
      try MailServer(
        host: "localhost", port: try #require(UInt16(outside[server])), security: security, user: user,
        password: password.map(SecretText.init)),
      OutgoingSettings(trustedCertificates: trusting ? outside["trusted_certificates"] : nil))
  }

  private func received(_ address: String) throws -> [JSONNode] {
    var mails: [JSONNode] = []
    try outside.ask("/mail/\(address)").forEachElement { mails.append($0) }
    return mails
  }

  private func texts(_ node: JSONNode?, _ name: StaticString) -> [String] {
    var texts: [String] = []
    node?.forEachElement { texts.append($0[name]?.string() ?? "") }
    return texts
  }

  /// Texts in which each law of mail has something to do.
  static let samples: [(subject: String, name: String, text: String, html: String?)] = [
    ("Your order", "Ann Lee", "Hello\n", nil),
    (
      "Grüße – 5 € für \"dich\"", "Ännë \"O'Neil\" <x>, Inc.", "Zeile 1\n.\n..zwei\nFrom here\n",
      "<p>Grüße</p>\n"
    ),
    ("日本語の件名がとても長いので複数の行に分けなければならないはずです、そうですよね。", "山田 太郎", "こんにちは、世界。\n", "<p>こんにちは</p>\n"),
    (
      String(repeating: "word ", count: 60) + "end", String(repeating: "long name ", count: 20) + "end",
      String(repeating: "x", count: 3000) + " \t\n\ttail ", String(repeating: "<b>ß</b>", count: 500)
    ),
    (
      String(repeating: "x", count: 1200), "a@b.example", "=20 = \u{0} =\r\n\u{1F600}\u{301}\n\n\n",
      "&amp; &#0;\n"
    ),
    ("=?UTF-8?B?aGk=?= trap  two", "back\\slash \"quote\"", "", ""),
  ]

  @Test(arguments: samples.indices)
  func `what is written is what is read`(index: Int) throws {
    let (subject, name, text, html) = Self.samples[index]
    let address = recipient()
    let sent = try message(to: address, name: name, subject: subject, text: text, html: html)
    #expect(try sender("smtp").send(sent) == .accepted)
    let mail = try #require(try received(address).first)
    #expect(mail["defects"]?.count == 0, "\(texts(mail["parts"], "defects"))")
    var headers: [String] = []
    mail["headers"]?.forEachElement { headers.append($0.string() ?? "") }
    #expect(headers.contains("Subject: \(subject)"))
    #expect(headers.contains("Message-ID: <order_1@scrip.invalid>"))
    #expect(mail["addresses"]?["To"]?["name"]?.string() == name)
    #expect(mail["addresses"]?["To"]?["address"]?.string() == address)
    #expect(mail["seconds"]?.int64() == 1_700_000_000)
    #expect(texts(mail["parts"], "text") == [text, html].compactMap { $0.map(asRead) })
    #expect(mail["from"]?.string() == "orders@shop.example")
    #expect((mail["longest_line"]?.int64()).map { $0 <= 998 } == true)
    #expect(mail["is_seven_bit"]?.bool() == true)
    #expect(mail["has_bare_line_ends"]?.bool() == false)
  }

  /// Lines end in LF, and the last one ends.
  private func asRead(_ text: String) -> String {
    let lines = text.replacing("\r\n", with: "\n")
    return lines.hasSuffix("\n") ? lines : lines + "\n"
  }

  @Test func `a mail is given to who proves the name, encrypted, after signing in`() throws {
    for (server, security) in [("smtp_starttls", MailServer.Security.startTLS), ("smtp_tls", .implicitTLS)] {
      let address = recipient()
      let outcome = try sender(server, security, user: "shop", password: "pa ss:wörd").send(
        message(to: address))
      #expect(outcome == .accepted)
      let mail = try #require(try received(address).first)
      #expect(mail["encrypted"]?.bool() == true)
      #expect(mail["user"]?.string() == "shop")
    }
  }

  @Test func `nothing is said to a server that can't encrypt, or proves another name`() throws {
    let rows: [(server: String, security: MailServer.Security, trusting: Bool)] = [
      ("smtp", .startTLS, true), ("smtp_starttls_of_another", .startTLS, true),
      ("smtp_starttls", .startTLS, false),
      ("smtp_tls", .implicitTLS, false),
    ]
    for row in rows {
      let address = recipient()
      let sender = try sender(
        row.server, row.security, user: "shop", password: "pa ss:wörd", trusting: row.trusting)
      guard case .misconfigured = sender.send(try message(to: address)) else {
        Issue.record("\(row)"); continue
      }
      #expect(try received(address).isEmpty)
    }
  }

  @Test func `a wrong password is about us and not about the mail`() throws {
    let sender = try sender("smtp_starttls", .startTLS, user: "shop", password: "wrong")
    #expect(
      sender.send(try message(to: recipient())) == .misconfigured(reason: "The mail server said 535 5.7.8."))
  }

  @Test(
    arguments: [
      ("later", MailOutcome.temporary(reason: "The mail server said 451 4.3.0.")),
      ("nobody", .permanent(reason: "The mail server said 550 5.1.1.", reply: "550 5.1.1")),
      ("full", .temporary(reason: "The mail server said 452 4.2.2.")),
      ("refused", .permanent(reason: "The mail server said 554 5.7.1.", reply: "554 5.7.1")),
    ])
  func `the server's last word decides, and is told without naming anybody`(
    name: String, outcome: MailOutcome
  ) throws {
    let address = recipient(name)
    let sender = try sender("smtp")
    #expect(sender.send(try message(to: address)) == outcome)
    #expect(try received(address).isEmpty)
    // What was refused leaves nothing behind for the next one on the same connection.
    let other = recipient()
    #expect(sender.send(try message(to: other)) == .accepted)
    #expect(try received(other).count == 1)
  }

  @Test func `a server that is not there, or falls silent, may be there later`() throws {
    let port = try #require(outside["closed"].split(separator: ":").last.flatMap { UInt16($0) })
    let nobody = SMTPSender(try MailServer(host: "127.0.0.1", port: port, security: .none))
    guard case .temporary = nobody.send(try message(to: recipient())) else {
      Issue.record("nobody listens"); return
    }
    let silent = try #require(outside["silent"].split(separator: ":").last.flatMap { UInt16($0) })
    let waiting = SMTPSender(
      try MailServer(host: "127.0.0.1", port: silent, security: .none),
      patience: MailPatience(
        connecting: .seconds(9), replying: .milliseconds(300), taking: .seconds(9), parting: .seconds(9),
        total: .seconds(30)))
    guard case .temporary = waiting.send(try message(to: recipient())) else {
      Issue.record("nobody speaks"); return
    }
  }

  @Test func `once all of it was given a mail may have arrived`() throws {
    let server = try MailServer(
      host: "localhost", port: try #require(UInt16(outside["smtp"])), security: .none)
    let failure = try #require(throws: OutgoingFailure.self) {
      try MailCaller(server).deliver(
        message(to: "cut@shop.example").wireForm, from: "orders@shop.example", to: "cut@shop.example")
    }
    #expect(failure.mayHaveArrived)
    #expect(MailOutcome(failure) == .temporary(reason: failure.reason))
  }

  @Test(arguments: [
    "ann@shop.example>\r\nRCPT TO:<eve@evil.example", "ann@shop.example\0", "ann lee@shop.example", "",
  ])
  func `an address that holds a command is not said`(address: String) throws {
    let server = try MailServer(
      host: "localhost", port: try #require(UInt16(outside["smtp"])), security: .none)
    for (from, to) in [(address, "ann@shop.example"), ("orders@shop.example", address)] {
      let failure = try #require(throws: OutgoingFailure.self) {
        try MailCaller(server).deliver([65, 13, 10], from: from, to: to)
      }
      #expect(failure.cause == .invalid)
    }
  }
}
