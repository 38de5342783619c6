import Foundation
import Ledger
import Promotions
import Synchronization
import Testing

@testable import PostgresStore

@Suite(.enabled(if: SchemaDatabase.server != nil)) struct MigratorTests {
  let database: SchemaDatabase
  let migrator: PostgresMigrator
  /// A program that knows more steps than the one at hand, whose last real step is `real`.
  let later: PostgresMigrator
  let real = PostgresSchema.current.newest
  let everyStep = Array(1...PostgresSchema.current.newest)
  let everyLaterStep = Array(1...PostgresSchema.later.newest)

  init() throws {
    database = try SchemaDatabase()
    migrator = try database.migrator()
    later = try database.migrator(known: .later)
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
      INSERT INTO scrip.event (tenant, position, stream_kind, stream, sequence, type, at, actor, payload, hash, settled_after)
        VALUES (1, nextval('scrip.event_position'), 1, '01890a5d-ac96-774b-bcce-b302099a8057', 1, 'CouponCreated', 0,
          'system', '{}', '', scrip.next_transaction());
      """)
  }

  @Test func `steps are numbered from one on without gaps`() {
    #expect(PostgresSchema.current.steps.map(\.step) == everyStep)
    #expect(everyStep.contains(PostgresSchema.current.oldestUsable))
  }

  @Test func `steps are taken, taken back and taken again around the rows that are there`() throws {
    #expect(try later.up().map(\.number) == everyLaterStep)
    #expect(try later.up().isEmpty)
    try addRows()
    #expect(try later.down(to: real).map(\.number) == [real + 3, real + 2, real + 1])
    #expect(try database.number("SELECT count(*) FROM scrip.event") == 1)
    #expect(try later.up().map(\.number) == [real + 1, real + 2, real + 3])
    #expect(try database.number("SELECT count(*) FROM scrip.coupon_report") == 1)
    #expect(try database.number("SELECT count(*) FROM scrip.note_report WHERE note = ''") == 1)
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
        + (SELECT count(*) FROM pg_type WHERE typnamespace = 'scrip'::regnamespace AND typname NOT LIKE '%schema_version')
        + (SELECT count(*) FROM scrip.schema_version)
      """)
    #expect(left == 0)
    #expect(try migrator.up().map(\.number) == everyStep)
  }

  @Test func `a step says when it was taken, and one that is missing says so`() throws {
    #expect(try later.status().map(\.appliedAt?.microseconds) == everyLaterStep.map { _ in nil })
    try later.up(to: real + 1)
    let taken: Int64? = 1_700_000_000_000_000
    #expect(
      try later.status().map(\.appliedAt?.microseconds) == everyLaterStep.map { $0 <= real + 1 ? taken : nil }
    )
    #expect(try later.status().map(\.name) == PostgresSchema.later.steps.map(\.name))
  }

  @Test(arguments: [0, PostgresSchema.current.newest + 1])
  func `of two migrators at once one takes each step`(_ first: Int64) throws {
    try later.up(to: first)
    let taken = Mutex<[Int64]>([])
    let failures = Mutex<[String]>([])
    let done = DispatchGroup()
    for _ in 0..<2 {
      done.enter()
      Thread.detachNewThread { [later] in
        do {
          let steps = try later.up().map(\.number)
          taken.withLock { $0 += steps }
        } catch { failures.withLock { $0.append("\(error)") } }
        done.leave()
      }
    }
    done.wait()
    #expect(failures.withLock(\.self) == [])
    #expect(taken.withLock { $0.sorted() } == everyLaterStep.filter { $0 > first })
  }

  @Test func `an index whose building was broken off is built anew`() throws {
    try later.up(to: real + 1)
    try database.run(
      """
      CREATE INDEX coupon_noted ON scrip.coupon (tenant, note);
      UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'scrip.coupon_noted'::regclass;
      """)
    #expect(try later.up(to: real + 2).map(\.number) == [real + 2])
    #expect(
      try database.number(
        "SELECT count(*) FROM pg_index WHERE indexrelid = 'scrip.coupon_noted'::regclass AND indisvalid"
      ) == 1)
  }

  @Test func `a program works with every step from the one that it needs on`() throws {
    for step in everyLaterStep {
      try later.up(to: step)
      if step >= PostgresSchema.later.oldestUsable {
        try later.requireUsable()
      } else {
        let failure = #expect(throws: StoreFailure.self) { try later.requireUsable() }
        #expect(failure?.kind == .schema)
        #expect(failure?.message.contains("migrate up") == true)
      }
    }
  }

  @Test func `facts are written in the forms of the oldest program that may start`() throws {
    for step in everyLaterStep where step >= PostgresSchema.later.oldestUsable {
      try later.up(to: step)
      let oldest = PostgresSchema.later.steps.filter { $0.step <= step }.map(\.oldestProgram).max()
      #expect(try later.requireUsable().number == oldest)
    }
  }

  @Test func `a program works with every step that it does not know and that lets it`() throws {
    for step in everyLaterStep {
      try later.up(to: step)
      let lets = PostgresSchema.later.steps.filter { $0.step <= step }.allSatisfy { $0.oldestProgram <= real }
      if lets && step >= PostgresSchema.current.oldestUsable {
        try migrator.makeUsable()
        #expect(try migrator.up().isEmpty)
      } else {
        let failure = #expect(throws: StoreFailure.self) { try migrator.makeUsable() }
        #expect(failure?.kind == .schema)
        #expect(failure?.message.contains("a newer program is needed") == true)
      }
    }
  }

  @Test func `a service starts while somebody else builds what it can do without`() throws {
    try later.up(to: PostgresSchema.later.oldestUsable)
    var hasty = later
    hasty.patience.migratorSeconds = 0
    _ = try later.migrating { (_) throws(StoreFailure) in try hasty.makeUsable() }
    try later.down(to: real)
    let failure = #expect(throws: StoreFailure.self) {
      try later.migrating { (_) throws(StoreFailure) in try hasty.makeUsable() }
    }
    #expect(failure?.message.contains("another migration") == true)
    try hasty.makeUsable()
    #expect(try later.status().allSatisfy { $0.appliedAt != nil })
  }

  @Test func `a newer schema is refused unless it says that older programs can work with it`() throws {
    try later.up(to: real + 2)
    try migrator.makeUsable()
    #expect(try migrator.status().map(\.number) == everyStep + [real + 1, real + 2])
    #expect(try migrator.up().isEmpty)
    let refusal = #expect(throws: StoreFailure.self) { try migrator.down(to: 0) }
    #expect(refusal?.kind == .schema)

    try later.up()
    let failure = #expect(throws: StoreFailure.self) { try migrator.requireUsable() }
    #expect(failure?.kind == .schema)
    #expect(failure?.message.contains("a newer program is needed") == true)
  }

  @Test func `the schema stands in two schemas beside each other`() throws {
    try migrator.up()
    try addRows()
    let scratch = try database.migrator(schema: "scratch")
    #expect(try scratch.up().map(\.number) == everyStep)
    #expect(try database.number("SELECT count(*) FROM scratch.event") == 0)
    #expect(try database.number("SELECT count(*) FROM scrip.event") == 1)
    #expect(try scratch.down(to: 0).map(\.number) == everyStep.reversed())
    #expect(try database.number("SELECT count(*) FROM scrip.event_report") == 1)
  }
}
