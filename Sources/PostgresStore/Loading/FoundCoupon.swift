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
  /// head_sequence, head_hash, which stand behind so many others.
  init(_ row: Row, from first: Int) throws(StoreFailure) {
    key = try FoundCoupon.key(row, from: first)
    state = try Coupon.State(stored: row.int64(first + 2))
    revokesLocks = row.bool(first + 3)
    version = row.int64(first + 4)
    uses = UseCounts(locked: row.int64(first + 5), redeemed: row.int64(first + 6))
    createdAt = row.instant(first + 7)
    updatedAt = row.instant(first + 8)
    head = StreamHead(sequence: row.int64(first + 9), hash: try row.hash(first + 10))
  }

  /// Reads the first two of those columns.
  static func key(_ row: Row, from first: Int) throws(StoreFailure) -> Owned<Coupon.ID> {
    Owned(row.tenant(first), try row.identifier(first + 1))
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
