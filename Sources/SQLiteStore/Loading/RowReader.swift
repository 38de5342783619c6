import Digest
import Forms
import Ledger
import Promotions
import Scrip

/// Reads single records over one connection.
struct RowReader {
  let connection: SQLiteConnection
  /// Decoded terms of all connections.
  let terms: TermsCache
  /// What this connection has read in its snapshot; nil where rows may change between two reads.
  let cache: SnapshotCache?
  /// Whether what is read is committed, so that its terms may be shown to other connections.
  var readsCommitted = true

  func tenant(_ id: Tenant.ID) throws(StoreFailure) -> TenantRecord? {
    if let cached = cache?.tenants.find(id) { return cached }
    let record: TenantRecord? = try connection.row(id)
    cache?.tenants.insert(record, for: id)
    return record
  }

  func coupon(_ key: Owned<Coupon.ID>) throws(StoreFailure) -> CouponRow? {
    if let cached = cache?.coupons.find(key) { return cached }
    let row = try connection.row(key).map { (row: CouponRow) throws(StoreFailure) in
      try withTerms(row, of: key.tenant)
    }
    cache?.coupons.insert(row, for: key)
    return row
  }

  /// A row of `coupon` together with the terms of its version.
  func withTerms(_ row: CouponRow, of tenant: Tenant.ID) throws(StoreFailure) -> CouponRow {
    var row = row
    if let version = try version(row.versionKey(of: tenant)) { row.terms = version.decoded }
    return row
  }

  func version(_ key: Owned<VersionKey>) throws(StoreFailure) -> VersionRow? {
    if let cached = terms.find(key) { return VersionRow(.success(cached)) }
    let row: VersionRow? = try connection.row(key)
    if readsCommitted, case .success(let decoded)? = row?.decoded { terms.insert(decoded, for: key) }
    return row
  }

  func code(_ key: Owned<CouponCode>) throws(StoreFailure) -> CodeRecord? {
    if let cached = cache?.codes.find(key) { return cached }
    let record: CodeRecord? = try connection.row(key)
    cache?.codes.insert(record, for: key)
    return record
  }

  /// The generated code of a skeleton, or else one of the given codes that have it; those of archived coupons left out.
  func code(_ key: Owned<CodeSkeleton>) throws(StoreFailure) -> CodeRecord? {
    if let cached = cache?.skeletons.find(key) { return cached }
    let record = try connection.first(RowReader.codeOfSkeleton) {
      $0.bind(key.tenant)
      $0.bind(key.value.text)
    } read: { (row) throws(StoreFailure) in
      try row.row(CodeRecord.self).row
    }
    cache?.skeletons.insert(record, for: key)
    return record
  }

  private static let codeOfSkeleton = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CodeRecord.self)) FROM code INDEXED BY code_of_skeleton
      WHERE tenant = ?1 AND length(replace(canonical, '-', '')) = length(?2)
        AND replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1') = ?2
        AND (SELECT state FROM coupon WHERE coupon.tenant = ?1 AND coupon.id = code.coupon_id) <> 3
      ORDER BY is_generated DESC LIMIT 1
      """)

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
}
