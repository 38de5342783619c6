import Engine
import Scrip

/// A row of `coupon` that can't be read.
struct UnreadableCoupon {
  let failure: StoreFailure
  /// An archived coupon's codes open nothing, whatever else is wrong with it.
  let isArchived: Bool
}

/// A row of `coupon`, whose terms are found by its version.
struct FoundCoupon {
  let key: Owned<Coupon.ID>
  let state: Coupon.State
  private let revokesLocks: Bool
  private let revocations: Int64
  private let version: Int64
  private let uses: UseCounts
  private let createdAt: Instant
  private let updatedAt: Instant
  private let head: StreamHead

  /// Reads the columns tenant, id, state, revokes_locks, revocations, version, locked, redeemed, created_at, updated_at,
  /// head_sequence, head_hash, which stand behind so many others.
  init(_ row: Row, from first: Int) throws(StoreFailure) {
    key = try FoundCoupon.key(row, from: first)
    state = try Coupon.State(stored: row.int64(first + 2))
    revokesLocks = row.bool(first + 3)
    revocations = try row.count(first + 4, of: "a coupon's revocations")
    version = try row.count(first + 5, of: "a coupon's version")
    uses = UseCounts(
      locked: try row.count(first + 6, of: "a coupon's locks"),
      redeemed: try row.count(first + 7, of: "a coupon's uses"))
    createdAt = try row.instant(first + 8)
    updatedAt = try row.instant(first + 9)
    head = StreamHead(
      sequence: try row.count(first + 10, of: "a coupon's stream"), hash: try row.hash(first + 11))
  }

  /// Reads the first two of those columns.
  static func key(_ row: Row, from first: Int) throws(StoreFailure) -> Owned<Coupon.ID> {
    Owned(row.tenant(first), try row.identifier(first + 1))
  }

  /// Which terms it has.
  var versionKey: Owned<VersionKey> {
    Owned(key.tenant, VersionKey(couponID: key.value, version: version))
  }

  /// Puts the coupon without its terms into a set that does not hold it yet.
  func putTermless(_ failure: StoreFailure, into set: inout WorkingSet) {
    guard set.unreadableCoupons[key] == nil else { return }
    set.unreadableCoupons[key] = failure
    set.termlessCoupons[key] = TermlessCoupon(
      id: key.value,
      life: CouponLife(
        state: state, revokesLocks: revokesLocks, revocations: revocations, version: version, uses: uses,
        updatedAt: updatedAt), createdAt: createdAt, head: head)
  }

  /// Completes the coupon and puts it into a set that does not hold it yet.
  func put(_ terms: CouponTerms, into set: inout WorkingSet) {
    guard set.coupons[key] == nil else { return }
    set.coupons[key] = CouponRecord(
      coupon: Coupon(
        id: key.value, state: state, revokesLocks: revokesLocks, revocations: revocations, version: version,
        terms: terms, uses: uses, createdAt: createdAt, updatedAt: updatedAt), head: head)
  }
}
