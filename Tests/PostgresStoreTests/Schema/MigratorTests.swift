import Engine
import Foundation
import Synchronization
import Testing

@testable import PostgresStore

@Suite(.enabled(if: SchemaDatabase.server != nil)) struct MigratorTests {
  let database: SchemaDatabase
  let migrator: PostgresMigrator
  let everyStep = Array(1...PostgresMigration.newest)

  init() throws {
    database = try SchemaDatabase()
    migrator = try database.migrator()
  }

  private func addRows() throws {
    try database.run(
      """
      INSERT INTO scrip.tenant (tenant, name, rounding, percent_base, lock_seconds, head_sequence, head_hash)
        VALUES (1, 'shop', 'half_up', 'running', 900, 0, '');
      INSERT INTO scrip.coupon (tenant, id, state, revokes_locks, version, locked, redeemed, head_sequence, head_hash,
        created_at, updated_at)
        VALUES (1, '01890a5d-ac96-774b-bcce-b302099a8057', 1, false, 1, 0, 0, 0, '', 0, 0);
      INSERT INTO scrip.coupon_version (tenant, coupon_id, version, terms)
        VALUES (1, '01890a5d-ac96-774b-bcce-b302099a8057', 1, '{"name": "Ten off"}');
      INSERT INTO scrip.event (tenant, position, stream, sequence, type, at, actor, payload, hash, settled_after)
        VALUES (1, nextval('scrip.event_position'), '01890a5d-ac96-774b-bcce-b302099a8057', 1, 'CouponCreated', 0,
          'system', '{}', '', scrip.next_transaction());
      """)
  }

  @Test func `steps are numbered from one on without gaps`() {
    #expect(PostgresMigration.all.map(\.step) == everyStep)
  }

  @Test func `steps are taken, taken back and taken again around the rows that are there`() throws {
    #expect(try migrator.up().map(\.number) == everyStep)
    #expect(try migrator.up().isEmpty)
    try addRows()
    #expect(try migrator.down(to: 2).map(\.number) == everyStep.dropFirst(2).reversed())
    #expect(try database.number("SELECT count(*) FROM scrip.event") == 1)
    #expect(try migrator.up().map(\.number) == Array(everyStep.dropFirst(2)))
    #expect(try database.number("SELECT count(*) FROM scrip.coupon_report") == 1)
  }

  @Test func `taking everything back leaves nothing but the empty list of steps`() throws {
    try migrator.up()
    try addRows()
    #expect(try migrator.down(to: 0).map(\.number) == everyStep.reversed())
    let left = try database.number(
      """
      SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'scrip'::regnamespace AND relname <> 'schema_version'
          AND relname <> 'schema_version_pkey')
        + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'scrip'::regnamespace)
        + (SELECT count(*) FROM scrip.schema_version)
      """)
    #expect(left == 0)
    #expect(try migrator.up().map(\.number) == everyStep)
  }

  @Test func `a step says when it was taken, and one that is missing says so`() throws {
    #expect(try migrator.status().map(\.appliedAt?.microseconds) == everyStep.map { _ in nil })
    try migrator.up(to: 4)
    let taken: Int64? = 1_700_000_000_000_000
    #expect(
      try migrator.status().map(\.appliedAt?.microseconds) == everyStep.map { $0 <= 4 ? taken : nil })
    #expect(try migrator.status().map(\.name) == PostgresMigration.all.map(\.name))
  }

  @Test(arguments: [0, 5] as [Int64]) func `of two migrators at once one takes each step`(_ first: Int64)
    throws
  {
    try migrator.up(to: first)
    let taken = Mutex<[Int64]>([])
    let failures = Mutex<[String]>([])
    let done = DispatchGroup()
    for _ in 0..<2 {
      done.enter()
      Thread.detachNewThread { [migrator] in
        do {
          let steps = try migrator.up().map(\.number)
          taken.withLock { $0 += steps }
        } catch { failures.withLock { $0.append("\(error)") } }
        done.leave()
      }
    }
    done.wait()
    #expect(failures.withLock(\.self) == [])
    #expect(taken.withLock { $0.sorted() } == everyStep.filter { $0 > first })
  }

  @Test func `an index whose building was broken off is built anew`() throws {
    try migrator.up(to: 5)
    try database.run(
      """
      CREATE INDEX application_by_time ON scrip.application (locked_at);
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'scrip.application_by_time'::regclass;
      """)
    #expect(try migrator.up(to: 6).map(\.number) == [6])
    #expect(
      try database.number(
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'scrip.application_by_time'::regclass AND indisvalid"
      ) == 1)
  }

  @Test func `a program works with every step from the one that it needs on`() throws {
    for step in everyStep {
      try migrator.up(to: step)
      if step >= PostgresMigration.oldestUsable {
        try migrator.requireUsable()
      } else {
        let failure = #expect(throws: StoreFailure.self) { try migrator.requireUsable() }
        #expect(failure?.kind == .schema)
        #expect(failure?.message.contains("migrate up") == true)
      }
    }
  }

  @Test func `a service starts while somebody else builds what it can do without`() throws {
    try migrator.up(to: PostgresMigration.oldestUsable)
    var hasty = migrator
    hasty.patience.migratorSeconds = 0
    try migrator.migrating { (_) throws(StoreFailure) in try hasty.makeUsable() }
    try migrator.down(to: 3)
    let failure = #expect(throws: StoreFailure.self) {
      try migrator.migrating { (_) throws(StoreFailure) in try hasty.makeUsable() }
    }
    #expect(failure?.message.contains("another migration") == true)
    try hasty.makeUsable()
    #expect(try migrator.status().allSatisfy { $0.appliedAt != nil })
  }

  @Test func `a newer schema is refused unless it says that older programs can work with it`() throws {
    try migrator.up()
    let next = PostgresMigration.newest + 1
    try database.run("INSERT INTO scrip.schema_version VALUES (\(next), 'a wider report', 0, \(next - 1))")
    try migrator.makeUsable()
    #expect(try migrator.status().map(\.number) == everyStep + [next])
    #expect(try migrator.up().isEmpty)
    let refusal = #expect(throws: StoreFailure.self) { try migrator.down(to: 0) }
    #expect(refusal?.kind == .schema)

    try database.run("INSERT INTO scrip.schema_version VALUES (\(next + 1), 'another key', 0, \(next + 1))")
    let failure = #expect(throws: StoreFailure.self) { try migrator.requireUsable() }
    #expect(failure?.kind == .schema)
    #expect(failure?.message.contains("a newer program is needed") == true)
  }

  @Test func `a scratch copy of the tables stands beside the store's own`() throws {
    try migrator.up()
    try addRows()
    let scratch = try database.migrator(schema: "scratch")
    #expect(try scratch.up(to: PostgresMigration.guards.step).map(\.number) == [1, 2])
    #expect(try database.number("SELECT count(*) FROM scratch.event") == 0)
    #expect(try database.number("SELECT count(*) FROM scrip.event") == 1)
  }
}
