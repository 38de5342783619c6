import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct RebuildTests {
  private let database: TestDatabase
  private let store: PostgresStore
  private let clock = ManualClock()
  private let intruder: EventWriter

  init() throws {
    database = try TestDatabase()
    store = try database.store { [clock] in clock.now }
    intruder = try EventWriter(database)
  }

  /// Two coupons with a lock, a redemption, a release and a restored order.
  private func withHistory(_ body: (EngineUnderTest, Coupon.ID) async throws -> Void) async throws {
    let engine = try await EngineUnderTest(store: store, clock: clock)
    let id = try await engine.coupon(
      .percent(limits: UsageLimits(total: 50, perUser: 9)), .of("TEN"), .of("ANN-10", owner: "ann"))
    _ = try await engine.coupon(.fixed(500), .of("FIVE"))
    _ = try await engine.lock(["TEN", "FIVE"], order: "o-1", user: "ann")
    let redeemed = try await engine.lock(["TEN"], order: "o-2", user: "ann")
    try await engine.submit(RedeemApplication(applicationID: redeemed.id))
    let released = try await engine.lock(["FIVE"], order: "o-3")
    try await engine.submit(ReleaseApplication(applicationID: released.id))
    try await body(engine, id)
    await engine.stop()
  }

  private func schemas() throws -> [String] {
    try intruder.rows(
      "SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'scrip\\_scratch%' ORDER BY nspname"
    ).map { $0.text(0) }
  }

  @Test func `the tables are what the log says`() async throws {
    try await withHistory { (_, _) async throws in
      #expect(try store.differences(to: Rebuild(of: store, pageSize: 4).scratch) == [])
    }
  }

  @Test func `rows that the log does not explain are found and put right`() async throws {
    try await withHistory { (engine, id) async throws in
      try intruder.run(
        """
        UPDATE scrip.coupon SET locked = 40 WHERE redeemed = 1;
        UPDATE scrip.counter SET used = 7;
        DELETE FROM scrip.code WHERE canonical = 'ANN-10';
        UPDATE scrip.usage SET total = total + 1 WHERE order_id = 'o-2';
        CREATE TEMPORARY TABLE another AS SELECT * FROM scrip.usage WHERE order_id = 'o-3';
        UPDATE another SET coupon_id = gen_random_uuid(), id = gen_random_uuid(), is_first = false;
        INSERT INTO scrip.usage SELECT * FROM another;
        DROP TABLE another;
        INSERT INTO scrip.access_key (tenant, id, created_at, role, name, secret_hash)
        SELECT 1, gen_random_uuid(), 1, 0, 'intruder ' || n, decode(md5(n::text), 'hex') FROM generate_series(1, 12) AS n;
        """)
      let rebuild = try Rebuild(of: store)
      let differences = try store.differences(to: rebuild.scratch)
      #expect(
        differences.map(\.table) == ["coupon", "code", "counter", "usage", "access_key"])
      #expect(differences.map(\.missing) == [1, 1, 1, 1, 0])
      #expect(differences.map(\.unexplained) == [1, 0, 1, 2, 12])
      #expect(differences[1].samples == ["missing: tenant 1 code ANN-10"])
      #expect(differences[4].samples.count == 10)
      let hex = String(id.value, radix: 16)
      let coupon = "tenant 1 coupon " + String(repeating: "0", count: 32 - hex.count) + hex
      #expect(differences[0].samples == ["missing: \(coupon)", "unexplained: \(coupon)"])

      try store.adopt(rebuild.scratch)
      #expect(try store.differences(to: rebuild.scratch) == [])
      #expect(try await engine.uses(id) == UseCounts(locked: 1, redeemed: 1))
      #expect(try await engine.lock(["ANN-10"], order: "o-4", user: "ann").usages.count == 1)
    }
  }

  @Test func `history is as protected behind a rebuild as before it`() async throws {
    try await withHistory { (_, _) async throws in
      try store.adopt(Rebuild(of: store, pageSize: 4).scratch)
      for statement in ["DELETE FROM scrip.usage", "DELETE FROM scrip.event"] {
        #expect(throws: StoreFailure.self) { try intruder.run(statement) }
      }
      #expect(try intruder.rows("SELECT FROM scrip.usage").count == 4)
    }
  }

  @Test func `tables are not replaced by those of an older log`() async throws {
    try await withHistory { (engine, id) async throws in
      let rebuild = try Rebuild(of: store)
      _ = try await engine.lock(["TEN"], order: "o-9")
      let before = try await engine.uses(id)
      #expect { try store.adopt(rebuild.scratch) } throws: {
        ($0 as? StoreFailure)?.kind == .refusedByDatabase
      }
      #expect(try await engine.uses(id) == before)
    }
  }

  @Test func `a scratch schema goes with its store, and those of killed processes a day later`() throws {
    try intruder.run(
      """
      CREATE SCHEMA scrip_scratch_1000000000_killed;
      CREATE TABLE scrip_scratch_1000000000_killed.coupon (id uuid);
      CREATE SCHEMA scrip_scratch_4000000000_running;
      CREATE SCHEMA scrip_scratch_of_somebody_else;
      """)
    let others = ["scrip_scratch_4000000000_running", "scrip_scratch_of_somebody_else"]
    var scratch: (any PromotionStore)? = try store.makeScratch()
    let name = try #require((scratch as? PostgresStore)?.schema)
    #expect(try schemas() == ([name] + others).sorted())
    scratch = nil
    #expect(try schemas() == others)
  }

  @Test func `who does not own the tables is told so, and sees no empty log`() async throws {
    try await withHistory { (_, _) async throws in
      let role = "scrip_test_reader_\(UInt64.random(in: 0...UInt64.max))"
      try intruder.run(
        """
        CREATE ROLE \(role) LOGIN;
        GRANT USAGE ON SCHEMA scrip TO \(role);
        GRANT SELECT ON ALL TABLES IN SCHEMA scrip TO \(role);
        GRANT scrip_app TO \(role);
        """)
      defer { #expect(throws: Never.self) { try intruder.run("DROP OWNED BY \(role); DROP ROLE \(role)") } }
      let reader = try PostgresStore(
        PostgresConfiguration(address: try PostgresAddress(database.url(as: role))), migrates: false)
      defer { reader.shutDown() }
      #expect(throws: StoreFailure.self) { try AuditVerification(of: reader) }
      #expect(throws: StoreFailure.self) { try reader.events(EventFilter(limit: 10)) }
      #expect(throws: StoreFailure.self) { try reader.differences(to: store.makeScratch()) }
      // What the service itself does needs no more than its role.
      #expect(try reader.coupons(CouponFilter(limit: 10), of: Tenant.ID(1)).count == 2)
      #expect(try reader.tenants().count == 1)
    }
  }
}

extension TestDatabase {
  /// The URL with another user.
  fileprivate func url(as user: String) -> String {
    guard let host = url.firstRange(of: "@")?.upperBound else { return url }
    return "postgres://\(user)@\(url[host...])"
  }
}
