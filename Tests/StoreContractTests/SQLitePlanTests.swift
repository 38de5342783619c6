import Foundation
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import SQLiteStore

/// Every query that lists or loads finds its rows by an index, whatever else lies in the tables: taken from the
/// statements that were really prepared, and compared with those that stand in the source.
@Suite struct SQLitePlanTests {
  /// What is known to read more than it shows, by a part of its text, and why.
  private static let exceptions: [(part: String, reads: Set<String>)] = [
    // A list of all tenants has no pages.
    ("FROM tenant ORDER BY tenant", ["SCAN tenant"]),
    // Each tenant is asked for whether it has events that a projection has not read.
    ("FROM tenant AS t WHERE EXISTS", ["SCAN t"]),
    // A rebuild asks how far each projection has read.
    ("FROM projection ORDER BY tenant, name", ["SCAN projection"]),
    // What is claimed or parked is counted from an index that holds nothing else.
    ("FROM due_work INDEXED BY due_work_held", ["SCAN due_work USING INDEX due_work_held"]),
    // There are a few kinds of work, and the first piece of one is near the beginning.
    ("FROM due_work INDEXED BY due_work_open", ["SCAN due_work USING INDEX due_work_open", "filters kind"]),
    // The same of sandboxes, of which there are few, each with its own clock; two moments are compared.
    (
      "FROM tenant INDEXED BY tenant_with_clock",
      ["SCAN tenant USING INDEX tenant_with_clock", "SCAN (subquery", "USE TEMP B-TREE FOR ORDER BY"]
    ),
    // Revoking a coupon's locks walks over the locks that run.
    (
      "FROM usage AS late INDEXED BY usage_ending CROSS JOIN usage",
      ["USE TEMP B-TREE FOR RIGHT PART"]
    ),
    // What one user owns is put together and sorted.
    (
      "FROM code INDEXED BY code_of_owner WHERE tenant = ?1 AND owner = ?2 ) AS owned",
      ["SCAN owned", "USE TEMP B-TREE FOR ORDER BY"]
    ),
    // A code of a personal coupon that is somebody else's is passed over.
    ("AND (owner IS NULL OR owner = ?3)", ["filters owner"]),
    // One stream of the log, in case that two tenants have it.
    ("WITH RECURSIVE logged", ["SCAN logged", "USE TEMP B-TREE FOR ORDER BY"]),
    // One stream's page, and beside it the few events whose number is damaged: merged by their positions.
    ("WITH head (last) AS", ["SCAN head", "SCAN (subquery", "USE TEMP B-TREE FOR ORDER BY"]),
    // One step for each tenant that has locks, and coupons whose revoked locks are being given back.
    ("WITH RECURSIVE locking", ["SCAN locking", "SCAN coupon USING INDEX coupon_revoking"]),
    // The codes that share one skeleton; a count that ends at its bound.
    ("ORDER BY is_generated DESC LIMIT 1", ["USE TEMP B-TREE FOR ORDER BY"]),
    ("SELECT count(*) FROM ( SELECT 1 FROM code", ["SCAN (subquery"]),
    // A tenant has a handful of keys.
    ("FROM access_key WHERE tenant = ?1 AND role = ?2", ["filters role"]),
  ]

  private let folder = TemporaryFolder()

  private func store() async throws -> SQLiteStore {
    let store = try SQLiteStore(path: folder.path + "/data.sqlite", clock: { noon }, readersMax: 1)
    let clock = ManualClock(noon)
    let engine = try await EngineUnderTest(store: store, clock: clock)
    _ = try await engine.coupon(.percent(owner: "u-1"), .of("SAVE"), .of("GIFT", owner: "u-2"))
    _ = try await engine.lock(["SAVE"], order: "o-1")
    await engine.stop()
    try askEverything(store)
    return store
  }

  @Test func `every query finds its rows by an index`() async throws {
    let store = try await store()
    let plans = try store.query { (rows) throws(StoreFailure) in try rows.connection.plans() }
    #expect(plans.count > 30)
    for (sql, lines) in plans {
      #expect(Self.reads(sql, lines) == [], "\(sql)\n\(lines.joined(separator: "\n"))")
    }
  }

