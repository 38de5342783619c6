import Digest
import Engine
import Scrip
import Wire

/// Reads single records over one connection.
struct RowReader {
  let connection: Connection
  /// Decoded terms of all connections.
  let terms: TermsCache
  /// What this connection has read in its snapshot; nil where rows may change between two reads.
  let cache: SnapshotCache?
  /// Whether what is read is committed, so that its terms may be shown to other connections.
  var readsCommitted = true

  func tenant(_ id: Tenant.ID) throws(StoreFailure) -> TenantRecord? {
    if let cached = cache?.tenants.find(id) { return cached }
    let record = try connection.first(
      """
      SELECT number, name, rounding, percent_base, lock_seconds, head_sequence, head_hash
      FROM tenant WHERE number = ?1
      """
    ) {
      $0.bind(id)
    } read: { (row) throws(StoreFailure) in
      TenantRecord(
        tenant: try RowReader.tenant(row),
        head: StreamHead(sequence: try row.count(5, of: "a tenant's stream"), hash: try row.hash(6)))
    }
    cache?.tenants.insert(record, for: id)
    return record
  }

  /// A tenant from the columns number, name, rounding, percent_base, lock_seconds.
  static func tenant(_ row: Statement) throws(StoreFailure) -> Tenant {
    guard let rounding = Rounding(rawValue: row.text(2)),
      let percentBase = PricingPolicy.PercentBase(rawValue: row.text(3))
    else { throw .corrupt("a tenant's pricing policy") }
    return Tenant(
      id: row.tenant(0), name: row.text(1),
      settings: TenantSettings(
        pricing: PricingPolicy(rounding: rounding, percentBase: percentBase), lockSeconds: row.int64(4)))
  }

