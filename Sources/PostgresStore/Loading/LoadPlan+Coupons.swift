import Ledger
import Promotions
import Scrip

/// Tenants, coupons and their codes.
///
/// Each key is looked up by itself (`LATERAL … OFFSET 0`), so that no plan can begin with the table instead of the keys.
extension LoadPlan {
  /// Locks all orders that the keys lead to, in the order of what stands for them: an order has no row of its own that
  /// could be locked before its first application is there. An application's order never changes. The schema's name is
  /// part of what stands for an order, so that folding events again holds up nobody.
  mutating func lockOrders(_ keys: LoadKeys, in pipeline: inout Pipeline) {
    let applications = keys.applications + keys.locks
    if keys.orders.isEmpty, applications.isEmpty { return }
    add(
      """
      SELECT pg_advisory_xact_lock(o.number) FROM (
        SELECT DISTINCT hashtextextended('scrip.' || k.order_id, k.tenant) AS number FROM (
          SELECT k.tenant, k.order_id FROM unnest($1, $2) AS k(tenant, order_id)
          UNION ALL
          SELECT k.tenant, u.order_id FROM unnest($3, $4) AS k(tenant, id) CROSS JOIN LATERAL (
            SELECT u.order_id FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
        ) AS k ORDER BY number) AS o
      """, to: &pipeline
    ) {
      $0.bind(keys.orders.tenants)
      $0.bind(keys.orders.values)
      $0.bind(applications.tenants)
      $0.bind(applications.values)
    } read: { (_, _, _) throws(StoreFailure) in
    }
  }

