import Foundation
import JSON
import Testing

@testable import CommandLineClient

@Suite(.serialized) struct MailVerbTests {
  private func started() throws -> RunningScrip {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    _ = try scrip.start("--admin-key", scrip.key, "--mail-folder", scrip.folder + "/mails")
    return scrip
  }

  private func mails(_ scrip: RunningScrip) throws -> [String] {
    let folder = scrip.folder + "/mails"
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      .filter { $0.hasSuffix(".eml") }
      .map { try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) }
  }

  @Test func `the first start with a mail folder sends mails, of tests and of orders`() throws {
    let scrip = try started()
    let test = try scrip.scrip("mail", "test", "ann@example.com")
    #expect(test.out.contains("A mail was sent: t1.test.") && test.out.contains("@scrip.invalid"), "\(test)")
    #expect(try mails(scrip).count == 1)
    #expect(try scrip.scrip("mail", "test", "nobody").code == ExitCode.usage.rawValue)
    let line = #"{"id":"l1","product_id":"p1","quantity":1,"unit_price":1000}"#
    let cart = try scrip.file("cart.json", #"{"currency":"EUR","lines":[\#(line)]}"#)
    let made = try scrip.scrip(
      "order", "create", cart, "--id", "o-1", "--email", "guest@example.com", "--name", "Guest", "--locale",
      "de")
    #expect(made.code == 0, "\(made)")
    _ = try scrip.scrip("order", "checkout", "o-1")
    _ = try scrip.scrip("order", "confirm", "o-1")
    for _ in 0..<3000 where try mails(scrip).count < 2 { Thread.sleep(forTimeInterval: 0.02) }
    #expect(try mails(scrip).last?.contains("To: \"Guest\" <guest@example.com>") == true)
    #expect(
      try scrip.scrip("persons", "show", "guest@example.com", "--email").out.contains(
        "guest@example.com  Guest"))
    #expect(try scrip.scrip("persons", "erase", "guest@example.com", "--email").code == 0)
    #expect(try scrip.scrip("persons", "show", "guest@example.com", "--email").code != 0)
    #expect(try scrip.stop() == 0)
  }

  @Test func `a template is looked at, kept, shown and taken away`() throws {
    let scrip = try started()
    #expect(try scrip.scrip("mail", "template", "list").out.contains("order_paid      de        built in"))
    let text = try scrip.file("mail.txt", "Danke, {{customer_name}}:\n\n\t{{total}}\n")
    let html = try scrip.file("mail.html", "<p>{{total}}</p>\n")
    let draft = ["order_paid", "de-AT", "--subject", "Ihre {{order_id}}", "--text", text, "--html", html]
    let shown = try scrip.run(["mail", "template", "preview"] + draft)
    #expect(shown.out.contains("Ihre o-4711\n\nDanke, Ann Lee:\n\n\t€\u{A0}45,50\n"), "\(shown)")
    #expect(try scrip.run(["mail", "template", "preview"] + draft + ["--html-part"]).out.contains("<p>"))
    #expect(
      try scrip.run(["mail", "template", "set"] + draft).out == "order_paid de-AT is at version 1.\n")
    let late = try scrip.run(["mail", "template", "set"] + draft + ["--if-version", "0"])
    #expect(late.err.contains("(version_conflict)"), "\(late)")
    let wrong = try scrip.scrip(
      "mail", "template", "set", "order_paid", "de", "--subject", "{{x}}", "--text", text)
    #expect(wrong.err.contains("\n  /subject, line 1, column 1: Nothing is called x here."), "\(wrong)")
    #expect(
      try scrip.scrip("mail", "template", "show", "order_paid", "de-AT").out
        .contains("Ihre {{order_id}}\n\nDanke, {{customer_name}}:\n\n\t{{total}}"))
    #expect(
      try scrip.scrip("mail", "template", "show", "order_paid", "de-AT", "--body").out
        == String(contentsOfFile: text, encoding: .utf8))
    #expect(
      try scrip.scrip("mail", "template", "show", "order_paid", "de-AT", "--body", "--html-part").out
        == "<p>{{total}}</p>\n")
    // Line ends and tabs alone go to a terminal as they are.
    let odd = try scrip.file("odd.txt", "a\r\n\u{1B}[2Jb\n")
    let masked = try scrip.scrip(
      "mail", "template", "preview", "order_paid", "de", "--subject", "s", "--text", odd, "--body")
    #expect(masked.out == "a\r\n?[2Jb\n", "\(masked)")
    #expect(try scrip.scrip("mail", "template", "remove", "order_paid", "de-AT").code == 0)
    #expect(try scrip.scrip("mail", "template", "show", "order_paid", "de-AT").code != 0)
    let missing = try scrip.scrip("mail", "template", "set", "order_paid", "de")
    #expect(missing.code == ExitCode.usage.rawValue && missing.err.contains("--subject and --text"))
    #expect(try scrip.stop() == 0)
  }

  @Test func `how mails are sent is set and shown`() throws {
    let scrip = try started()
    let set = try scrip.scrip(
      "settings", "set", "--mail", "off", "--mail-from", "shop@own.example", "--mail-from-name", "Own",
      "--mail-language", "de")
    #expect(
      set.out.contains("mail_enabled: no") && set.out.contains("mail_from: shop@own.example"), "\(set)")
    let less = try scrip.scrip("settings", "set", "--mail-from", "-")
    #expect(less.out.contains("mail_from: -") && less.out.contains("mail_from_name: Own"), "\(less)")
    #expect(try scrip.scrip("settings", "set", "--mail", "maybe").code == ExitCode.usage.rawValue)
    #expect(try scrip.stop() == 0)
  }
}