  @Test func `every query of the source was asked`() async throws {
    let store = try await store()
    let prepared = Set(
      try store.query { (rows) throws(StoreFailure) in try rows.connection.plans() }.map {
        Self.words($0.sql)
      })
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/SQLiteStore").standardized
    for folder in ["Queries", "Loading"] {
      let path = sources.appending(path: folder).path
      for file in try FileManager.default.contentsOfDirectory(atPath: path) {
        let source = try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8)
        let long = source.matches(of: /"""\n(\s*(?:SELECT|WITH)[\s\S]*?)"""/).map { Self.words(String($0.1)) }
        let short = source.matches(of: /"((?:SELECT|WITH) [^"\n]*)"/).map { Self.words(String($0.1)) }
        for query in long + short {
          #expect(prepared.contains { Self.isSame(query, $0) }, "\(file): \(query)")
        }
      }
    }
  }

  @Test func `the check sees a scan, a sort and a filter`() {
    #expect(Self.reads("SELECT 1 FROM coupon", ["SCAN coupon"]) == ["SCAN coupon"])
    #expect(
      Self.reads(
        "SELECT 1 FROM coupon WHERE tenant = ?1 AND owner = ?2",
        ["SEARCH coupon USING PRIMARY KEY (tenant=?)"])
        == ["filters owner"])
    #expect(
      Self.reads(
        "SELECT 1 FROM coupon WHERE tenant = ?1 ORDER BY name",
        ["SEARCH coupon USING INDEX x (tenant=?)", "USE TEMP B-TREE FOR ORDER BY"])
        == ["USE TEMP B-TREE FOR ORDER BY"])
  }

  /// What a plan reads beyond what the statement names, without what is known.
  private static func reads(_ sql: String, _ lines: [String]) -> [String] {
    var found = lines.filter { $0.hasPrefix("SCAN ") || $0.hasPrefix("USE TEMP") }
      .filter { !$0.hasPrefix("SCAN CONSTANT") }
    for column in equalities(in: words(sql)) {
      let isRowID =
        column == "position" || column == "number" || column == "tenant" && sql.contains("FROM tenant ")
      let name = isRowID ? "rowid" : column
      if !lines.contains(where: { $0.contains("\(name)=?") }) { found.append("filters \(column)") }
    }
    let known = exceptions.filter { words(sql).contains($0.part) }.flatMap(\.reads)
    return found.filter { line in !known.contains { line.hasPrefix($0) } }
  }

  /// The columns that a statement demands to equal a value, without those that are only one of several choices.
  private static func equalities(in sql: String) -> [String] {
    var text = sql
    while let group = text.firstMatch(of: /\w*\([^()]*\)/) { text.replaceSubrange(group.range, with: "") }
    guard let start = text.range(of: " WHERE ") else { return [] }
    return text[start.upperBound...].matches(of: /(\w+) = \?\d+/).map { String($0.1) }
  }

  /// Whether a statement is the one that stands in the source, where values of the program may stand in it.
  private static func isSame(_ source: String, _ statement: String) -> Bool {
    var rest = statement[...]
    for (index, piece) in source.split(
      separator: /\\\((?:[^()]|\([^()]*\))*\)/, omittingEmptySubsequences: false
    ).enumerated() {
      guard let found = rest.range(of: piece.isEmpty ? " " : piece) else { return piece.isEmpty }
      if index == 0, found.lowerBound != rest.startIndex { return false }
      rest = rest[found.upperBound...]
    }
    return rest.isEmpty
  }

  private static func words(_ sql: String) -> String {
    sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}

