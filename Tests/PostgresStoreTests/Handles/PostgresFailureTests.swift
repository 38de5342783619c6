import Ledger
import Promotions
import Testing

@testable import PostgresStore

@Suite struct PostgresFailureTests {
  @Test(
    arguments: [
      ("08006", .unavailable), ("08001", .unavailable), ("57P01", .unavailable), ("57P02", .unavailable),
      ("57P03", .unavailable), ("40001", .unavailable), ("40P01", .unavailable), ("55P03", .unavailable),
      ("57014", .unavailable), ("53300", .unavailable), ("25006", .unavailable), ("58030", .unavailable),
      ("23505", .refusedByDatabase),
      ("23514", .refusedByDatabase),
      ("SC001", .refusedByDatabase), ("53100", .full), ("42P01", .schema), ("3F000", .schema),
      ("XX001", .corrupt),
      ("XX002", .corrupt), ("42601", .other), ("22012", .other), ("3D000", .other), ("28P01", .other),
    ] as [(String, StoreFailure.Kind)])
  func `a failure's kind follows from its SQLSTATE`(_ sqlState: String, _ kind: StoreFailure.Kind) {
    let failure = StoreFailure.postgres(sqlState, "words")
    #expect(failure.kind == kind)
    #expect(failure.code == sqlState)
  }

  @Test(arguments: [
    (
      "connection to server at \"::1\", port 5432 failed: FATAL:  3D000: database \"x\" does not exist\n"
        + "LOCATION:  InitPostgres, postinit.c:885\n",
      "3D000"
    ),
    (
      "connection to server at \"db\" (::1), port 5432 failed: Connection refused\n\tIs the server running?\n"
        + "connection to server at \"db\" (127.0.0.1), port 5432 failed: FATAL:  57P03: the database system is "
        + "starting up\nDETAIL:  AB:  12345: x\n",
      "57P03"
    ),
    (
      "connection to server at \"db\" (::1), port 5432 failed: Connection refused\n\tIs it running?\n",
      "08001"
    ),
    ("could not translate host name \"db\" to address: Name or service not known\n", "08001"), ("", "08001"),
  ]) func `a refusal to connect keeps the server's SQLSTATE`(_ words: String, _ sqlState: String) {
    let failure = StoreFailure.failureToConnect(words)
    #expect(failure.code == sqlState)
    #expect(!failure.message.isEmpty && !failure.message.contains("\n"))
  }
}

@Suite(.needsPostgres) struct PostgresFailureAnswerTests {
  let connection: PostgresConnection

  init() throws {
    connection = try PostgresTestServer.connect()
    try connection.execute(
      script: "CREATE TEMP TABLE t (k text PRIMARY KEY, n bigint CHECK (n > 0), f text REFERENCES t (k))",
      .soon)
  }

  @Test func `a failure names no value`() throws {
    let secret = "geheim-4711"
    let statements: [(StatementText, String, StoreFailure.Kind)] = [
      ("INSERT INTO t (k) VALUES ($1), ($1)", "23505", .refusedByDatabase),
      ("INSERT INTO t (k, n) VALUES ($1, -4711)", "23514", .refusedByDatabase),
      ("INSERT INTO t (k, f) VALUES ('a', $1)", "23503", .refusedByDatabase),
      ("SELECT $1::text::bigint", "22P02", .other), ("SELECT $1::text::uuid", "22P02", .other),
      ("SELECT $1::text::timestamptz", "22007", .other), ("SELECT $1::text::json", "22P02", .other),
    ]
    for (sql, sqlState, kind) in statements {
      let failure = try failure { _ = try connection.rows(sql) { $0.bind(secret) } }
      #expect(failure.code == sqlState)
      #expect(failure.kind == kind)
      #expect(!"\(failure)".replacing(sql.description, with: "").contains("geheim"))
      #expect(connection.isUsable)
    }
    let invalid = try failure { _ = try connection.rows("SELECT $1") { $0.bindText([0x41, 0xC3, 0x28]) } }
    #expect(invalid.code == "22021")
    #expect(!invalid.message.lowercased().contains("c3"))
  }

  @Test func `a lock that is not given and a statement that lasts too long may work another time`() throws {
    _ = try connection.rows("SELECT pg_advisory_lock(4711)")
    let other = try PostgresTestServer.connect()
    let locked = try failure {
      _ = try other.roundTrip(.soon) {
        $0.add("SET LOCAL lock_timeout = '20ms'")
        $0.add("SELECT pg_advisory_lock(4711)")
      }
    }
    #expect(locked.code == "55P03" && locked.kind == .unavailable)
    let slow = try failure {
      _ = try other.roundTrip(.soon) {
        $0.add("SET LOCAL statement_timeout = '20ms'")
        $0.add("SELECT pg_sleep(20)")
      }
    }
    #expect(slow.code == "57014" && slow.kind == .unavailable)
    #expect(other.isUsable)
  }

  @Test func `a script's failure shows the line that it is about`() throws {
    let failure = try failure {
      try connection.execute(script: "SELECT 1;\nSELECT é FROM t;\nCREATE TABLE never (n int);", .soon)
    }
    #expect(failure.code == "42703")
    #expect(failure.statement == "SELECT é FROM t;")
    #expect(connection.isUsable && !connection.isInTransaction)
    #expect(try connection.value("SELECT count(*) FROM pg_class WHERE relname = 'never'") == 0)
  }

  @Test func `a script runs all of its statements and leaves its transaction open if it says so`() throws {
    try connection.execute(
      script: "BEGIN; INSERT INTO t VALUES ('a', 1); INSERT INTO t VALUES ('b', 1)", .soon)
    #expect(connection.isInTransaction)
    #expect(try connection.value("SELECT count(*) FROM t") == 2)
    try connection.execute(script: "ROLLBACK", .soon)
    #expect(try connection.value("SELECT count(*) FROM t") == 0)
    try connection.execute(script: "", .soon)
    try connection.execute(script: "DO $$ BEGIN RAISE NOTICE 'to nobody'; END $$", .soon)
  }
}
