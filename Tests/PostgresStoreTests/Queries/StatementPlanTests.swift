import JSON
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// Every statement that lists or loads finds its rows by an index: taken from those that the server really prepared.
@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct StatementPlanTests {
  /// What is known to read more than it shows, by a part of its text, and why.
  private static let exceptions: [(part: String, reads: Set<String>)] = [
    // A list of all tenants has no pages.
    ("scrip.tenant_list()", ["Seq Scan of tenant"]),
    // The first entries of an index, and from there on the next: one row each.
    ("WITH RECURSIVE logged", ["scans an index of event"]),
    // One row, found by its position.
    ("WHERE tenant = $1 AND position = $3 AND stream = $2", ["filters stream"]),
    // A tenant has a handful of keys.
    ("count(*) FROM scrip.access_key", ["filters role"]),
  ]

  private let database: TestDatabase

  init() throws {
    database = try TestDatabase()
    try EventWriter(database).fill()
  }

  @Test func `every statement of a list or a load finds its rows by an index`() throws {
    let store = try database.store()
    defer { store.shutDown() }
    try askEverything(store)
    let plans = try store.readers.withConnection(.after(milliseconds: 20_000)) {
      (connection) throws(StoreFailure) in
      try StatementPlan.all(of: connection)
    }
    #expect(plans.count > 20)
    for plan in plans {
      let reads = plan.reads.filter { !Self.isKnown($0, of: plan) }
      #expect(reads == [], "\(plan.sql)\n\(plan.text)")
    }
  }

  @Test func `a plan that was made while usages were few does not go through all of a tenant's`() async throws
  {
    let empty = try TestDatabase()
    let store = try empty.store()
    defer { store.shutDown() }
    let shop = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await shop.coupon(.percent(), .of("SAVE"))
    _ = try await shop.lock(["SAVE"], order: "o-1")
    await shop.stop()
    let plans = try store.writers.withConnection(.after(milliseconds: 20_000)) {
      (connection) throws(StoreFailure) in
      try StatementPlan.all(of: connection)
    }
    #expect(plans.contains { $0.text.contains("application_id = ") })
    for plan in plans {
      let filters = plan.text.split(separator: "\n").filter {
        $0.contains("Filter") && $0.contains("application_id = ")
      }
      #expect(filters == [], "\(plan.text)")
    }
  }

  private static func isKnown(_ read: String, of plan: StatementPlan) -> Bool {
    let words: String = plan.words
    return exceptions.contains { exception in
      words.contains(exception.part) && exception.reads.contains(read)
    }
  }

  @Test func `the check sees a scan, and a filter that no index helps with`() throws {
    let store = try database.store()
    defer { store.shutDown() }
    let plans = try store.query(of: [Tenant.ID(1)]) { (transaction) throws(StoreFailure) in
      _ = try transaction.rows("SELECT 1 FROM scrip.coupon WHERE locked = $1") { $0.bind(1) }
      _ = try transaction.rows("SELECT 1 FROM scrip.coupon WHERE tenant = $1 AND id = $2 AND locked = $3") {
        $0.bind(Tenant.ID(1))
        $0.bind(Coupon.ID(1))
        $0.bind(1)
      }
      return transaction.connection
    }
    let reads = try StatementPlan.all(of: plans).filter { $0.sql.contains("locked = ") }.map(\.reads)
    #expect(reads.contains(["filters locked"]))
    #expect(reads.contains { $0.contains { $0 == "Seq Scan of coupon" || $0 == "scans an index of coupon" } })
  }
}

/// The plan of one prepared statement.
private struct StatementPlan {
  let sql: String
  let text: String

  /// The plans of all that a connection has prepared and that reads tables.
  static func all(of connection: PostgresConnection) throws(StoreFailure) -> [StatementPlan] {
    let deadline = Deadline.after(milliseconds: 20_000)
    try connection.execute(script: planner, deadline)
    let results = try connection.roundTrip(deadline) { pipeline in
      pipeline.add(
        """
        SELECT statement, pg_temp.plan_of(statement, parameter_types::text[]) FROM pg_prepared_statements
        WHERE statement ~ '^\\s*(SELECT|WITH)' AND statement ~ '\\mscrip\\.' AND statement !~ 'pg_temp'
        """)
    }
    return results[0].map { StatementPlan(sql: $0.text(0), text: $0.text(1)) }
  }

  /// Plans a statement as it is planned for every use, without values.
  private static let planner = """
    CREATE OR REPLACE FUNCTION pg_temp.plan_of(p_sql text, p_types text[]) RETURNS text LANGUAGE plpgsql AS $$
    DECLARE
      found json;
      types text := CASE WHEN cardinality(p_types) > 0 THEN '(' || array_to_string(p_types, ',') || ')' ELSE '' END;
      nothing text := regexp_replace(types, '[^(),]+', 'NULL', 'g');
    BEGIN
      PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
      -- A table without rows is read as a whole otherwise.
      PERFORM set_config('enable_seqscan', 'off', true);
      EXECUTE 'PREPARE asked' || types || ' AS ' || p_sql;
      EXECUTE 'EXPLAIN (FORMAT JSON) EXECUTE asked' || nothing INTO found;
      EXECUTE 'DEALLOCATE asked';
      RETURN found::text;
    END $$
    """

