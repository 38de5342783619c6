import Ledger
import Scrip

/// How many live usages of a coupon a buyer has, as far as the projection `coupon_uses` has read. A buyer without any is
/// no row, so rows are a coupon's different users.
public struct CouponUserRow: Hashable, Sendable {
  /// Live usages.
  public var live: Int64

  /// A number of live usages.
  public init(live: Int64) { self.live = live }
}

/// Which buyer of which coupon.
public struct CouponUserKey: Hashable, Comparable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// The buyer.
  public let buyer: IdentityKey

  /// Makes a key.
  public init(couponID: Coupon.ID, buyer: IdentityKey) {
    self.couponID = couponID
    self.buyer = buyer
  }

  /// By coupon, then by buyer.
  public static func < (left: CouponUserKey, right: CouponUserKey) -> Bool {
    (left.couponID, left.buyer) < (right.couponID, right.buyer)
  }
}

extension CouponUserRow: StoredRow {
  /// `coupon_user`
  public static let shape = TableShape(Self.self, "coupon_user", noun: "coupon user")

  /// Its coupon and its buyer.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<CouponUserKey>?
  ) throws(StoreFailure) -> Owned<CouponUserKey> {
    Owned(
      try walk.tenant(key?.tenant),
      CouponUserKey(
        couponID: try walk.column("coupon_id", .key, key?.value.couponID),
        buyer: try walk.column("buyer", .key, key?.value.buyer)))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<CouponUserKey>
  ) throws(StoreFailure) -> Self {
    Self(live: try walk.count("live", .hot, row?.live))
  }

  /// Without live usages.
  public var isVoid: Bool { live == 0 }

  /// What people call it.
  public static func label(of key: Owned<CouponUserKey>) -> String { "of \(key.value.couponID)" }
}
