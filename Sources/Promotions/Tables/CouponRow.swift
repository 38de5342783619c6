import Forms
import Ledger
import Scrip

/// A coupon with the terms of its version, as far as they can be read, and its stream's head.
///
/// One whose terms are damaged, or were written by a newer version of the program, can't be priced. But what it gave out
/// can be given back, and it can be taken out of use.
public struct CouponRow: Sendable {
  /// Its identifier.
  public let id: Coupon.ID
  /// What changes without a look at its terms.
  public var life: CouponLife
  /// When it was created.
  public let createdAt: Instant
  /// The terms of its version, or why they can't be read.
  public var terms: Result<DecodedTerms, StoreFailure>
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes a row of a coupon whose terms can be read.
  public init(coupon: Coupon, head: StreamHead) {
    id = coupon.id
    life = coupon.life
    createdAt = coupon.createdAt
    terms = .success(DecodedTerms(terms: coupon.terms, isWhole: true))
    self.head = head
  }

  private init(
    id: Coupon.ID, life: CouponLife, createdAt: Instant, terms: Result<DecodedTerms, StoreFailure>,
    head: StreamHead
  ) {
    self.id = id
    self.life = life
    self.createdAt = createdAt
    self.terms = terms
    self.head = head
  }

  /// The coupon; nil if its terms can't be read.
  public var coupon: Coupon? {
    guard case .success(let decoded) = terms else { return nil }
    return Coupon(
      id: id, state: life.state, revokesLocks: life.revokesLocks, revocations: life.revocations,
      version: life.version, terms: decoded.terms, uses: life.uses, createdAt: createdAt,
      updatedAt: life.updatedAt)
  }

  /// The coupon.
  ///
  /// - Throws: what is wrong with its terms.
  public func readable() throws(StoreFailure) -> Coupon {
    if case .failure(let failure) = terms { throw failure }
    guard let coupon else { throw .corrupt("the terms of a coupon") }
    return coupon
  }

  /// The row as it is once everything that it has made void is given back: locks that it has revoked hold nothing.
  var withoutVoidLocks: CouponRow {
    var row = self
    if life.revokesLocks { row.life.uses.locked = 0 }
    return row
  }

  /// The terms of its limits; nil if they can't be read.
  var limits: UsageLimits? { terms.value?.terms.limits }

  /// What the API shows of a coupon whose terms can't be read.
  public var withoutTerms: CouponWithoutTerms {
    CouponWithoutTerms(
      id: id, version: life.version, state: life.state, uses: life.uses, createdAt: createdAt,
      updatedAt: life.updatedAt)
  }

  /// Which terms it has.
  public func versionKey(of tenant: Tenant.ID) -> Owned<VersionKey> {
    Owned(tenant, VersionKey(couponID: id, version: life.version))
  }
}

extension CouponRow: Equatable {
  /// Whether all is the same. Terms that can't be read are no better than others that can't.
  public static func == (left: CouponRow, right: CouponRow) -> Bool {
    left.id == right.id && left.life == right.life && left.createdAt == right.createdAt
      && left.head == right.head && left.terms.value == right.terms.value
  }
}

extension CouponRow: StoredRow {
  /// `coupon`
  public static let shape = TableShape(
    Self.self, "coupon", noun: "coupon",
    counting: TableShape.Count(["locked", "redeemed"], refusal: "a coupon's uses would pass its limit"),
    endsOf: .coupon)

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Coupon.ID>?
  ) throws(StoreFailure) -> Owned<Coupon.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order. Its terms stand in its version; some of them are repeated for searches.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Coupon.ID>
  ) throws(StoreFailure) -> Self {
    let life = row?.life
    let state = try walk.column("state", .plain, life?.state)
    let revokesLocks = try walk.column("revokes_locks", .plain, life?.revokesLocks)
    let revocations = try walk.count("revocations", .plain, life?.revocations)
    let version = try walk.count("version", .plain, life?.version)
    let uses = UseCounts(
      locked: try walk.count("locked", .hot, life?.uses.locked),
      redeemed: try walk.count("redeemed", .hot, life?.uses.redeemed))
    let terms = row?.terms.value?.terms
    try walk.derived("limit_total", terms?.limits.total)
    try walk.derived("owner", terms?.owner)
    try walk.derived("seller_id", terms?.sellerID)
    try walk.derived("starts_at", terms?.validity.startsAt)
    try walk.derived("ends_at", terms?.validity.endsAt)
    let head = try walk.head(row?.head)
    let createdAt = try walk.column("created_at", .fixed, row?.createdAt)
    let updatedAt = try walk.column("updated_at", .plain, life?.updatedAt)
    return Self(
      id: key.value,
      life: CouponLife(
        state: state, revokesLocks: revokesLocks, revocations: revocations, version: version, uses: uses,
        updatedAt: updatedAt),
      createdAt: createdAt, terms: row?.terms ?? .failure(.corrupt("the version of a coupon")), head: head)
  }

  /// What people call it.
  public static func label(of key: Owned<Coupon.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}