  var words: String { sql.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

  /// What the plan reads beyond what the statement names.
  var reads: [String] {
    guard let root = try? JSONDocument(parsing: Array(text.utf8)).root[0]?["Plan"] else { return ["no plan"] }
    var found: [String] = []
    visit(root, &found)
    return found
  }

  private func visit(_ node: JSONNode, _ found: inout [String]) {
    let kind = node["Node Type"]?.string() ?? ""
    let table = node.member(named: "Relation Name")?.string() ?? ""
    if kind == "Seq Scan" { found.append("Seq Scan of \(table)") }
    if kind == "Index Scan" || kind == "Index Only Scan" || kind == "Bitmap Index Scan",
      node.member(named: "Index Cond") == nil
    {
      found.append("scans an index of \(table)")
    }
    let filter = node["Filter"]?.string() ?? ""
    if kind.hasSuffix("Scan"), !table.isEmpty {
      for match in filter.matches(of: /(?:^|AND )\(*(?:\w+\.)?(\w+) = \$\d+\)/) {
        found.append("filters \(match.1)")
      }
    }
    node["Plans"]?.forEachElement { visit($0, &found) }
  }
}

/// Asks a store for everything that it can list and load, with every condition that leads to another statement.
func askEverything(_ store: PostgresStore) throws {
  let tenant = Tenant.ID(1)
  let id = Coupon.ID(0xC0 << 120 | 78)
  let filters = [
    CouponFilter(limit: 10), CouponFilter(state: .active, limit: 10),
    CouponFilter(code: .of("CODE-77-1"), limit: 10),
    CouponFilter(owner: "user-7", limit: 10), CouponFilter(sellerID: "seller", limit: 10),
    CouponFilter(activeAt: Instant(microseconds: 0), limit: 10), CouponFilter(after: id, limit: 10),
  ]
  for filter in filters { _ = try store.coupons(filter, of: tenant) }
  for event in [nil, tenant] {
    for stream in [nil, StreamID.tenant, .coupon(id)] {
      _ = try store.events(EventFilter(tenant: event, stream: stream, limit: 10))
    }
  }
  _ = try (
    store.tenants(), store.tenantIDs(), store.accessKeys(of: tenant), store.statistics(of: id, tenant: tenant)
  )
  _ = try store.codes(of: id, tenant: tenant, after: nil, limit: 10)
  _ = try store.wallet(WalletFilter(userID: "user-7", limit: 10), of: tenant)
  _ = try store.accessKey(secretHash: .zero)
  try store.forEachHead { (_, _, _) throws(StoreFailure) in }
  _ = try store.log(after: 0, limit: 10)
  _ = try store.tenantsToTidy(at: Instant(microseconds: 0))
  _ = try store.find(TenantsBehind(CouponUses.self))
  _ = try store.find(MailTemplatesOfTenant(of: tenant, limit: 10))
  let webhook = Owned(tenant, Webhook.ID(1))
  for state in [WebhookDelivery.State.waiting, nil] {
    _ = try store.find(WebhookDeliveries(of: webhook, state: state, limit: 10))
  }
  _ = try store.find(DueWebhookDeliveries(of: webhook, .event, at: .latest, limit: 10))
  _ = try store.find(WebhookReplays(of: webhook))
  _ = try store.find(PositionOfEvent(of: tenant, stream: .tenant, sequence: 1))
  _ = try store.find(MessagesOfTenant(of: tenant, .dead, limit: 10))
  _ = try store.find(OldMessages(of: tenant, before: .latest, limit: 10))
  _ = try store.find(FraudCasesOfTenant(of: tenant, .open, limit: 10))
  _ = try store.find(FraudReviewsOfTenant(of: tenant))
  for kind in [LockFilter.Kind.expired(at: Instant(microseconds: 0)), .revoked] {
    _ = try store.locks(LockFilter(tenant: tenant, kind: kind, limit: 10))
  }
  let pattern = try #require(CodePattern("GEN-######")?.skeleton)
  try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
    var set = WorkingSet()
    var request = LoadRequest()
    request.tenants = [tenant]
    request.coupons = [Owned(tenant, id)]
    request.codes = [Owned(tenant, .of("CODE-77-1"))]
    request.versions = [Owned(tenant, VersionKey(couponID: id, version: 1))]
    request.counters = [Owned(tenant, CounterKey(couponID: id, counter: .budget(.eur)))]
    request.orders = [Owned(tenant, "o-1")]
    request.applications = [Owned(tenant, DiscountApplication.ID(1))]
    request.answers = [Owned(tenant, "k")]
    request.accessKeys = [Owned(tenant, AccessKey.ID(1))]
    request.persons = [Owned(tenant, "person_1")]
    request.contactsOf = [Owned(tenant, "person_1")]
    request.adminKeyCounts = [tenant]
    request.webhookCounts = [tenant]
    request.locks = [Owned(tenant, DiscountApplication.ID(2))]
    request.skeletons = [Owned(tenant, CodeSkeleton(of: .of("CODE-77-1")))]
    request.patterns = [Owned(tenant, pattern)]
    request.codesAddedTo = [tenant]
    request.codedCoupons = [Owned(tenant, id)]
    request.buyers = [Owned(tenant, IdentityKey("u-1" as UserID))]
    request.lateLocksOf = [Owned(tenant, id)]
    request.heldOf = [Owned(tenant, id)]
    request.heldUsesOf = [Owned(tenant, id)]
    request.revocationsOf = [Owned(tenant, id)]
    request.lateAt = Instant(microseconds: 0)
    try reader.load(request, into: &set)
  }
}
