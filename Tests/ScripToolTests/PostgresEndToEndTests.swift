import Foundation
import JSON
import TestSupport
import Testing

@testable import CommandLineClient
@testable import ScripTool

/// One after the other with the rest: each waits for processes, and threads for that are few.
extension EndToEndTests {
  @Suite(.enabled(if: TestDatabase.server != nil)) struct PostgresEndToEndTests {
    private static let cart = """
      {"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":2,"unit_price":1999}]}
      """
    private static let key = "chosen-by-me-0123456789-abcdef"

    /// The server trusts whoever comes, so that the password only shows where it is repeated.
    private func withPassword(_ database: TestDatabase) throws -> String {
      var parts = try #require(URLComponents(string: database.url))
      parts.password = "pa55word"
      return try #require(parts.string)
    }

    @Test func `nodes share a database and an identity key, and a folder holds nothing else`() throws {
      let database = try TestDatabase()
      let first = RunningScrip()
      let url = try withPassword(database)
      let greeting = try first.start("--store", url, "--sample", "--admin-key", Self.key)
      #expect(greeting.contains("data in postgres://") && !greeting.contains("pa55word"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: first.data) == ["identity.key"])

      let stranger = try first.scrip(
        "serve", "--store", url, "--data", first.folder + "/other", "--listen", "127.0.0.1:0")
      #expect(stranger.code == ExitCode.usage.rawValue && stranger.err.contains("SCRIP_IDENTITY_KEY"))
      #expect(!FileManager.default.fileExists(atPath: first.folder + "/other"))

      let second = RunningScrip()
      let identity = try Data(contentsOf: URL(fileURLWithPath: first.data + "/identity.key"))
      let digits = identity.map { String(format: "%02x", $0) }.joined()
      _ = try second.start("--store", url, "--identity-key", digits)
      #expect(!FileManager.default.fileExists(atPath: second.data))
      for scrip in [first, second] { scrip.key = Self.key }
      let cart = try first.file("cart.json", Self.cart)
      #expect(try first.scrip("application", "apply", "o-1", cart, "--code", "LOYAL5").code == 0)
      #expect(try second.scrip("application", "show", "o-1").out.contains("locked"))
      let metrics = try first.shell("curl -sf \(first.url)/metrics")
      #expect(metrics.contains("\nscrip_store_listening 1\n"))
      #expect(metrics.contains("\nscrip_store_reads_waiting 0\n"))
      #expect(!metrics.contains("\nscrip_store_round_trip_duration_seconds_count 0\n"))
      #expect(try first.stop() == 0 && second.stop() == 0)
    }

    @Test func `no verb and no log repeats the password`() throws {
      let database = try TestDatabase()
      let scrip = RunningScrip()
      let url = try withPassword(database)
      _ = try scrip.start("--store", url, "--admin-key", Self.key, logLevel: "debug")
      var said = try scrip.shell("cat \(scrip.folder)/serve.out \(scrip.folder)/serve.err")
      let verbs = [
        ["audit", "verify"], ["tenant", "list"], ["tenant", "create", "Other"], ["migrate", "status"],
        ["migrate", "up"], ["key", "create", "--role", "admin"], ["backup", scrip.folder + "/copy"],
      ]
      for verb in verbs {
        let outcome = try scrip.run(verb + ["--store", url])
        #expect(
          outcome.code == (verb[0] == "backup" ? ExitCode.usage : .ok).rawValue, "\(verb) \(outcome.err)")
        said += outcome.out + outcome.err
      }
      #expect(try scrip.stop() == 0)
      let gone = try scrip.scrip(
        "tenant", "list", "--store", "postgres://ann:pa55word@127.0.0.1:1/nowhere", "--store-timeout", "1s")
      #expect(gone.code == ExitCode.failure.rawValue)
      said += gone.err
      #expect(said.contains("tenant_2") && !said.contains("pa55word"), "\(said)")
    }

    @Test func `a node that is killed keeps what it acknowledged`() throws {
      let database = try TestDatabase()
      let scrip = RunningScrip()
      scrip.key = Self.key
      _ = try scrip.start("--store", database.url, "--sample", "--admin-key", scrip.key)
      let cart = try scrip.file("cart.json", Self.cart)
      #expect(try scrip.scrip("application", "apply", "o-1", cart, "--code", "LOYAL5").code == 0)
      _ = try scrip.stop(SIGKILL)
      _ = try scrip.start("--store", database.url)
      #expect(try scrip.scrip("application", "show", "o-1").out.contains("locked"))
      #expect(try scrip.stop() == 0)
      for verb in [["audit", "verify"], ["rebuild", "--check"]] {
        let check = try scrip.run(verb + ["--store", database.url])
        #expect(check.code == 0, "\(check.out)\(check.err)")
      }
    }