  func coupon(_ key: Owned<Coupon.ID>) throws(StoreFailure) -> CouponRecord? {
    if let cached = cache?.coupons.find(key) { return cached }
    let record = try connection.first(
      """
      SELECT id, state, revokes_locks, revocations, version, locked, redeemed, created_at, updated_at, head_sequence, head_hash
      FROM coupon WHERE tenant = ?1 AND id = ?2
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      CouponRecord(
        coupon: try coupon(row, of: key.tenant),
        head: StreamHead(sequence: try row.count(9, of: "a coupon's stream"), hash: try row.hash(10)))
    }
    cache?.coupons.insert(record, for: key)
    return record
  }

  /// A coupon from the columns id, state, revokes_locks, revocations, version, locked, redeemed, created_at, updated_at.
  func coupon(_ row: Statement, of tenant: Tenant.ID) throws(StoreFailure) -> Coupon {
    let id: Coupon.ID = try row.identifier(0)
    let version = try row.count(4, of: "a coupon's version")
    guard let terms = try terms(Owned(tenant, VersionKey(couponID: id, version: version)))?.terms else {
      throw .corrupt("the version of a coupon")
    }
    return Coupon(
      id: id, state: try Coupon.State(stored: row.int64(1)), revokesLocks: row.bool(2),
      revocations: try row.count(3, of: "a coupon's revocations"), version: version, terms: terms,
      uses: UseCounts(
        locked: try row.count(5, of: "a coupon's locks"), redeemed: try row.count(6, of: "a coupon's uses")),
      createdAt: try row.instant(7), updatedAt: try row.instant(8))
  }

  /// A coupon without its terms; nil if anything else of it can't be read either.
  func termlessCoupon(_ key: Owned<Coupon.ID>) throws(StoreFailure) -> TermlessCoupon? {
    do throws(StoreFailure) {
      return try connection.first(
        """
        SELECT state, revokes_locks, revocations, version, locked, redeemed, created_at, updated_at, head_sequence, head_hash
        FROM coupon WHERE tenant = ?1 AND id = ?2
        """
      ) {
        $0.bind(key.tenant)
        $0.bind(key.value)
      } read: { (row) throws(StoreFailure) in
        TermlessCoupon(
          id: key.value,
          life: CouponLife(
            state: try Coupon.State(stored: row.int64(0)), revokesLocks: row.bool(1),
            revocations: try row.count(2, of: "a coupon's revocations"),
            version: try row.count(3, of: "a coupon's version"),
            uses: UseCounts(
              locked: try row.count(4, of: "a coupon's locks"),
              redeemed: try row.count(5, of: "a coupon's uses")),
            updatedAt: try row.instant(7)),
          createdAt: try row.instant(6),
          head: StreamHead(sequence: try row.count(8, of: "a coupon's stream"), hash: try row.hash(9)))
      }
    } catch {
      // What is wrong with it has been noted by whoever read it with its terms.
      guard error.kind == .corrupt else { throw error }
      return nil
    }
  }

  func terms(_ key: Owned<VersionKey>) throws(StoreFailure) -> DecodedTerms? {
    if let cached = terms.find(key) { return cached }
    let stored = try connection.first(
      "SELECT terms FROM coupon_version WHERE tenant = ?1 AND coupon_id = ?2 AND version = ?3"
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value.couponID)
      $0.bind(key.value.version)
    } read: {
      $0.bytes(0)
    }
    guard let stored else { return nil }
    let decoded = try StoredTerms.decode(stored)
    if readsCommitted { terms.insert(decoded, for: key) }
    return decoded
  }

  func code(_ key: Owned<CouponCode>) throws(StoreFailure) -> CodeRecord? {
    if let cached = cache?.codes.find(key) { return cached }
    let record = try connection.first(
      """
      SELECT canonical, coupon_id, display, owner, use_limit, used, is_generated
      FROM code WHERE tenant = ?1 AND canonical = ?2
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value.canonical)
    } read: { (row) throws(StoreFailure) in
      try RowReader.code(row)
    }
    cache?.codes.insert(record, for: key)
    return record
  }

  /// The generated code of a skeleton, or else one of the given codes that have it; those of archived coupons left out.
  func code(_ key: Owned<CodeSkeleton>) throws(StoreFailure) -> CodeRecord? {
    if let cached = cache?.skeletons.find(key) { return cached }
    let record = try connection.first(
      """
      SELECT canonical, coupon_id, display, owner, use_limit, used, is_generated
      FROM code INDEXED BY code_of_skeleton
      WHERE tenant = ?1 AND length(replace(canonical, '-', '')) = length(?2)
        AND replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1') = ?2
        AND (SELECT state FROM coupon WHERE coupon.tenant = ?1 AND coupon.id = code.coupon_id) <> 3
      ORDER BY is_generated DESC LIMIT 1
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value.text)
    } read: { (row) throws(StoreFailure) in
      try RowReader.code(row)
    }
    cache?.skeletons.insert(record, for: key)
    return record
  }

  /// How many codes of a pattern are given out, up to one more than may be; those of archived coupons left out.
  func codes(of key: Owned<PatternSkeleton>) throws(StoreFailure) -> Int {
    let pattern = key.value
    let count = try connection.first(
      """
      SELECT count(*) FROM (
        SELECT 1 FROM code WHERE tenant = ?1 AND length(replace(canonical, '-', '')) = ?2
          AND replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1') >= ?3
          AND replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1') < ?4
          AND replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1') GLOB ?5
          AND (SELECT state FROM coupon WHERE coupon.tenant = ?1 AND coupon.id = code.coupon_id) <> 3
        LIMIT ?6)
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(pattern.length)
      $0.bind(pattern.bounds.first)
      $0.bind(pattern.bounds.end)
      $0.bind(pattern.expression)
      $0.bind(pattern.codesMax + 1)
    } read: {
      Int($0.int64(0))
    }
    return count ?? 0
  }

  /// A code from the columns canonical, coupon_id, display, owner, use_limit, used, is_generated.
  static func code(_ row: Statement) throws(StoreFailure) -> CodeRecord {
    let code = try row.code(0)
    return CodeRecord(
      couponID: try row.identifier(1),
      grant: CodeGrant(
        code: code, display: row.optionalText(2) ?? code.canonical, owner: row.optionalName(3),
        limit: row.optionalInt64(4), isGenerated: row.bool(6)),
      used: try row.count(5, of: "a code's uses"))
  }

  func counter(_ key: Owned<CounterKey>) throws(StoreFailure) -> Int64? {
    try connection.first(
      "SELECT used FROM counter WHERE tenant = ?1 AND coupon_id = ?2 AND counter = ?3"
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value.couponID)
      $0.bind(key.value.counter.stored)
    } read: { (row) throws(StoreFailure) in
      try row.count(0, of: "a counter")
    }
  }

  func answer(_ key: Owned<IdempotencyKey.Name>) throws(StoreFailure) -> StoredAnswer? {
    try connection.first(
      "SELECT fingerprint, kind, body, at FROM answer WHERE tenant = ?1 AND key = ?2"
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      StoredAnswer(
        fingerprint: try row.hash(0),
        form: AnswerForm(kind: try AnswerForm.Kind(stored: row.text(1)), body: row.bytes(2)),
        at: try row.instant(3)
      )
    }
  }
}
