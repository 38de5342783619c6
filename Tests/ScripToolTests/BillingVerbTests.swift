import Foundation
import JSON
import Testing

@testable import CommandLineClient

/// Subscriptions, invoices, billing runs and sandboxes from the command line.
@Suite(.serialized) struct BillingVerbTests {
  private func started() throws -> RunningScrip {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    _ = try scrip.start("--admin-key", scrip.key)
    return scrip
  }

  /// A subscription that has ten percent off two invoices.
  private func subscribed(_ scrip: RunningScrip) throws {
    let terms = try scrip.file(
      "coupon.json",
      #"""
      {"name":"Launch","code":"LAUNCH","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"},
      "billing":{"cadence":"repeated","periods":2}}
      """#)
    let made = try scrip.scrip("coupon", "create", "--file", terms, "--activate")
    #expect(made.code == 0, "\(made)")
    let saved = try scrip.scrip(
      "subscription", "save", "sub", "--customer", "ann", "--currency", "USD", "--line-item", "seats=pro",
      "--metadata", "plan=pro")
    #expect(
      saved.code == 0 && saved.out.contains("ann") && saved.out.contains("line item  seats"), "\(saved)")
    let attached = try scrip.scrip("subscription", "attach", "sub", "launch")
    #expect(
      attached.code == 0 && attached.out.contains("LAUNCH") && attached.out.contains("on 0 invoices"),
      "\(attached)")
  }

  private func line(_ id: String, _ amount: Int = 8000) -> String {
    #"{"id":"\#(id)","subscription_id":"sub","currency":"USD","line_items":[{"id":"l1","amount":\#(amount)}]}"#
  }

  @Test func `a subscription is told, shown, listed, given a coupon and loses it`() throws {
    let scrip = try started()
    try subscribed(scrip)
    let shown = try scrip.scrip("subscription", "show", "sub")
    #expect(shown.out.contains("status     active") && shown.out.contains("LAUNCH"), "\(shown)")
    #expect(try scrip.scrip("subscription", "list").out.contains("sub"))
    #expect(try scrip.scrip("subscription", "list", "--customer", "bob").out.contains("No subscriptions."))
    let twice = try scrip.scrip("subscription", "attach", "sub", "LAUNCH")
    #expect(twice.code == ExitCode.refused.rawValue && twice.err.contains("(already_attached)"), "\(twice)")
    let node = try JSONDocument(
      parsing: Array(try scrip.scrip("subscription", "show", "sub", "--json").out.utf8)
    ).root
    let association = try #require(node["coupons"]?[0]?["id"]?.string())
    let detached = try scrip.scrip(
      "subscription", "detach", "sub", association, "--give-back", "--reason", "why not")
    #expect(detached.code == 0 && detached.out.contains("until "), "\(detached)")
    let over = try scrip.scrip(
      "subscription", "save", "sub", "--customer", "ann", "--currency", "USD", "--status", "cancelled")
    #expect(over.out.contains("cancelled"), "\(over)")
    #expect(
      try scrip.scrip("subscription", "attach", "sub", "LAUNCH").err.contains("(subscription_cancelled)"))
    #expect(try scrip.scrip("subscription", "show", "none").err.contains("(subscription_not_found)"))
  }

  @Test func `an invoice is previewed, priced, frozen and called off`() throws {
    let scrip = try started()
    try subscribed(scrip)
    let file = try scrip.file(
      "invoice.json", #"{"subscription_id":"sub","currency":"USD","line_items":[{"id":"l1","amount":8000}]}"#)
    let preview = try scrip.scrip("invoice", "preview", file, "--cycles", "3")
    #expect(
      preview.code == 0 && preview.out.split(separator: "\n").count { $0.contains("Launch") } == 2,
      "\(preview)")
    #expect(try scrip.scrip("invoice", "list").out.contains("No invoices."))
    let priced = try scrip.scrip(
      "invoice", "price", "i1", file, "--code", "NONE", "--expected-discount", "800")
    #expect(priced.code == 0, "\(priced)")
    for words in [
      "state      draft", "coupon     -8.00 USD  Launch  1 of 2", "unknown_code", "total      72.00 USD",
    ] {
      #expect(priced.out.contains(words), "\(words) in \(priced)")
    }
    #expect(
      try scrip.scrip("invoice", "finalize", "i1", "--expected-total", "1").err.contains("(total_changed)"))
    #expect(
      try scrip.scrip("invoice", "finalize", "i1", "--expected-total", "7200").out.contains("finalized"))
    #expect(try scrip.scrip("invoice", "list", "--state", "finalized").out.contains("i1"))
    let voided = try scrip.scrip("invoice", "void", "i1", "--give-back", "--reason", "first payment failed")
    #expect(voided.out.contains("voided"), "\(voided)")
    #expect(try scrip.scrip("invoice", "show", "i1").out.contains("voided"))
    #expect(try scrip.scrip("invoice", "show", "none").err.contains("(invoice_not_found)"))
  }

  @Test func `a billing run goes on behind the last answer`() throws {
    let scrip = try started()
    try subscribed(scrip)
    let lines = (0..<12).map { line("i\($0)") }
    let file = try scrip.file("run.ndjson", lines.joined(separator: "\n\n"))
    let answers = file + ".answers"
    func kept() throws -> [String] {
      try String(contentsOfFile: answers, encoding: .utf8).split(separator: "\n").map(String.init)
    }
    let run = try scrip.scrip("billing", "run", file, "--lines", "5")
    #expect(run.code == 0 && run.out.contains("12 lines are answered"), "\(run)")
    let whole = try kept()
    #expect(whole.count == 13 && whole[0].hasPrefix(#"{"answers_to":"sha256:"#), "\(whole[0])")
    for (number, answer) in whole.dropFirst().enumerated() {
      #expect(answer.contains(#""line":\#(number + 1),"id":"i\#(number)","status":201"#), "\(answer)")
    }
    // Half a line at the end is of a run that was killed.
    let cut = whole.prefix(8).joined(separator: "\n") + "\n" + whole[8].prefix(40)
    try Data(cut.utf8).write(to: URL(fileURLWithPath: answers))
    let resumed = try scrip.scrip("billing", "run", file)
    #expect(resumed.code == 0 && resumed.err.contains("7 of 12 lines were answered before."), "\(resumed)")
    let mended = try kept()
    #expect(mended.count == 13 && mended.prefix(8) == whole.prefix(8))
    #expect(mended[8].contains(#""line":8,"id":"i7","status":200"#), "\(mended[8])")
    let nothing = try scrip.scrip("billing", "run", file)
    #expect(nothing.code == 0)
    #expect(try kept() == mended)
    #expect(try scrip.scrip("billing", "run", file, "--again").code == 0)
    #expect(try kept().dropFirst().allSatisfy { $0.contains(#""status":200"#) })
    // A run that was killed while it began.
    try Data(whole[0].utf8.prefix(20)).write(to: URL(fileURLWithPath: answers))
    #expect(try scrip.scrip("billing", "run", file).code == 0)
    #expect(try kept().count == 13)
  }

  @Test func `answers to other lines are neither gone on behind nor written over`() throws {
    let scrip = try started()
    try subscribed(scrip)
    let file = try scrip.file("run.ndjson", line("i1") + "\n" + line("i2"))
    #expect(try scrip.scrip("billing", "run", file).code == 0)
    let answers = try Data(contentsOf: URL(fileURLWithPath: file + ".answers"))
    for text in [
      line("i3") + "\n" + line("i4"), line("i1"), line("i1") + "\n" + line("i2") + "\n" + line("i3"),
    ] {
      try Data(text.utf8).write(to: URL(fileURLWithPath: file))
      let refused = try scrip.scrip("billing", "run", file)
      #expect(
        refused.code == ExitCode.usage.rawValue && refused.err.contains("has the answers to other lines"),
        "\(refused)")
      #expect(try Data(contentsOf: URL(fileURLWithPath: file + ".answers")) == answers)
    }
    #expect(try scrip.scrip("billing", "run", file, "--again").code == 0)
    #expect(try scrip.scrip("invoice", "show", "i3").code == 0)
    try Data("i am no answer\n".utf8).write(to: URL(fileURLWithPath: file + ".answers"))
    #expect(try scrip.scrip("billing", "run", file).code == ExitCode.usage.rawValue)
  }

  @Test func `answers that are damaged, in use or the run's own lines are not gone on behind`() throws {
    let scrip = try started()
    try subscribed(scrip)
    let file = try scrip.file("run.ndjson", (0..<4).map { line("i\($0)") }.joined(separator: "\n"))
    let answers = URL(fileURLWithPath: file + ".answers")
    #expect(try scrip.scrip("billing", "run", file).code == 0)
    let whole = try String(contentsOf: answers, encoding: .utf8).split(separator: "\n").map(String.init)
    for damaged in [
      whole + [whole[4]], [whole[0], whole[1], whole[1]], [whole[0], whole[2], whole[1]],
      [whole[0], whole[2]],
      whole[...2] + ["{}"], whole[...2] + ["i am no answer"],
    ] {
      try Data((damaged.joined(separator: "\n") + "\n").utf8).write(to: answers)
      let refused = try scrip.scrip("billing", "run", file)
      #expect(refused.code == ExitCode.usage.rawValue && refused.err.contains("is damaged"), "\(refused)")
    }
    let own = try scrip.scrip("billing", "run", file, "--answers", file, "--again")
    #expect(own.code == ExitCode.usage.rawValue && own.err.contains("own file"), "\(own)")
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("i3"))
    let other = try FileHandle(forUpdating: answers)
    #expect(flock(other.fileDescriptor, LOCK_EX) == 0)
    let second = try scrip.scrip("billing", "run", file, "--again")
    #expect(second.code == ExitCode.usage.rawValue && second.err.contains("another run"), "\(second)")
    try other.close()
    #expect(try scrip.scrip("billing", "run", file, "--again").code == 0)
  }

  @Test func `a run needs a file that can be read again`() throws {
    let scrip = try started()
    for path in ["/nowhere.ndjson", "/dev/stdin", "/"] {
      #expect(try scrip.scrip("billing", "run", path).code == ExitCode.usage.rawValue, "\(path)")
    }
  }

  @Test func `lines that are refused are told of, also those of an earlier start`() throws {
    let scrip = try started()
    try subscribed(scrip)
    let text = [line("i1"), "{", #"{"op":"finalize","id":"none"}"#, line("i2")].joined(separator: "\n")
    let file = try scrip.file("run.ndjson", text)
    let run = try scrip.scrip("billing", "run", file)
    #expect(run.code == ExitCode.refused.rawValue, "\(run)")
    #expect(
      run.err.contains("2 of 4 lines were refused (1 × invoice_not_found, 1 × malformed_json)"), "\(run)")
    let more = try scrip.scrip("billing", "run", file)
    #expect(
      more.code == ExitCode.refused.rawValue && more.err.contains("2 of 4 lines were refused"), "\(more)")
  }

  @Test func `a sandbox's clock is moved from the command line`() throws {
    let scrip = try started()
    let real = try scrip.scrip("sandbox", "clock")
    #expect(real.code == ExitCode.refused.rawValue && real.err.contains("(invalid_transition)"), "\(real)")
    let made = try scrip.scrip("sandbox", "create", "a year", "2030-01-01T00:00:00Z")
    #expect(made.code == 0 && made.out.contains("clock      2030-01-01T00:00:00Z"), "\(made)")
    let line = try #require(made.out.split(separator: "\n").first { $0.hasPrefix("admin key") })
    scrip.key = String(try #require(line.split(separator: " ").last))
    #expect(try scrip.scrip("sandbox", "clock").out.contains("2030-01-01T00:00:00Z"))
    let moved = try scrip.scrip("sandbox", "advance", "2030-03-01T00:00:00Z")
    #expect(moved.code == 0 && moved.out.contains("clock      2030-03-01T00:00:00Z"), "\(moved)")
    #expect(
      try scrip.scrip("sandbox", "advance", "2030-01-01T00:00:00Z").err.contains("(invalid_transition)"))
    try subscribed(scrip)
    #expect(try scrip.scrip("subscription", "show", "sub", "--json").out.contains("2030-03-01T00:00:00Z"))
  }
}