    @Test func `the schema can be taken back and brought up again`() throws {
      let database = try TestDatabase()
      let scrip = RunningScrip()
      func migrate(_ arguments: String...) throws -> RunningScrip.Outcome {
        try scrip.run(["migrate"] + arguments + ["--store", database.url])
      }
      #expect(try migrate("up").out.contains("up to date"))
      #expect(try migrate("down", "0").out.contains("took back step 1: first schema"))
      let early = try scrip.scrip("serve", "--no-migrate", "--store", database.url, "--listen", "127.0.0.1:0")
      #expect(early.code == ExitCode.failure.rawValue && early.err.contains("migrate up"), "\(early.err)")
      #expect(try migrate("up", "--to", "1").out == "took step 1: first schema\n")
      #expect(try migrate("up").code == 0)
      #expect(try scrip.scrip("migrate", "script").out.contains("CREATE TABLE scrip.event"))
    }

    @Test func `a shop moves from its file to a server and back`() throws {
      let database = try TestDatabase()
      let scrip = RunningScrip()
      scrip.key = Self.key
      _ = try scrip.start("--sample", "--admin-key", scrip.key)
      let cart = try scrip.file("cart.json", Self.cart)
      func apply(_ order: String, _ key: String) throws -> RunningScrip.Outcome {
        try scrip.scrip(
          "application", "apply", order, cart, "--code", "LOYAL5", "--idempotency-key", key, "--json")
      }
      let before = try apply("o-1", "k-1")
      #expect(try before.code == 0 && scrip.stop() == 0)

      let file = "sqlite:\(scrip.data)/scrip.db"
      let there = try scrip.scrip("migrate", "store", "--from", file, "--to", try withPassword(database))
      #expect(there.code == 0 && !(there.out + there.err).contains("pa55word"), "\(there.err)")
      _ = try scrip.start("--store", database.url)
      #expect(try apply("o-1", "k-1").out == before.out)
      let meanwhile = try apply("o-2", "k-2")
      #expect(try meanwhile.code == 0 && scrip.stop() == 0)

      let other = "sqlite:\(scrip.folder)/back/scrip.db"
      let back = try scrip.scrip("migrate", "store", "--from", database.url, "--to", other)
      #expect(back.code == 0, "\(back.err)")
      _ = try scrip.start("--store", other)
      #expect(try apply("o-2", "k-2").out == meanwhile.out)
      #expect(try scrip.stop() == 0)
      for verb in [["audit", "verify"], ["rebuild", "--check"]] {
        let check = try scrip.run(verb + ["--store", other])
        #expect(check.code == 0, "\(check.out)\(check.err)")
      }
    }

    @Test func `a copy to a server that is killed leaves it empty, and the next one succeeds`() throws {
      let database = try TestDatabase()
      let scrip = RunningScrip()
      scrip.key = Self.key
      _ = try scrip.start("--admin-key", scrip.key)
      let day = scrip.folder + "/day"
      _ = try scrip.shopday("generate", "--seed", "5", "--checkouts", "1000", "--out", day)
      #expect(try scrip.shopday("play", day, "--concurrency", "16").code == 0)
      #expect(try scrip.stop() == 0)

      let arguments = ["migrate", "store", "--from", "sqlite:\(scrip.data)/scrip.db", "--to", database.url]
      let copying = try scrip.launch(arguments)
      let store = try database.store()
      defer { store.shutDown() }
      // Whoever counts tenants is held up by nothing; whether the transaction is open is seen by its lock.
      let lock =
        "SELECT count(*) FROM pg_locks WHERE locktype = 'relation' AND mode = 'ShareRowExclusiveLock' AND granted"
      var held = ""
      while held != "1\n", copying.isRunning {
        held = try scrip.shell(
          "psql -XAt '\(database.url)' -c \"\(lock) AND database = (SELECT oid FROM pg_database WHERE datname = current_database())\""
        )
      }
      kill(copying.processIdentifier, SIGKILL)
      copying.waitUntilExit()
      #expect(copying.terminationReason == .uncaughtSignal && held == "1\n")
      #expect(try store.counts().values.allSatisfy { $0 == 0 })
      let copy = try scrip.run(arguments)
      #expect(copy.code == 0, "\(copy.err)")
    }
  }
}
