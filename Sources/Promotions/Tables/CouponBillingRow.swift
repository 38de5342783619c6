import Ledger
import Scrip

/// What a coupon gave to subscriptions and invoices in one currency, as far as the projection `coupon_billing` has read.
public struct CouponBillingRow: Hashable, Sendable {
  /// How often it was attached.
  public var attached: Int64 = 0
  /// How often it was detached again.
  public var detached: Int64 = 0
  /// How many of these uses went back.
  public var givenBack: Int64 = 0
  /// How many invoices it takes something off, voided ones left out.
  public var invoices: Int64 = 0
  /// What it takes off them, in minor units.
  public var discount: Int128 = 0

  /// Nothing yet.
  public init() {}
}

/// Which currency of which coupon.
public struct CouponBillingKey: Hashable, Comparable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// The currency.
  public let currency: Currency

  /// Makes a key.
  public init(couponID: Coupon.ID, currency: Currency) {
    self.couponID = couponID
    self.currency = currency
  }

  /// By coupon, then by currency.
  public static func < (left: CouponBillingKey, right: CouponBillingKey) -> Bool {
    (left.couponID, left.currency) < (right.couponID, right.currency)
  }
}

extension CouponBillingRow: StoredRow {
  /// `coupon_billing`
  public static let shape = TableShape(Self.self, "coupon_billing", noun: "coupon billing")

  /// Its coupon and its currency.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<CouponBillingKey>?
  ) throws(StoreFailure) -> Owned<CouponBillingKey> {
    Owned(
      try walk.tenant(key?.tenant),
      CouponBillingKey(
        couponID: try walk.column("coupon_id", .key, key?.value.couponID),
        currency: try walk.column("currency", .key, key?.value.currency)))
  }

  /// Its columns, in their order. The discount is kept in two parts, because a sum of amounts may leave 64 bits.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<CouponBillingKey>
  ) throws(StoreFailure) -> Self {
    var read = Self()
    read.attached = try walk.count("attached", .hot, row?.attached)
    read.detached = try walk.count("detached", .hot, row?.detached)
    read.givenBack = try walk.count("given_back", .hot, row?.givenBack)
    read.invoices = try walk.count("invoices", .hot, row?.invoices)
    let high = try walk.count("discount_high", .hot, row.map { Int64($0.discount >> 32) })
    let low = try walk.count("discount_low", .hot, row.map { Int64($0.discount & 0xffff_ffff) })
    read.discount = Int128(high) << 32 + Int128(low)
    return read
  }

  /// What people call it.
  public static func label(of key: Owned<CouponBillingKey>) -> String {
    "of \(key.value.couponID), \(key.value.currency.code)"
  }
}

/// What a coupon gave to subscriptions and invoices, by currency.
public struct BillingOfCoupon: Search {
  /// The answer, by currency.
  public typealias Found = [(key: Owned<CouponBillingKey>, row: CouponBillingRow)]

  /// Which coupon.
  public let coupon: Owned<Coupon.ID>

  /// Asks about a coupon.
  public init(of coupon: Owned<Coupon.ID>) { self.coupon = coupon }
}
