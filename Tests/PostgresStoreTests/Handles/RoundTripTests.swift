import Ledger
import Promotions
import Scrip
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct RoundTripTests {
  @Test func `many statements are answered in their order`() throws {
    let connection = try PostgresTestServer.connect()
    let results = try connection.roundTrip(.soon) { pipeline in
      pipeline.add("CREATE TEMP TABLE t (n bigint)")
      pipeline.add("INSERT INTO t SELECT generate_series(1, $1)") { $0.bind(5) }
      pipeline.add("UPDATE t SET n = n WHERE n > $1") { $0.bind(3) }
      pipeline.add("SELECT n FROM t WHERE n < $1 ORDER BY n") { $0.bind(4) }
      pipeline.add("SELECT n FROM t WHERE n > $1") { $0.bind(100) }
    }
    #expect(results.map(\.changed) == [0, 5, 2, 3, 0])
    #expect(results[3].map { $0.int64(0) } == [1, 2, 3])
    #expect(results[3].first?.int64(0) == 1)
    #expect(results[4].isEmpty && results[4].first == nil)
    #expect(!connection.isInTransaction)
  }

  @Test func `a round of nothing asks nobody`() throws {
    let connection = try PostgresTestServer.connect()
    try PostgresTestServer.terminate(connection.backendPID)
    #expect(try connection.roundTrip(.soon) { _ in }.isEmpty)
  }

  @Test func `rows outlive the next round trip and the connection`() throws {
    var connection: PostgresConnection? = try PostgresTestServer.connect()
    let row = try connection?.rows("SELECT 'first'").first
    _ = try connection?.rows("SELECT 'second'")
    connection = nil
    #expect(row?.text(0) == "first")
  }

  @Test(arguments: ["", "prepared=off"])
  func `the first failure is reported and what stands behind it is not run`(_ items: String) throws {
    let connection = try PostgresTestServer.connect(items)
    _ = try connection.rows("CREATE TEMP TABLE t (n bigint PRIMARY KEY)")
    let failure = try failure {
      _ = try connection.roundTrip(.soon) { pipeline in
        pipeline.add("BEGIN")
        pipeline.add("INSERT INTO t VALUES ($1)") { $0.bind(4711) }
        pipeline.add("INSERT INTO t VALUES ($1), ($1)") { $0.bind(4712) }
        pipeline.add("SELECT no_such_function()")
        pipeline.add("COMMIT")
      }
    }
    #expect(failure.kind == .refusedByDatabase)
    #expect(failure.code == "23505")
    #expect(failure.statement == "INSERT INTO t VALUES ($1), ($1)")
    #expect(connection.isUsable && connection.isInTransaction && connection.isTransactionFailed)

    let refused = try PostgresStoreTests.failure { _ = try connection.rows("SELECT 1") }
    #expect(refused.code == "25P02")
    _ = try connection.rows("ROLLBACK")
    #expect(connection.isUsable && !connection.isInTransaction)
    #expect(try connection.value("SELECT count(*) FROM t") == 0)
    #expect(try connection.rows("INSERT INTO t VALUES ($1), ($1 + 1)") { $0.bind(1) }.changed == 2)
  }

  @Test func `a round outside of a transaction is one transaction`() throws {
    let connection = try PostgresTestServer.connect()
    _ = try connection.rows("CREATE TEMP TABLE t (n bigint PRIMARY KEY)")
    #expect(throws: StoreFailure.self) {
      try connection.roundTrip(.soon) { pipeline in
        pipeline.add("INSERT INTO t VALUES (1)")
        pipeline.add("INSERT INTO t VALUES (1)")
      }
    }
    #expect(!connection.isInTransaction)
    #expect(try connection.value("SELECT count(*) FROM t") == 0)
  }

  @Test func `a statement is prepared once, also when one round uses it often`() throws {
    let connection = try PostgresTestServer.connect()
    func add(_ pipeline: inout Pipeline, _ number: Int) {
      pipeline.add("SELECT $1 + 1") { $0.bind(number) }
    }
    for _ in 0..<3 {
      let results = try connection.roundTrip(.soon) { pipeline in
        for number in 0..<10 { add(&pipeline, number) }
      }
      #expect(results.map { $0[0].int64(0) } == Array(1...10))
    }
    let kept = try connection.rows(
      "SELECT name, statement, generic_plans + custom_plans FROM pg_prepared_statements"
    )
    .filter { $0.text(1) == "SELECT $1 + 1" }
    #expect(kept.count == 1)
    #expect(kept.first?.text(0) == "s1")
    #expect(kept.first?.int64(2) == 30)
  }

  @Test func `what could not be prepared is prepared when it is used again`() throws {
    let connection = try PostgresTestServer.connect()
    func count() throws(StoreFailure) -> Int64 { try connection.value("SELECT count(*) FROM appears_later") }
    #expect(try failure { _ = try count() }.kind == .schema)
    func behindIt() throws(StoreFailure) -> [ResultRows] {
      try connection.roundTrip(.soon) {
        $0.add("SELECT 1 FROM appears_later")
        $0.add("SELECT 2")
      }
    }
    #expect(throws: StoreFailure.self) { try behindIt() }
    _ = try connection.rows("CREATE TEMP TABLE appears_later (n bigint)")
    #expect(try count() == 0)
    #expect(try behindIt()[1][0].int64(0) == 2)
  }

  @Test func `without prepared statements the server keeps none`() throws {
    let connection = try PostgresTestServer.connect("prepared=off")
    for number in 0..<3 {
      let results = try connection.roundTrip(.soon) { pipeline in
        pipeline.add("SELECT $1 + 1") { $0.bind(number) }
        pipeline.add("SELECT $1, $2") {
          $0.bind("é")
          $0.bind([1, nil] as [Int64?])
        }
      }
      #expect(results[0][0].int64(0) == Int64(number + 1))
      #expect(results[1][0].text(0) == "é")
    }
    #expect(try connection.value("SELECT count(*) FROM pg_prepared_statements") == 0)
  }

  @Test(arguments: ["", "prepared=off"]) func `another schema stands in the place of scrip`(_ items: String)
    throws
  {
    let connection = try PostgresTestServer.connect(items, schema: "pg_temp")
    try connection.execute(script: "CREATE TABLE scrip.t (n bigint); INSERT INTO scrip.t VALUES (1)", .soon)
    for _ in 0..<2 { #expect(try connection.value("SELECT n FROM scrip.t WHERE n = $1") { $0.bind(1) } == 1) }
    #expect(try connection.value("SELECT count(*) FROM pg_temp.t") == 1)
  }

  @Test func `a kept statement whose table was changed asks for a fresh connection`() throws {
    let connection = try PostgresTestServer.connect()
    func read(_ connection: PostgresConnection) throws(StoreFailure) -> ResultRows {
      try connection.rows("SELECT * FROM pg_temp.t")
    }
    _ = try connection.rows("CREATE TEMP TABLE t (n bigint)")
    _ = try read(connection)
    _ = try connection.rows("ALTER TABLE t ADD COLUMN m bigint")
    let failure = try failure { _ = try read(connection) }
    #expect(failure.code == "0A000" && failure.kind == .unavailable)
    #expect(!connection.isUsable)
  }

  @Test func `a kept statement that the server has lost asks for a fresh connection`() throws {
    let connection = try PostgresTestServer.connect()
    func read(_ connection: PostgresConnection) throws(StoreFailure) -> Int64 {
      try connection.value("SELECT 1")
    }
    _ = try read(connection)
    try connection.execute(script: "DEALLOCATE ALL", .soon)
    let failure = try failure { _ = try read(connection) }
    #expect(failure.code == "26000" && failure.kind == .unavailable)
    #expect(!connection.isUsable)
  }

  @Test func `details are told of tables and never of rows`() throws {
    let connection = try PostgresTestServer.connect()
    try connection.execute(
      script: """
        CREATE TEMP TABLE kept (name text PRIMARY KEY, age bigint CHECK (age > 0));
        CREATE TEMP VIEW shown AS SELECT name FROM kept;
        INSERT INTO kept VALUES ('private-ann', 1);
        """, .soon)
    let dependent = try failure { try connection.execute(script: "DROP TABLE kept", .soon) }
    #expect(dependent.code == "2BP01" && dependent.message.contains("view shown depends on table kept"))
    let unable = try failure {
      _ = try connection.rows(
        "UPDATE shown SET name = (SELECT name FROM kept ORDER BY name FOR UPDATE LIMIT 1)")
      _ = try connection.rows("CREATE TEMP VIEW doubled AS SELECT DISTINCT name FROM kept")
      _ = try connection.rows("UPDATE doubled SET name = ''")
    }
    #expect(unable.code == "55000" && unable.message.contains("DISTINCT"))
    for statement in [
      "INSERT INTO kept VALUES ('private-ann', 2)", "INSERT INTO kept VALUES ('private-bob', -1)",
      "INSERT INTO kept VALUES (NULL, 77)", "SELECT 'private-ann'::bigint",
      "DO $$ BEGIN RAISE EXCEPTION 'no' USING DETAIL = 'private-ann'; END $$",
    ] {
      let refused = try failure { try connection.execute(script: statement, .soon) }
      #expect(!refused.message.contains("private") && !refused.message.contains("77"), "\(refused.message)")
    }
  }

  @Test func `what the server can't do at all leaves the connection usable`() throws {
    let connection = try PostgresTestServer.connect()
    let failure = try failure { _ = try connection.rows("SELECT count(*) FROM pg_class FOR UPDATE") }
    #expect(failure.code == "0A000" && failure.kind == .other)
    #expect(failure.message.contains("FOR UPDATE"))
    #expect(connection.isUsable)
  }

  @Test func `copying ends the connection instead of hanging`() throws {
    let connection = try PostgresTestServer.connect()
    #expect(throws: StoreFailure.self) { try connection.rows("COPY pg_class TO STDOUT") }
    let other = try PostgresTestServer.connect()
    #expect(throws: StoreFailure.self) { try other.execute(script: "COPY pg_class TO STDOUT", .soon) }
    #expect(!other.isUsable)
  }

  @Test func `tens of megabytes go both ways at once`() throws {
    let connection = try PostgresTestServer.connect()
    let chunk = [UInt8](repeating: 0xAB, count: 1 << 20)
    let results = try connection.roundTrip(.after(milliseconds: 120_000)) { pipeline in
      for number in 0..<40 {
        pipeline.add("SELECT $1, $2") {
          $0.bind(number)
          $0.bind(chunk)
        }
      }
    }
    #expect(results.map { $0[0].int64(0) } == Array(0..<40))
    #expect(results.allSatisfy { $0[0].bytes(1) == chunk })
    #expect(try connection.value("SELECT 1") == 1)
  }

  @Test func `ten thousand small statements go in one round`() throws {
    let connection = try PostgresTestServer.connect()
    let results = try connection.roundTrip(.after(milliseconds: 120_000)) { pipeline in
      for number in 0..<10_000 {
        pipeline.add("SELECT $1, repeat('x', 1000)") { $0.bind(number) }
      }
    }
    #expect(results.map { $0[0].int64(0) } == Array(0..<10_000))
  }
}
