import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// Statements keep to what a Citus cluster takes for a schema that lives on one of its machines, as far as that can be
/// seen without one: taken from those that the server really prepared.
@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct StatementFormTests {
  /// What is known to be refused, or to go to another machine than the rows.
  private enum Fault: String {
    /// Several statements in one send, which then are one transaction on every machine.
    case severalStatements
    /// `setval` of what a query finds: the sequence is on one machine, the query's rows on another.
    case sequenceFromQuery
    /// An upsert that looks at another table to decide.
    case upsertLooksElsewhere
    /// A change by what a query about the same row finds.
    case changeByQuery
    case recursion
    /// Rows locked that no key was given for.
    case lockWithoutKey
    /// A function of ours that reads or writes tables by itself.
    case functionOverTables
  }

  /// What is known and stays, by a part of its text, and why.
  private static let exceptions: [(fault: Fault, part: String)] = [
    // An audit's read of the whole log. It ran on a cluster.
    (.recursion, "WITH RECURSIVE logged"),
    // A key, before it is known whose it is. It ran on a cluster.
    (.functionOverTables, "scrip.access_key_by_secret("),
    // All tenants, those that have something to give back, and those whose events a projection has not read: above
    // policies. The first two ran on a cluster.
    (.functionOverTables, "scrip.tenant_list("),
    (.functionOverTables, "scrip.tenants_to_tidy("),
    (.functionOverTables, "scrip.tenants_behind("),
    // Old answers of every tenant, from time to time: above policies. It ran on a cluster.
    (.functionOverTables, "scrip.forget_answers("),
  ]

  private let database: TestDatabase
  private let clock = ManualClock()

  init() throws { database = try TestDatabase() }

  private func open() throws -> PostgresStore {
    // One connection of each kind has prepared everything.
    try PostgresStore(
      PostgresConfiguration(
        address: try PostgresAddress(database.url), connectionsMax: 1, writersMax: 1,
        timeoutMilliseconds: 20_000, clock: { [clock] in clock.now }), migrates: false)
  }

  @Test func `no statement is of a form that a machine of a cluster refuses, but for those that are known`()
    async throws
  {
    let store = try open()
    defer { store.shutDown() }
    try await commandEverything(store)
    try askEverything(store)
    try store.transaction { (transaction) throws(StoreFailure) in
      _ = try transaction.forgetAnswers(before: Instant(microseconds: 0), max: 1)
    }
    var statements = try prepared(store.readers) + prepared(store.writers)
    statements += store.replacement(by: "scrip_scratch_1_a")
    statements += PostgresFoldedTable.all.flatMap { $0.comparison(of: "scrip", with: "scrip_scratch_1_a") }
    #expect(statements.count > 80)
    let functions = try functionsOverTables()
    #expect(functions.contains("tenant_list"))
    var used = Set<Int>()
    for statement in Set(statements) {
      for fault in faults(of: statement, functions) {
        let known = Self.exceptions.firstIndex { $0.fault == fault && statement.contains($0.part) }
        if let known { used.insert(known) } else { Issue.record("\(fault): \(statement)") }
      }
    }
    #expect(used == Set(Self.exceptions.indices), "an exception is of no use any more")
  }

  @Test func `the check sees what it looks for`() throws {
    let functions = try functionsOverTables()
    let cases: [(String, Fault)] = [
      ("SELECT 1; SELECT 2", .severalStatements),
      ("SELECT setval('scrip.event_position', max(position)) FROM scrip.event", .sequenceFromQuery),
      ("SELECT setval('scrip.event_position', (SELECT 1))", .sequenceFromQuery),
      (
        """
        INSERT INTO scrip.code AS c SELECT 1 ON CONFLICT (tenant) DO UPDATE SET used = 1
        WHERE (SELECT p.state FROM scrip.coupon AS p WHERE p.id = c.coupon_id) = 3
        """, .upsertLooksElsewhere
      ),
      ("UPDATE scrip.code SET used = (SELECT count(*) FROM scrip.usage)", .changeByQuery),
      ("WITH RECURSIVE r AS (SELECT 1) SELECT 1", .recursion),
      ("SELECT 1 FROM scrip.coupon FOR UPDATE", .lockWithoutKey),
      ("SELECT * FROM scrip.tenant_list()", .functionOverTables),
    ]
    for (statement, fault) in cases { #expect(faults(of: statement, functions) == [fault], "\(statement)") }
    #expect(faults(of: "SELECT 1 FROM scrip.coupon WHERE tenant = $1 FOR UPDATE", functions) == [])
    #expect(faults(of: "SELECT setval('scrip.event_position', $1)", functions) == [])
  }

  private func faults(of statement: String, _ functions: [String]) -> [Fault] {
    var faults: [Fault] = []
    func check(_ fault: Fault, _ isFound: Bool) { if isFound { faults.append(fault) } }
    check(.severalStatements, statement.contains(/;\s*\S/))
    check(.sequenceFromQuery, statement.contains(/setval\([^)]*(?:SELECT|max\()/))
    check(.upsertLooksElsewhere, statement.contains(/ON CONFLICT(?s:.*)WHERE(?s:.*)SELECT(?s:.*)FROM scrip/))
    check(.changeByQuery, statement.contains(/UPDATE scrip\.\w+(?: AS \w+)? SET[^;]*?= \(SELECT/))
    check(.recursion, statement.contains("RECURSIVE"))
    check(
      .lockWithoutKey, statement.contains(/FOR (?:NO KEY )?(?:UPDATE|SHARE)/) && !statement.contains("tenant")
    )
    check(.functionOverTables, functions.contains { statement.contains("scrip.\($0)(") })
    return faults
  }

  /// What a pool's only connection has prepared.
  private func prepared(_ pool: ConnectionPool) throws -> [String] {
    try pool.withConnection(.after(milliseconds: 20_000)) { (connection) throws(StoreFailure) in
      let rows = try connection.roundTrip(.after(milliseconds: 20_000)) {
        $0.add("SELECT statement FROM pg_prepared_statements WHERE statement ~ '\\mscrip\\.'")
      }
      return rows[0].map { $0.text(0) }
    }
  }

  /// The schema's functions that name a table of it.
  private func functionsOverTables() throws -> [String] {
    let connection = try PostgresConnection(try PostgresAddress(database.url), deadline: .soon)
    return try connection.rows(
      """
      SELECT DISTINCT proname::text FROM pg_proc JOIN pg_class ON relnamespace = pronamespace AND relkind = 'r'
      WHERE pronamespace = 'scrip'::regnamespace AND prosrc ~ ('(FROM|JOIN|INTO|UPDATE) scrip\\.' || relname || '\\M')
      """
    ).map { $0.text(0) }
  }

  /// Has every kind of command decided that leads to another statement.
  private func commandEverything(_ store: PostgresStore) async throws {
    let engine = try await EngineUnderTest(store: store, clock: clock)
    let id = try await engine.coupon(
      .percent(limits: UsageLimits(total: 50, perUser: 9)), .of("TEN"), .of("ANN-10", owner: "ann"))
    _ = try await engine.coupon(.fixed(500), .of("FIVE"))
    let redeemed = try await engine.lock(["TEN", "FIVE"], order: "o-1", user: "ann")
    try await engine.submit(RedeemApplication(applicationID: redeemed.id), key: "k-1")
    try await engine.submit(RestoreApplication(applicationID: redeemed.id, cause: .canceled))
    let released = try await engine.lock(["FIVE"], order: "o-2")
    try await engine.submit(ExtendApplication(applicationID: released.id))
    try await engine.submit(ReleaseApplication(applicationID: released.id))
    try await engine.submit(UpdateCoupon(couponID: id, terms: .percent(limits: UsageLimits(total: 40))))
    try await engine.submit(ChangeSettings(TenantSettingsChange(lockSeconds: 77)))
    try await engine.submit(
      CreateKey(role: .admin, name: "key", secretHash: Array(repeating: 3, count: 32), secret: "secret"))
    try await engine.submit(ChangeCouponState(couponID: id, step: .disable(reason: "", revokesLocks: true)))
    await engine.stop()
  }
}
