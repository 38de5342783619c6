import Digest
import Foundation
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// Two schemas of one database, each with its own shop: neither knows of the other.
@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct CellTests {
  private let database: SchemaDatabase
  private let clock = ManualClock()

  init() throws { database = try SchemaDatabase() }

  private func address(_ items: String) throws -> PostgresAddress {
    try PostgresAddress(try SchemaDatabase.url(database: database.name, user: nil) + "?" + items)
  }

  private func open(_ items: String, migrates: Bool = true) throws -> PostgresStore {
    let configuration = PostgresConfiguration(
      address: try address(items), connectionsMax: 4, timeoutMilliseconds: 20_000,
      clock: { [clock] in clock.now })
    return try PostgresStore(configuration, migrates: migrates)
  }

  /// A coupon under a code, locked for one order and redeemed for another.
  private func trade(_ store: PostgresStore, code: String) async throws {
    let engine = try await EngineUnderTest(store: store, clock: clock)
    _ = try await engine.coupon(.percent(limits: UsageLimits(total: 2)), .of(code))
    let bought = try await engine.lock([code], order: "o-1", user: "ann")
    try await engine.submit(RedeemApplication(applicationID: bought.id))
    _ = try await engine.lock([code], order: "o-2", user: "ann")
    await engine.stop()
  }

  private func codes(_ store: PostgresStore) throws -> [String] {
    try store.coupons(CouponFilter(limit: 10), of: Tenant.ID(1)).flatMap { coupon in
      try store.codes(of: coupon.id, tenant: Tenant.ID(1), after: nil, limit: 10).map(\.grant.display)
    }
  }

  /// The log to its end, however long other tests' transactions keep it back.
  private func wholeLog(of store: PostgresStore) async throws -> [StoredEvent] {
    try await onThread {
      let count = try store.counts()[.event] ?? 0
      var events: [StoredEvent] = []
      while events.count < count {
        events += try store.events(EventFilter(after: events.last?.position ?? 0, limit: 1000))
      }
      return events
    }
  }

  @Test(arguments: ["schema=shop_us", "schema=shop_us&prepared=off", "schema=shop_us&citus=on", "schema=a"])
  func `two cells have their own tenants, codes, orders and log`(_ items: String) async throws {
    let first = try open("schema=shop_eu")
    defer { first.shutDown() }
    let second = try open(items)
    defer { second.shutDown() }
    try await trade(first, code: "SAME")
    let events = try await wholeLog(of: first)
    #expect(try second.tenants().isEmpty)
    #expect(try await wholeLog(of: second).isEmpty)
    try await trade(second, code: "SAME")
    #expect(try await wholeLog(of: first).map(\.hash) == events.map(\.hash))
    #expect(try await wholeLog(of: second).count == events.count && events.count > 5)
    #expect(try codes(first) == ["SAME"] && codes(second) == ["SAME"])
    for store in [first, second] { #expect(try AuditVerification(of: store).findings.isEmpty) }
    #expect(
      try database.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'scrip'") == 0,
      "nothing goes to the usual schema")
  }

  @Test func `what one cell announces the other does not hear`() throws {
    try database.migrator(schema: "shop_eu").up()
    let heard = Heard()
    let listener = try NotificationListener(
      address("schema=shop_eu"), onReconnect: {}, onNotification: { heard.note($0) })
    defer { listener.stop() }
    try eventually { listener.isListening }
    for items in ["schema=shop_us", "schema=scrip", "schema=shop_eu"] {
      _ = try PostgresConnection(address(items), deadline: .soon).rows("SELECT pg_notify('scrip.nodes', $1)")
      {
        $0.bind(items)
      }
    }
    try eventually { !heard.all.isEmpty }
    #expect(heard.all == ["schema=shop_eu"])
  }

  @Test func `one cell is migrated and dropped while the other is being migrated`() throws {
    let first = try database.migrator(schema: "shop_eu")
    var second = try database.migrator(schema: "shop_us")
    second.patience.migratorSeconds = 1
    try first.up()
    try first.migrating { [second] (_) throws(StoreFailure) in
      try second.up()
      try second.down(to: 0)
    }
    try first.requireUsable()
    #expect(throws: StoreFailure.self) { try second.requireUsable() }
  }

  @Test(arguments: ["schema=shop_us", "schema=shop_us&citus=on", "schema=a"])
  func `one cell is rebuilt beside the other, and leaves nothing behind`(_ items: String) async throws {
    let first = try open("schema=shop_eu")
    defer { first.shutDown() }
    let second = try open(items)
    defer { second.shutDown() }
    try await trade(first, code: "EU")
    try await trade(second, code: "US")
    let intruder = try PostgresConnection(address(items), deadline: .soon)
    try intruder.execute(script: "UPDATE scrip.coupon SET locked = 2; DELETE FROM scrip.code", .soon)
    do {
      let rebuild = try Rebuild(of: second)
      #expect(try second.differences(to: rebuild.scratch).map(\.table) == ["coupon", "code"])
      #expect(try first.differences(to: try Rebuild(of: first).scratch) == [])
      try second.adopt(rebuild.scratch)
    }
    #expect(try codes(first) == ["EU"] && codes(second) == ["US"])
    #expect(try second.differences(to: try Rebuild(of: second).scratch) == [])
    #expect(
      try database.number("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%scratch%'") == 0)
  }

  @Test(arguments: ["schema=shop_us", "schema=shop_us&citus=on"])
  func `one cell is copied into the other`(_ items: String) async throws {
    let first = try open("schema=shop_eu")
    defer { first.shutDown() }
    let second = try open(items)
    defer { second.shutDown() }
    try await trade(first, code: "MOVED")
    _ = try await onThread { try StoreCopy(from: first, to: second, pageSize: 3, patience: .seconds(60)) }
    #expect(try codes(second) == ["MOVED"])
    #expect(try await wholeLog(of: second).map(\.hash) == wholeLog(of: first).map(\.hash))
    // The next position is behind those that were copied.
    let engine = try await EngineUnderTest(store: second, clock: clock, seed: 2)
    _ = try await engine.coupon(.fixed(500), .of("NEXT"))
    await engine.stop()
    #expect(try AuditVerification(of: second).findings.isEmpty)
    #expect(try codes(first) == ["MOVED"])
  }

  @Test func `each cell knows its own identity key and tries writing in its own table`() throws {
    let first = try open("schema=shop_eu")
    defer { first.shutDown() }
    let second = try open("schema=shop_us")
    defer { second.shutDown() }
    let check = Hash256(bytes: Array(repeating: 7, count: 32))
    #expect(try first.keepIdentityCheck(try #require(check)) == check)
    let other = Hash256(bytes: Array(repeating: 8, count: 32))
    #expect(try second.keepIdentityCheck(try #require(other)) == other)
    try second.probe(.room)
    #expect(try database.number("SELECT count(*) FROM shop_eu.write_probe") == 0)
    #expect(try database.number("SELECT count(*) FROM shop_us.write_probe") == 1)
  }

  @Test func `settings of one cell open no rows of another`() throws {
    for schema in ["shop_eu", "shop_us"] {
      try database.migrator(schema: schema).up()
      try PostgresConnection(address("schema=\(schema)"), deadline: .soon).execute(
        script: """
          INSERT INTO scrip.tenant (tenant, name, rounding, percent_base, lock_seconds, head_sequence, head_hash)
          VALUES (1, 'shop', 'half_up', 'running', 900, 0, '')
          """, .soon)
    }
    let seen = try database.connect().roundTrip(.soon) { pipeline in
      pipeline.add("BEGIN")
      pipeline.add("SELECT set_config('shop_eu.tenants', '1', true), set_config('role', 'scrip_admin', true)")
      pipeline.add("SELECT (SELECT count(*) FROM shop_eu.tenant), (SELECT count(*) FROM shop_us.tenant)")
      pipeline.add("COMMIT")
    }
    #expect(seen[2][0].int64(0) == 1 && seen[2][0].int64(1) == 0)
  }

  @Test func `on Citus there are no policies, and only the service may touch the tables`() throws {
    let migrator = PostgresMigrator(address: try address("schema=shop_eu&citus=on"), clock: { clock.now })
    try migrator.up()
    #expect(try database.number("SELECT count(*) FROM pg_policies WHERE schemaname = 'shop_eu'") == 0)
    #expect(
      try database.number(
        """
        SELECT count(*) FROM pg_class AS c, unnest(ARRAY['scrip_report', 'scrip_admin', 'scrip_user']) AS role
        WHERE relnamespace = 'shop_eu'::regnamespace AND relkind = 'r' AND has_table_privilege(role, c.oid, 'SELECT')
        """) == 0)
    #expect(
      try database.number("SELECT has_table_privilege('scrip_app', 'shop_eu.coupon', 'UPDATE')::int::bigint")
        == 1)
    try migrator.down(to: 0)
    #expect(
      try database.number("SELECT count(*) FROM pg_proc WHERE pronamespace = 'shop_eu'::regnamespace") == 0)
  }

  @Test func `a word of SQL is refused as a schema's name, and nothing is made`() throws {
    let failure = #expect(throws: StoreFailure.self) { try database.migrator(schema: "order").up() }
    #expect(failure?.kind == .schema && failure?.message.contains("choose another one") == true)
    #expect(try database.number("SELECT count(*) FROM pg_namespace WHERE nspname = 'order'") == 0)
  }
}

/// What a listener has heard.
private final class Heard: Sendable {
  private let payloads = Mutex<[String]>([])
  var all: [String] { payloads.withLock { $0 } }
  func note(_ payload: String) { payloads.withLock { $0.append(payload) } }
}
