import Engine
import Scrip

/// A coupon as its row tells it: everything but the terms, which are kept by version.
struct CouponRow {
  let id: Coupon.ID
  let version: Int64
  private let state: Coupon.State
  private let revokesLocks: Bool
  private let uses: UseCounts
  private let createdAt: Instant
  private let updatedAt: Instant

  /// Reads the columns id, state, revokes_locks, version, locked, redeemed, created_at, updated_at.
  init(_ row: Row) throws(StoreFailure) {
    id = try row.identifier(0)
    state = try Coupon.State(stored: row.int64(1))
    revokesLocks = row.bool(2)
    version = row.int64(3)
    uses = UseCounts(locked: row.int64(4), redeemed: row.int64(5))
    createdAt = row.instant(6)
    updatedAt = row.instant(7)
  }

  func coupon(_ terms: CouponTerms) -> Coupon {
    Coupon(
      id: id, state: state, revokesLocks: revokesLocks, version: version, terms: terms, uses: uses,
      createdAt: createdAt, updatedAt: updatedAt)
  }
}

extension PostgresStore {
  /// The coupons that rows tell of, with their terms. Those that nobody has asked for lately take one round trip more.
  func coupons(
    _ rows: [CouponRow], of tenant: Tenant.ID, in transaction: ReadTransaction
  ) throws(StoreFailure) -> [Coupon] {
    var known: [Owned<VersionKey>: CouponTerms] = [:]
    var missing: [VersionKey] = []
    for row in rows {
      let key = VersionKey(couponID: row.id, version: row.version)
      if let terms = terms.find(Owned(tenant, key)) {
        known[Owned(tenant, key)] = terms
      } else {
        missing.append(key)
      }
    }
    if !missing.isEmpty {
      known.merge(try load(missing, of: tenant, in: transaction)) { _, loaded in loaded }
    }
    var coupons: [Coupon] = []
    for row in rows {
      guard let terms = known[Owned(tenant, VersionKey(couponID: row.id, version: row.version))] else {
        throw .corrupt("the version of a coupon")
      }
      coupons.append(row.coupon(terms))
    }
    return coupons
  }

  private func load(
    _ keys: [VersionKey], of tenant: Tenant.ID, in transaction: ReadTransaction
  ) throws(StoreFailure) -> [Owned<VersionKey>: CouponTerms] {
    let rows = try transaction.rows(
      """
      SELECT version.coupon_id, version.version, version.terms
      FROM unnest($2, $3) AS wanted (coupon_id, version)
      JOIN scrip.coupon_version AS version ON version.tenant = $1 AND version.coupon_id = wanted.coupon_id
        AND version.version = wanted.version
      """
    ) {
      $0.bind(tenant)
      $0.bind(keys.map(\.couponID))
      $0.bind(keys.map(\.version))
    }
    var loaded: [Owned<VersionKey>: CouponTerms] = [:]
    for row in rows {
      let key = Owned(tenant, VersionKey(couponID: try row.identifier(0), version: row.int64(1)))
      let decoded = try StoredTerms.decode(row.bytes(2))
      terms.insert(decoded, for: key)
      loaded[key] = decoded
    }
    return loaded
  }
}