/// Asks a store for everything that it can list and load, with every condition that leads to another statement.
private func askEverything(_ store: SQLiteStore) throws {
  let tenant = Tenant.ID(1)
  let id = try #require(try store.coupons(CouponFilter(limit: 10), of: tenant).first?.id)
  let filters = [
    CouponFilter(state: .active, limit: 10), CouponFilter(code: .of("SAVE"), limit: 10),
    CouponFilter(owner: "u-1", limit: 10), CouponFilter(sellerID: "s", limit: 10),
    CouponFilter(activeAt: noon, limit: 10), CouponFilter(after: id, limit: 10),
  ]
  for filter in filters { _ = try store.coupons(filter, of: tenant) }
  for filter in [
    OrderFilter(limit: 10), OrderFilter(state: .paid, limit: 10), OrderFilter(userID: "u-1", limit: 10),
  ] {
    _ = try store.find(OrderSearch(filter, of: tenant))
  }
  let customer: UserID = "person_1"
  for condition in [
    nil, RowCondition<SubscriptionRow>("customer", customer) { $0.content.value.customer == customer },
  ] {
    _ = try store.find(
      LatestRows<SubscriptionRow, SubscriptionSubject>(
        SubscriptionRow.self, of: tenant, where: condition, after: nil, limit: 10))
  }
  for condition in [
    nil, RowCondition<InvoiceRow>("state", Invoice.State.draft) { $0.state == .draft },
    RowCondition<InvoiceRow>("subscription_id", Subscription.ID(1)) { _ in true },
  ] {
    _ = try store.find(
      LatestRows<InvoiceRow, InvoiceSubject>(
        InvoiceRow.self, of: tenant, where: condition, after: nil, limit: 10))
  }
  _ = try store.find(BillingOfCoupon(of: Owned(tenant, id)))
  for event in [nil, tenant] {
    for stream in [nil, StreamID.tenant, .coupon(id)] {
      _ = try store.events(EventFilter(tenant: event, stream: stream, limit: 10))
    }
  }
  try ProjectionRunner(store: store).catchUpNow()
  _ = try store.find(ProjectionCursors())
  _ = try (
    store.tenants(), store.tenantIDs(), store.accessKeys(of: tenant), store.statistics(of: id, tenant: tenant)
  )
  _ = try store.codes(of: id, tenant: tenant, after: nil, limit: 10)
  for user in ["u-1", "u-2"] as [UserID] {
    _ = try store.wallet(WalletFilter(userID: user, limit: 10), of: tenant)
  }
  _ = try store.accessKey(secretHash: .zero)
  try store.forEachHead { (_, _, _) throws(StoreFailure) in }
  _ = try store.log(after: 0, limit: 10)
  _ = try store.tenantsToTidy(at: noon)
  _ = try store.find(TenantsBehind(CouponUses.self))
  _ = try store.find(LastPosition(of: tenant))
  _ = try store.find(DueWorkOfTenant(tenant: tenant, limit: 10))
  _ = try store.find(DueCounts(at: noon))
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
  _ = try store.find(NextDue(kinds: [DueWork.Kind("forget_answers")]))
  for kind in [LockFilter.Kind.expired(at: noon), .revoked] {
    _ = try store.locks(LockFilter(tenant: tenant, kind: kind, limit: 10))
  }
  // Asked only for a coupon of which nothing else can be read.
  _ = try store.query { (rows) throws(StoreFailure) in try rows.isArchived(Owned(tenant, id)) }
  let stranger = Coupon.ID(1)
  let pattern = try #require(CodePattern("GEN-######")?.skeleton)
  try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
    var set = WorkingSet()
    var request = LoadRequest()
    request.tenants = [tenant]
    request.coupons = [Owned(tenant, stranger)]
    request.codes = [Owned(tenant, .of("SAVE"))]
    request.versions = [Owned(tenant, VersionKey(couponID: stranger, version: 1))]
    request.counters = [Owned(tenant, CounterKey(couponID: id, counter: .budget(.eur)))]
    request.orders = [Owned(tenant, "o-1"), Owned(tenant, "o-2")]
    request.applications = [Owned(tenant, DiscountApplication.ID(1))]
    request.answers = [Owned(tenant, "k")]
    request.accessKeys = [Owned(tenant, AccessKey.ID(1))]
    request.contactsOf = [Owned(tenant, "person_1")]
    request.adminKeyCounts = [tenant]
    request.webhookCounts = [tenant]
    request.locks = [Owned(tenant, DiscountApplication.ID(2))]
    request.skeletons = [Owned(tenant, CodeSkeleton(of: .of("SAVE")))]
    request.patterns = [Owned(tenant, pattern)]
    request.codesAddedTo = [tenant]
    request.codedCoupons = [Owned(tenant, id)]
    request.buyers = [Owned(tenant, IdentityKey("u-1" as UserID))]
    request.lateLocksOf = [Owned(tenant, id)]
    request.heldOf = [Owned(tenant, id)]
    request.heldUsesOf = [Owned(tenant, id)]
    request.revocationsOf = [Owned(tenant, id)]
    request.lateAt = noon
    try reader.load(request, into: &set)
  }
}
