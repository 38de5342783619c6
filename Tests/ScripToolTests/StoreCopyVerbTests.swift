import Foundation
import Testing

@testable import CommandLineClient
@testable import ScripTool

/// One after the other with the rest: each waits for processes, and threads for that are few.
extension EndToEndTests {
  @Suite struct StoreCopyVerbTests {
    private static let cart = """
      {"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":2,"unit_price":1999}]}
      """

    /// A shop that has run for a while and is closed now.
    private func closedShop(_ scrip: RunningScrip, checkouts: Int) throws {
      scrip.key = "chosen-by-me-0123456789-abcdef"
      _ = try scrip.start("--admin-key", scrip.key)
      let day = scrip.folder + "/day"
      _ = try scrip.shopday("generate", "--seed", "5", "--checkouts", "\(checkouts)", "--out", day)
      #expect(try scrip.shopday("play", day, "--concurrency", "16").code == 0)
      #expect(try scrip.stop() == 0)
    }

    @Test func `a shop moves to another store, and its caller notices nothing`() throws {
      let scrip = RunningScrip()
      scrip.key = "chosen-by-me-0123456789-abcdef"
      _ = try scrip.start("--sample", "--admin-key", scrip.key)
      let cart = try scrip.file("cart.json", Self.cart)
      func apply(_ order: String, _ key: String) throws -> RunningScrip.Outcome {
        try scrip.scrip(
          "application", "apply", order, cart, "--code", "LOYAL5", "--idempotency-key", key, "--json")
      }
      let before = try apply("o-1", "k-1")
      #expect(before.code == 0, "\(before.err)")
      #expect(try scrip.stop() == 0)

      let target = "sqlite:\(scrip.folder)/moved/scrip.db"
      let copy = try scrip.scrip(
        "migrate", "store", "--from", "sqlite:\(scrip.data)/scrip.db", "--to", target)
      #expect(copy.code == 0, "\(copy.err)")
      #expect(copy.out.contains("usage") && copy.out.contains("every hash"))
      #expect(copy.err.contains("events: "))
      _ = try scrip.start("--store", target)
      #expect(try scrip.scrip("application", "show", "o-1").out.contains("locked"))
      #expect(try apply("o-1", "k-1").out == before.out)
      #expect(try scrip.stop() == 0)
      for verb in [["audit", "verify"], ["rebuild", "--check"]] {
        let check = try scrip.run(verb + ["--store", target])
        #expect(check.code == 0, "\(check.out)\(check.err)")
      }

      let again = try scrip.scrip(
        "migrate", "store", "--from", "sqlite:\(scrip.data)/scrip.db", "--to", target)
      #expect(again.code == ExitCode.refused.rawValue && again.err.contains("(store_not_empty)"))
    }

    @Test func `a copy that is killed leaves an empty store, and the next one succeeds`() throws {
      let scrip = RunningScrip()
      try closedShop(scrip, checkouts: 2000)
      let database = scrip.folder + "/moved/scrip.db"
      let arguments = [
        "migrate", "store", "--from", "sqlite:\(scrip.data)/scrip.db", "--to", "sqlite:\(database)",
      ]
      let copying = try scrip.launch(arguments)
      var state = ""
      while !state.contains("locked"), copying.isRunning {
        state = try scrip.shell("sqlite3 \(database) 'SELECT count(*) FROM event; BEGIN IMMEDIATE' 2>&1")
      }
      kill(copying.processIdentifier, SIGKILL)
      copying.waitUntilExit()
      #expect(copying.terminationReason == .uncaughtSignal && state.contains("locked"), "\(state)")
      #expect(try scrip.shell("sqlite3 \(database) 'SELECT count(*) FROM event'") == "0\n")
      let copy = try scrip.run(arguments)
      #expect(copy.code == 0, "\(copy.err)")
    }

    @Test func `a store whose tables are not what its log says is not copied`() throws {
      let scrip = RunningScrip()
      _ = try scrip.start("--sample")
      #expect(try scrip.stop() == 0)
      _ = try scrip.shell("sqlite3 \(scrip.data)/scrip.db \"DELETE FROM code WHERE canonical = 'LOYAL5'\"")
      let copy = try scrip.scrip(
        "migrate", "store", "--from", "sqlite:\(scrip.data)/scrip.db", "--to",
        "sqlite:\(scrip.folder)/moved.db"
      )
      #expect(copy.code == ExitCode.checkFailed.rawValue)
      #expect(copy.err.contains("scrip rebuild") && copy.err.contains("\n  code: "), "\(copy.err)")
    }
  }
}
