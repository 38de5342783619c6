import Engine
import Scrip

/// A row of `coupon`, whose terms are found by its version.
struct FoundCoupon {
  let key: Owned<Coupon.ID>
  let state: Coupon.State
  private let revokesLocks: Bool
  private let version: Int64
  private let uses: UseCounts
  private let createdAt: Instant
  private let updatedAt: Instant
  private let head: StreamHead

  /// Reads the columns tenant, id, state, revokes_locks, version, locked, redeemed, created_at, updated_at,
  /// head_sequence, head_hash.
  init(_ row: Row) throws(StoreFailure) {
    key = Owned(row.tenant(0), try row.identifier(1))
    state = try Coupon.State(stored: row.int64(2))
    revokesLocks = row.bool(3)
    version = row.int64(4)
    uses = UseCounts(locked: row.int64(5), redeemed: row.int64(6))
    createdAt = row.instant(7)
    updatedAt = row.instant(8)
    head = StreamHead(sequence: row.int64(9), hash: try row.hash(10))
  }

  /// Which terms it has.
  var versionKey: Owned<VersionKey> {
    Owned(key.tenant, VersionKey(couponID: key.value, version: version))
  }

  /// Completes the coupon and puts it into a set that does not hold it yet.
  func put(_ terms: CouponTerms, into set: inout WorkingSet) {
    guard set.coupons[key] == nil else { return }
    set.coupons[key] = CouponRecord(
      coupon: Coupon(
        id: key.value, state: state, revokesLocks: revokesLocks, version: version, terms: terms, uses: uses,
        createdAt: createdAt, updatedAt: updatedAt), head: head)
  }
}
