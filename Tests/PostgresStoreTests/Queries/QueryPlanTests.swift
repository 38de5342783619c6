import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// What the server counts of a table: how often it was read as a whole, and how many of its rows were fetched.
private struct TableReads {
  let scans: Int64
  let rows: Int64
}

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct QueryPlanTests {
  private static let tables = [
    "coupon", "coupon_version", "code", "counter", "usage", "event", "coupon_day", "coupon_user",
  ]

  private let database: TestDatabase
  private let tenant = Tenant.ID(1)

  init() throws {
    database = try TestDatabase()
    try EventWriter(database).fill()
  }

  /// Runs a query that may fetch so many rows of each table, and scan none. A server process hands its counts in when it
  /// ends, at the latest.
  private func fetching<Found>(
    atMost rowsMax: Int64, of tables: [String] = tables, _ location: SourceLocation = #_sourceLocation,
    _ query: (PostgresStore) throws -> Found
  ) throws -> Found {
    let before = try counts()
    let found = try answer(query)
    for (table, end) in try counts() where tables.contains(table) {
      let (scans, rows) = (before[table]?.scans ?? 0, before[table]?.rows ?? 0)
      #expect(end.scans == scans, "\(table) was read as a whole", sourceLocation: location)
      #expect(end.rows - rows <= rowsMax, "too many rows of \(table)", sourceLocation: location)
    }
    return found
  }

  /// What a query on a store finds that is gone afterwards, with its connections.
  private func answer<Found>(_ query: (PostgresStore) throws -> Found) throws -> Found {
    let store = try database.store()
    defer { store.shutDown() }
    return try query(store)
  }

  private func counts() throws -> [String: TableReads] {
    let connection = try EventWriter(database)
    let deadline = Deadline.after(milliseconds: 20_000)
    while !deadline.hasPassed {
      let others = try connection.rows(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
        """)
      if others[0].int64(0) == 0 { break }
    }
    let rows = try connection.rows(
      """
      SELECT relname::text, seq_scan, coalesce(idx_tup_fetch, 0) + seq_tup_read FROM pg_stat_user_tables
      WHERE schemaname = 'scrip'
      """)
    return rows.reduce(into: [:]) { $0[$1.text(0)] = TableReads(scans: $1.int64(1), rows: $1.int64(2)) }
  }

  @Test func `a list of coupons reads its page, with or without conditions`() throws {
    func coupons(_ filter: CouponFilter, atMost rowsMax: Int64) throws -> [Coupon] {
      try fetching(atMost: rowsMax) { try $0.coupons(filter, of: tenant) }
    }
    #expect(try coupons(CouponFilter(limit: 51), atMost: 51).count == 51)
    let later = CouponFilter(after: couponID(5000), limit: 51)
    #expect(try coupons(later, atMost: 51).map(\.id) == (4949...4999).reversed().map(couponID))
    // Every second coupon is active, every third has this seller.
    let active = CouponFilter(
      state: .active, sellerID: "seller", activeAt: Instant(microseconds: 0), limit: 51)
    #expect(try coupons(active, atMost: 6 * 51).count == 51)
    #expect(try coupons(CouponFilter(owner: "user-7", limit: 51), atMost: 10).count == 10)
    #expect(try coupons(CouponFilter(code: .of("CODE-77-1"), limit: 51), atMost: 1).count == 1)
  }

  @Test func `a code that was mistyped, and the codes of a pattern, are found without reading others`() throws
  {
    let key = Owned(tenant, CouponCode.of("C0DE-77-1").skeleton)
    let pattern = Owned(tenant, try #require(CodePattern("CODE-77-#")).skeleton)
    let set = try fetching(atMost: 4) { store in
      try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
        var request = LoadRequest()
        request.skeletons = [key]
        request.patterns = [pattern]
        var set = WorkingSet()
        try reader.load(request, into: &set)
        return set
      }
    }
    #expect(set.found.codeOfSkeleton[key] == .of("CODE-77-1"))
    #expect(set.found.codesOfPattern[pattern] == 1)
  }

  @Test func `a wallet reads what is the user's`() throws {
    let wallet = try fetching(atMost: 50) {
      try $0.wallet(WalletFilter(userID: "user-7", limit: 51), of: tenant)
    }
    #expect(wallet.count == 20)
    #expect(
      wallet.map(\.codes.count).sorted() == Array(repeating: 1, count: 10) + Array(repeating: 2, count: 10))
    #expect(wallet.filter { $0.used == 3 }.count == 10)
  }

  @Test func `codes and statistics read what they show`() throws {
    let codes = try fetching(atMost: 2) {
      try $0.codes(of: couponID(78), tenant: tenant, after: nil, limit: 101)
    }
    #expect(codes.map(\.grant.code.canonical) == ["CODE-78-1", "CODE-78-2"])
    try EventWriter(database).run(
      """
      INSERT INTO scrip.projection (tenant, name, version, position)
        SELECT 1, 'coupon_uses', \(CouponUses.version), max(position) - 1 FROM scrip.event WHERE tenant = 1;
      INSERT INTO scrip.coupon_day (tenant, coupon_id, day, locked, redeemed, released, discount_high, discount_low, currency)
        SELECT 1, id, day, 0, 2, 0, 0, 20, 'EUR' FROM scrip.coupon CROSS JOIN generate_series(1, 2) AS day WHERE tenant = 1;
      INSERT INTO scrip.coupon_user (tenant, coupon_id, live, buyer)
        SELECT 1, id, 1, 'u:' || number FROM scrip.coupon CROSS JOIN generate_series(1, 2) AS number WHERE tenant = 1;
      ANALYZE scrip.coupon_day, scrip.coupon_user, scrip.projection
      """)
    let statistics = try fetching(atMost: 4) { try $0.statistics(of: couponID(78), tenant: tenant) }
    #expect(statistics.uses == [.redeemed: 4] && statistics.uniqueUsers == 2)
  }

  @Test func `a list of orders reads its page, with or without conditions`() throws {
    let content = String(
      decoding: KeptOrder(
        OrderContent(
          cart: .of(100), customer: Customer(), locale: nil, metadata: [:], subtotal: 100, shipping: 0,
          discount: 0, total: 100, quote: Array("{}".utf8))
      ).form, as: UTF8.self)
    // One of a hundred is paid, and each user has ten. Names tell identifiers, as in the engine.
    try EventWriter(database).run(
      """
      INSERT INTO scrip.shop_order (tenant, id, created_at, updated_at, refunded, head_sequence, state, head_hash,
        order_id, buyer, content)
      SELECT tenant, (left(h, 12) || '8' || substr(h, 14, 3) ||
          substr('89ab', (('x' || substr(h, 17, 1))::bit(4)::int & 3) + 1, 1) || substr(h, 18, 15))::uuid,
        n / 2, 0, 0, 1, CASE WHEN n % 100 = 0 THEN 3 ELSE 0 END, head_hash,
        'o-' || n, 'u:user-' || n % 1000, '\(content)'
      FROM scrip.tenant, generate_series(1, 10000) AS n, encode(sha256(('o-' || n)::bytea), 'hex') AS h;
      ANALYZE scrip.shop_order
      """)
    func orders(_ filter: OrderFilter, atMost rowsMax: Int64) throws -> [Order] {
      try fetching(atMost: rowsMax, of: QueryPlanTests.tables + ["shop_order"]) {
        try $0.find(OrderSearch(filter, of: tenant)).entries
      }
    }
    let first = try orders(OrderFilter(limit: 51), atMost: 51)
    #expect(first.count == 51 && first[0].id == "o-10000")
    let after = OrderFilter.Place(of: first[50])
    let second = try orders(OrderFilter(after: after, limit: 51), atMost: 52)
    #expect(second.count == 51 && Set(second.map(\.id)).isDisjoint(with: first.map(\.id)))
    let paid = try orders(OrderFilter(state: .paid, limit: 51), atMost: 51)
    #expect(paid.map(\.id.text) == (50...100).reversed().map { "o-\($0 * 100)" })
    #expect(try orders(OrderFilter(userID: "user-7", limit: 51), atMost: 10).count == 10)
    #expect(try orders(OrderFilter(state: .paid, userID: "user-7", limit: 51), atMost: 10).isEmpty)
  }

  @Test func `a page of events reads its page, for a tenant, a coupon or all`() throws {
    func events(_ filter: EventFilter, atMost rowsMax: Int64) throws -> [Int64] {
      try fetching(atMost: rowsMax) { try $0.events(filter) }.map(\.position)
    }
    #expect(try events(EventFilter(tenant: tenant, after: 5000, limit: 51), atMost: 51).count == 51)
    let ofCoupon = EventFilter(tenant: tenant, stream: .coupon(couponID(78)), after: 78, limit: 51)
    // Beside the page, the one that it begins behind and the coupon's row.
    #expect(try events(ofCoupon, atMost: 4) == [10_178, 20_278])
    #expect(try events(EventFilter(after: 5000, limit: 51), atMost: 2 * 51 + 10) == Array(5001...5051))
  }

  @Test func `a report over a period looks for its pages`() throws {
    let plan = try EventWriter(database).rows(
      """
      EXPLAIN SELECT currency, sum(discount) FROM scrip.usage_report
      WHERE state = 'redeemed' AND locked_at_microseconds >= 3 * 86400000000::bigint GROUP BY currency
      """
    ).map { $0.text(0) }
    #expect(plan.contains { $0.contains("Bitmap Index Scan on usage_by_time") }, "\(plan)")
  }

  @Test func `the heads of all streams are read once`() throws {
    let count = try fetching(atMost: 10_100 + 12) { store in
      var count = 0
      try store.forEachHead { (_, _, _) throws(StoreFailure) in count += 1 }
      return count
    }
    #expect(count == 10_102)
  }
}

private func couponID(_ number: UInt128) -> Coupon.ID { Coupon.ID(0xC0 << 120 | number) }

extension EventWriter {
  /// A tenant of 10 000 coupons and one of 100, with two codes, two applications and three events each; a user has ten coupons and
  /// one code each of ten others.
  func fill() throws {
    let terms = String(decoding: StoredTerms.encode(.percent()), as: UTF8.self)
    let ownedTerms = String(decoding: StoredTerms.encode(.percent(owner: "the owner")), as: UTF8.self)
    try run(
      """
      INSERT INTO scrip.tenant (tenant, name, rounding, percent_base, lock_seconds, head_sequence, head_hash)
      SELECT t, 'Shop', 'half_up', 'running', 60, 1, decode(repeat('00', 32), 'hex') FROM generate_series(1, 2) AS t;
      INSERT INTO scrip.coupon (tenant, id, state, revokes_locks, version, locked, redeemed, owner, seller_id,
        head_sequence, head_hash, created_at, updated_at)
      SELECT tenant, ('c0000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, n % 2, false, 1, 0, 2,
        CASE WHEN n % 100 = 0 THEN 'user-' || n / 100 % 10 END, CASE WHEN n % 3 = 0 THEN 'seller' END, 3, head_hash, 1, 1
      FROM scrip.tenant, generate_series(1, CASE tenant WHEN 1 THEN 10000 ELSE 100 END) AS n;
      INSERT INTO scrip.coupon_version (tenant, coupon_id, version, terms)
      SELECT tenant, id, 1, coalesce(replace('\(ownedTerms)', 'the owner', owner), '\(terms)') FROM scrip.coupon;
      INSERT INTO scrip.code (tenant, canonical, coupon_id, used, is_generated, owner)
      SELECT tenant, 'CODE-' || n || '-' || m, id, 0, false,
        CASE WHEN n % 100 = 1 AND m = 1 THEN 'user-' || n / 100 % 10 END
      FROM (SELECT *, ('x' || right(id::text, 12))::bit(48)::bigint AS n FROM scrip.coupon) AS coupon,
        generate_series(1, 2) AS m;
      INSERT INTO scrip.counter (tenant, holder_id, counter, used)
      SELECT tenant, id, 'i:u:' || coalesce(owner, 'nobody'), 3 FROM scrip.coupon;
      INSERT INTO scrip.usage (tenant, application_id, coupon_id, id, version, amount, state, code, is_first, agreed_sequence,
        locked_at, expires_at, discount, total, application_state, currency, order_id, buyer)
      SELECT tenant, gen_random_uuid(), id, gen_random_uuid(), 1, 5, 1, 'CODE', true, 2, n * 86400000000, 1, 5, 10, 1,
        'EUR', id || '-' || n, 'u:ann'
      FROM (SELECT * FROM generate_series(1, 2) AS n, scrip.coupon ORDER BY n) AS coupon;
      INSERT INTO scrip.event (tenant, position, sequence, at, settled_after, stream_kind, stream, type, actor, payload, hash)
      SELECT tenant, nextval('scrip.event_position'), n, 0, '3', 1, id, 'CouponActivated', 'system', '{}', head_hash
      FROM (SELECT * FROM generate_series(1, 3) AS n, scrip.coupon ORDER BY n, tenant, id) AS coupon;
      """)
    try run("VACUUM ANALYZE")
  }
}