  /// Locks all coupons that the keys lead to, in the order of their keys, and reads them as they are then.
  mutating func lockCoupons(_ keys: LoadKeys, in pipeline: inout Pipeline) {
    guard keys.leadToCoupons else { return }
    let applications = keys.applications + keys.locks
    add(LoadPlan.lockedCoupons, to: &pipeline) {
      $0.bind(keys.coupons.tenants)
      $0.bind(keys.coupons.values)
      $0.bind(keys.codes.tenants)
      $0.bind(keys.codes.values)
      $0.bind(keys.orders.tenants)
      $0.bind(keys.orders.values)
      $0.bind(applications.tenants)
      $0.bind(applications.values)
      $0.bind(keys.skeletons.tenants)
      $0.bind(keys.skeletons.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCoupons(rows, set, &found)
    }
  }

  /// Reads all coupons that the keys lead to, in a transaction that sees one moment; those of codes come with the codes.
  mutating func findCoupons(_ keys: LoadKeys, in pipeline: inout Pipeline) {
    let applications = keys.applications + keys.locks
    guard !(keys.coupons.isEmpty && applications.isEmpty) else { return }
    add(LoadPlan.foundCoupons, to: &pipeline) {
      $0.bind(keys.coupons.tenants)
      $0.bind(keys.coupons.values)
      $0.bind(applications.tenants)
      $0.bind(applications.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCoupons(rows, set, &found)
    }
  }

  private static func readCoupons(
    _ rows: ResultRows, from first: Int = 0, _ set: WorkingSet, _ found: inout Found
  ) throws(StoreFailure) {
    for row in rows {
      let key = try row.key(CouponRow.self, from: first)
      if found.coupons[key] != nil || found.unreadable[key] != nil || set.coupons[key] != nil { continue }
      do throws(StoreFailure) {
        found.coupons[key] = try row.row(CouponRow.self, from: first).row
      } catch {
        guard error.isOfStoredValue else { throw error }
        // The state stands behind the key.
        found.unreadable[key] = UnreadableCoupon(
          failure: error, isArchived: row.int64(first + 2) == Coupon.State.archived.stored)
      }
    }
  }

  /// Keeps others from adding codes to tenants: two codes that look alike have no key in common that could keep the
  /// second one out.
  mutating func lockCodes(_ request: LoadRequest, in pipeline: inout Pipeline) {
    if request.codesAddedTo.isEmpty { return }
    add(
      """
      SELECT pg_advisory_xact_lock(hashtextextended('scrip.code ' || tenant, 0))
      FROM (SELECT tenant FROM unnest($1) AS k(tenant) ORDER BY tenant) AS ordered
      """, to: &pipeline
    ) {
      $0.bind(Array(request.codesAddedTo))
    } read: { (_, _, _) throws(StoreFailure) in
    }
  }

  mutating func lockTenants(_ request: LoadRequest, in pipeline: inout Pipeline) {
    if request.tenants.isEmpty { return }
    add(
      "SELECT tenant FROM scrip.tenant WHERE tenant = ANY ($1) ORDER BY tenant FOR NO KEY UPDATE",
      to: &pipeline
    ) {
      $0.bind(Array(request.tenants))
    } read: { (_, _, _) throws(StoreFailure) in
    }
  }

  /// Codes as typed, whose coupons have to be locked already.
  mutating func addCodes(_ keys: LoadKeys, to pipeline: inout Pipeline) {
    if keys.codes.isEmpty { return }
    add(LoadPlan.codesByName, to: &pipeline) {
      $0.bind(keys.codes.tenants)
      $0.bind(keys.codes.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCodes(rows, &set, &found)
    }
  }

  /// Codes as typed, each with its coupon.
  mutating func addCodesWithCoupons(_ keys: LoadKeys, to pipeline: inout Pipeline) {
    if keys.codes.isEmpty { return }
    add(LoadPlan.codesWithCoupons, to: &pipeline) {
      $0.bind(keys.codes.tenants)
      $0.bind(keys.codes.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCoupons(rows, from: PostgresTable.columnCount(CodeRecord.self), set, &found)
      try LoadPlan.readCodes(rows, &set, &found)
    }
  }

  /// For each skeleton the generated code that has it, or else one of the given codes; those of archived coupons left
  /// out. Each comes with its coupon, which a writing transaction has locked already.
  mutating func addSkeletons(_ keys: LoadKeys, locked: Bool, to pipeline: inout Pipeline) {
    if keys.skeletons.isEmpty { return }
    add(LoadPlan.codesOfSkeletons, to: &pipeline) {
      $0.bind(keys.skeletons.tenants)
      $0.bind(keys.skeletons.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      if !locked {
        try LoadPlan.readCoupons(rows, from: PostgresTable.columnCount(CodeRecord.self), set, &found)
      }
      try LoadPlan.readCodes(rows, &set, &found)
      for row in rows {
        let code = try row.code(1)
        let key = Owned(row.tenant(0), code.skeleton)
        if let failure = set.codes.unreadable[Owned(key.tenant, code)] {
          set.found.unreadableSkeletons[key] = failure
        } else if set.found.codeOfSkeleton[key] == nil {
          set.found.codeOfSkeleton[key] = code
        }
      }
    }
  }

  /// How many codes of each pattern are given out, up to one more than may be; those of archived coupons left out.
  mutating func addPatterns(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.patterns.isEmpty { return }
    let keys = Array(request.patterns)
    add(
      """
      SELECT k.place, (SELECT count(*) FROM (
        SELECT FROM scrip.code AS c
        JOIN scrip.coupon AS p ON p.tenant = c.tenant AND p.id = c.coupon_id AND p.state <> 3
        WHERE c.tenant = k.tenant AND c.skeleton >= k.first AND c.skeleton < k.behind AND c.skeleton ~ k.expression
        LIMIT k.most) AS given)
      FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS k(tenant, first, behind, expression, most, place)
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map { storedSkeleton($0.value.bounds.first, length: $0.value.length) })
      $0.bind(keys.map { storedSkeleton($0.value.bounds.end, length: $0.value.length) })
      $0.bind(keys.map { "^" + storedSkeleton($0.value.expression, length: $0.value.length) + "$" })
      $0.bind(keys.map { Int64($0.value.codesMax + 1) })
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key = keys[Int(row.int64(0)) - 1]
        if set.found.codesOfPattern[key] == nil { set.found.codesOfPattern[key] = Int(row.int64(1)) }
      }
    }
  }

  /// The codes that applications were agreed with.
  mutating func addCodesOfApplications(_ keys: LoadKeys, to pipeline: inout Pipeline) {
    let applications = keys.applications + keys.locks
    if applications.isEmpty { return }
    add(LoadPlan.codesOfApplications, to: &pipeline) {
      $0.bind(applications.tenants)
      $0.bind(applications.values)
    } read: { (rows, set, found) throws(StoreFailure) in
      try LoadPlan.readCodes(rows, &set, &found)
    }
  }

  private static func readCodes(
    _ rows: ResultRows, _ set: inout WorkingSet, _ found: inout Found
  ) throws(StoreFailure) {
    for row in rows {
      let key = try row.load(into: &set.codes)
      if let record = set.codes[key] { found.behind.insert(Owned(key.tenant, record.couponID)) }
    }
  }

  private static let lockedCoupons = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "c"))
      FROM scrip.coupon AS c
      WHERE (c.tenant, c.id) IN (
        SELECT k.tenant, k.id FROM unnest($1, $2) AS k(tenant, id)
        UNION
        SELECT k.tenant, found.coupon_id FROM unnest($3, $4) AS k(tenant, canonical) CROSS JOIN LATERAL (
          SELECT c.coupon_id FROM scrip.code AS c WHERE c.tenant = k.tenant AND c.canonical = k.canonical OFFSET 0
        ) AS found
        UNION
        SELECT k.tenant, found.coupon_id FROM unnest($9, $10) AS k(tenant, skeleton) CROSS JOIN LATERAL (
          SELECT c.coupon_id FROM scrip.code AS c
          JOIN scrip.coupon AS p ON p.tenant = c.tenant AND p.id = c.coupon_id AND p.state <> 3
          WHERE c.tenant = k.tenant AND c.skeleton = k.skeleton
          ORDER BY c.is_generated DESC LIMIT 1) AS found
        UNION
        SELECT k.tenant, used.coupon_id FROM (
          SELECT k.tenant, coalesce(
            (SELECT u.application_id FROM scrip.usage AS u
              WHERE u.tenant = k.tenant AND u.order_id = k.order_id AND u.is_first AND u.application_state < 2),
            (SELECT u.application_id FROM scrip.usage AS u
              WHERE u.tenant = k.tenant AND u.order_id = k.order_id AND u.is_first AND u.application_state > 1
              ORDER BY u.locked_at DESC, u.application_id DESC LIMIT 1)) AS id
          FROM unnest($5, $6) AS k(tenant, order_id)
          UNION ALL
          SELECT k.tenant, k.id FROM unnest($7, $8) AS k(tenant, id)
        ) AS k CROSS JOIN LATERAL (
          SELECT u.coupon_id FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0
        ) AS used)
      ORDER BY c.tenant, c.id FOR NO KEY UPDATE OF c
      """)

  private static let foundCoupons = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "c"))
      FROM (
        SELECT k.tenant, k.id FROM unnest($1, $2) AS k(tenant, id)
        UNION
        SELECT k.tenant, used.coupon_id FROM unnest($3, $4) AS k(tenant, id) CROSS JOIN LATERAL (
          SELECT u.coupon_id FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0
        ) AS used) AS wanted(tenant, id)
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.coupon AS c WHERE c.tenant = wanted.tenant AND c.id = wanted.id OFFSET 0) AS c
      """)

  private static let codesByName = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CodeRecord.self, of: "c"))
      FROM unnest($1, $2) AS k(tenant, canonical) CROSS JOIN LATERAL (
        SELECT * FROM scrip.code AS c WHERE c.tenant = k.tenant AND c.canonical = k.canonical OFFSET 0) AS c
      """)

  private static let codesWithCoupons = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CodeRecord.self, of: "c")),
        \(PostgresTable.columns(CouponRow.self, of: "p"))
      FROM unnest($1, $2) AS k(tenant, canonical) CROSS JOIN LATERAL (
        SELECT * FROM scrip.code AS c WHERE c.tenant = k.tenant AND c.canonical = k.canonical OFFSET 0) AS c
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.coupon AS p WHERE p.tenant = c.tenant AND p.id = c.coupon_id OFFSET 0) AS p
      """)

  private static let codesOfSkeletons = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CodeRecord.self, of: "c")),
        \(PostgresTable.columns(CouponRow.self, of: "p"))
      FROM unnest($1, $2) AS k(tenant, skeleton) CROSS JOIN LATERAL (
        SELECT c.* FROM scrip.code AS c
        JOIN scrip.coupon AS p ON p.tenant = c.tenant AND p.id = c.coupon_id AND p.state <> 3
        WHERE c.tenant = k.tenant AND c.skeleton = k.skeleton
        ORDER BY c.is_generated DESC LIMIT 1) AS c
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.coupon AS p WHERE p.tenant = c.tenant AND p.id = c.coupon_id OFFSET 0) AS p
      """)

  private static let codesOfApplications = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CodeRecord.self, of: "c"))
      FROM unnest($1, $2) AS k(tenant, id) CROSS JOIN LATERAL (
        SELECT * FROM scrip.usage AS u WHERE u.tenant = k.tenant AND u.application_id = k.id OFFSET 0) AS u
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.code AS c
        WHERE c.tenant = u.tenant AND c.canonical = u.code AND c.coupon_id = u.coupon_id OFFSET 0) AS c
      """)
}

extension CodeSkeleton {
  /// The form in which the database keeps it.
  var stored: String { storedSkeleton(text, length: text.unicodeScalars.count) }
}

private func storedSkeleton(_ text: String, length: Int) -> String {
  (length < 10 ? "0" : "") + String(length) + text
}
