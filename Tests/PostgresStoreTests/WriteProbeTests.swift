import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct WriteProbeTests {
  private static func settingReadOnly(_ value: String) -> String {
    """
    BEGIN READ WRITE;
    DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = \(value)', current_database());
    END $$;
    COMMIT;
    """
  }

  @Test func `a database that takes no writes is a reason to come back, and writes again by itself`() throws {
    let database = try TestDatabase()
    try database.run(script: Self.settingReadOnly("on"))
    let store = try database.store()
    defer { store.shutDown() }
    func forget() throws {
      _ = try store.transaction { (transaction) throws(StoreFailure) in
        try transaction.forgetAnswers(before: transaction.now, max: 1)
      }
    }
    for work in [forget, { try store.probe(.row) }, { try store.probe(.room) }] {
      let failure = #expect(throws: StoreFailure.self, performing: work)
      #expect(failure?.kind == .unavailable && failure?.code == "25006")
    }
    try database.run(script: Self.settingReadOnly("off"))
    try forget()
    try store.probe(.row)
    try store.probe(.room)
  }

  @Test func `a probe for room begins a new file, one row does not`() throws {
    let database = try TestDatabase()
    let store = try database.store()
    defer { store.shutDown() }
    let connection = try PostgresConnection(try PostgresAddress(database.url), deadline: .soon)
    func number(_ sql: StatementText) throws -> Int64 { try connection.value(sql) }
    var files: [Int64] = []
    for size in [ProbeSize.row, .row, .room, .room, .row] {
      try store.probe(size)
      files.append(try number("SELECT pg_relation_filenode('scrip.write_probe')::bigint"))
      if size == .room {
        #expect(try number("SELECT pg_total_relation_size('scrip.write_probe')") >= Int64(size.bytes))
      }
    }
    #expect(files[0] == files[1] && files[3] == files[4])
    #expect(Set(files).count == 3)
    #expect(try number("SELECT count(*) FROM scrip.write_probe") == 1)
  }

  @Test func `a table that finds no room makes a node not ready, whatever trials say`() async throws {
    let database = try TestDatabase()
    let engine = try await EngineUnderTest(store: database.store(), clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    try database.run(
      script: """
        CREATE FUNCTION scrip.no_room() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON scrip.coupon
          FOR EACH STATEMENT EXECUTE FUNCTION scrip.no_room();
        """)
    let committer = engine.engine.committer
    #expect(await committer.checkWriting(afterIdle: .zero) == nil, "nobody has tried it")
    await #expect(throws: CommandFailure.self) { try await engine.apply(["TEN"], order: "o-1") }
    try engine.engine.store.probe(.room)
    for _ in 1...2 { #expect(await committer.checkWriting()?.kind == .full) }
    // What is written elsewhere proves nothing.
    _ = try await engine.apply(["UNKNOWN"], order: "o-2")
    #expect(await committer.checkWriting()?.kind == .full)
    try database.run(script: "DROP TRIGGER no_room ON scrip.coupon")
    _ = try await engine.apply(["TEN"], order: "o-1")
    #expect(await committer.checkWriting() == nil)
    await engine.stop()
  }
}
