import JSON
import Outgoing
import OutsideSupport
import Scrip
import Testing

@testable import Mail

/// Mail servers that take their time, answer late, or say no before they know what to.
@Suite(.needsOutside) struct SlowServerTests {
  private let outside: Outside

  init() throws { outside = try #require(Outside.servers) }

  private static let patience = MailPatience(
    connecting: .seconds(30), replying: .seconds(30), taking: .seconds(30), parting: .milliseconds(100),
    total: .seconds(60))

  private func server(_ plan: String) throws -> UInt16 {
    try UInt16(#require(try outside.ask("/smtp", Array(plan.utf8))["port"]?.int64()))
  }

  private func sender(_ port: UInt16, _ change: (inout MailPatience) -> Void = { _ in }) throws -> SMTPSender
  {
    var patience = Self.patience
    change(&patience)
    return SMTPSender(try MailServer(host: "127.0.0.1", port: port, security: .none), patience: patience)
  }

  private func message(_ name: String) throws -> MailMessage {
    let shop = try #require(MailAddress("orders@shop.example"))
    return MailMessage(
      id: try #require(MailID(name)), from: shop, to: shop, subject: name, text: "Hello\n",
      date: Instant(microseconds: 1_700_000_000_000_000))
  }

  private func counts(_ port: UInt16) throws -> (connections: Int64?, mails: Int64?) {
    let node = try outside.ask("/smtp/\(port)")
    return (node["connections"]?.int64(), node["mails"]?.int64())
  }

  @Test func `a late reply to one mail is not taken for the reply to another`() throws {
    let port = try server(
      #"{"mail":[{"after":2.5,"say":"554 5.7.1 Not this one"},{"say":"250 2.0.0 Kept"}]}"#)
    let sender = try sender(port) { $0.taking = .milliseconds(200) }
    #expect(sender.send(try message("a")) == .temporary(reason: "The mail server took too long (mail)."))
    #expect(sender.send(try message("b")) == .accepted)
    let (connections, mails) = try counts(port)
    #expect(connections == 2 && mails == 2)
  }

  @Test func `a server that is slow and not silent is waited for`() throws {
    let plan =
      #"{"greeting":[{"after":0.4,"say":"220 At last"}],"RCPT":[{"after":0.4,"say":"250 OK"}],"mail":[{"after":0.4,"say":"250 Kept"}]}"#
    // Together they take longer than one step may.
    let sender = try sender(try server(plan)) {
      $0.connecting = .seconds(1)
      $0.replying = .seconds(1)
    }
    #expect(sender.send(try message("a")) == .accepted)
  }

  @Test(arguments: [
    ("greeting", "opening", false), ("EHLO", "opening", false), ("MAIL", "sender", false),
    ("RCPT", "recipient", false), ("mail", "mail", true),
  ])
  func `a server that falls silent is left, and where is told`(
    silent: String, step: String, mayHaveArrived: Bool
  )
    throws
  {
    var patience = Self.patience
    patience.replying = .milliseconds(200)
    patience.taking = .milliseconds(200)
    let server = try MailServer(
      host: "127.0.0.1", port: try server(#"{"\#(silent)":[{}]}"#), security: .none)
    let failure = try #require(throws: OutgoingFailure.self) {
      try MailCaller(server, patience: patience).deliver(
        message("a").wireForm, from: "orders@shop.example", to: "ann@shop.example")
    }
    #expect(failure.cause == .timedOut && failure.mayHaveArrived == mayHaveArrived)
    #expect(failure.reason == "The mail server took too long (\(step)).")
  }

  @Test func `all of it together has a limit, however often the server says that it is there`() throws {
    let plan = #"{"EHLO":[{"after":0.3,"say":"250 OK"}],"MAIL":[{"after":5,"say":"250 OK"}]}"#
    let sender = try sender(try server(plan)) { $0.total = .milliseconds(600) }
    guard case .temporary = sender.send(try message("a")) else { Issue.record("it went on"); return }
  }

  @Test(arguments: ["250 2.0.0 Kept", "554 5.7.1 We don't want it"])
  func `a server that does not say farewell has said what it had to say`(reply: String) throws {
    let sender = try sender(try server(#"{"mail":[{"say":"\#(reply)"}],"QUIT":[{}]}"#))
    let expected: MailOutcome =
      reply.hasPrefix("2")
      ? .accepted : .permanent(reason: "The mail server said 554 5.7.1.", reply: "554 5.7.1")
    #expect(sender.send(try message("a")) == expected)
  }

  @Test(arguments: [
    ("greeting", "554 5.7.1 No service for you", "The mail server said 554 5.7.1 before any mail."),
    ("greeting", "500 What", "The mail server said 500 before any mail."),
    ("EHLO", "554 5.7.1 Not you", "The mail server said 554 5.7.1 before any mail."),
    ("MAIL", "550 5.7.1 Not from you", "The mail server said 550 5.7.1 to the sender."),
    ("MAIL", "552 5.3.4 Too large", "The mail server said 552 5.3.4 to the sender."),
    ("MAIL", "503 5.5.1 First say hello", "The mail server said 503 5.5.1 to the sender."),
  ])
  func `what is said before the recipient is named is about the settings`(
    step: String, reply: String, reason: String
  ) throws {
    let sender = try sender(try server(#"{"\#(step)":[{"say":"\#(reply)"}]}"#))
    #expect(sender.send(try message("a")) == .misconfigured(reason: reason))
  }

  @Test(arguments: [
    (
      "RCPT", "550 5.1.1 Nobody",
      MailOutcome.permanent(reason: "The mail server said 550 5.1.1.", reply: "550 5.1.1")
    ),
    ("DATA", "554 5.5.1 No", .permanent(reason: "The mail server said 554 5.5.1.", reply: "554 5.5.1")),
    (
      "mail", "554-5.7.1 One\\r\\n554 5.7.1 two",
      .permanent(reason: "The mail server said 554 5.7.1.", reply: "554 5.7.1")
    ),
    ("greeting", "421 4.3.2 Closing", .temporary(reason: "The mail server said 421 4.3.2.")),
    ("MAIL", "451 4.7.1 Later", .temporary(reason: "The mail server said 451 4.7.1.")),
  ])
  func `what is said of the mail is about the mail`(step: String, reply: String, outcome: MailOutcome) throws
  {
    #expect(try sender(try server(#"{"\#(step)":[{"say":"\#(reply)"}]}"#)).send(message("a")) == outcome)
  }
}
