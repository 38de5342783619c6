import Ledger
import Scrip

/// The usages of a coupon that were locked on one day (UTC) in one currency, as far as the projection `coupon_uses` has
/// read.
public struct CouponDayRow: Hashable, Sendable {
  /// How many are locked.
  public var locked: Int64 = 0
  /// How many are redeemed.
  public var redeemed: Int64 = 0
  /// How many were given back.
  public var released: Int64 = 0
  /// How many of those that are redeemed are outside of all counts.
  public var overLimit: Int64 = 0
  /// The discount money of live usages in minor units: more than any amount may be.
  public var discount: Int128 = 0

  /// Nothing yet.
  public init() {}

  /// Counts usages in a state.
  subscript(_ state: Usage.State) -> Int64 {
    get {
      switch state {
      case .locked: locked
      case .redeemed: redeemed
      case .released: released
      }
    }
    set {
      switch state {
      case .locked: locked = newValue
      case .redeemed: redeemed = newValue
      case .released: released = newValue
      }
    }
  }
}

/// Which day and currency of which coupon.
public struct CouponDayKey: Hashable, Comparable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// The day.
  public let day: CalendarDay
  /// The currency.
  public let currency: Currency

  /// Makes a key.
  public init(couponID: Coupon.ID, day: CalendarDay, currency: Currency) {
    self.couponID = couponID
    self.day = day
    self.currency = currency
  }

  /// By coupon, then by day, then by currency.
  public static func < (left: CouponDayKey, right: CouponDayKey) -> Bool {
    (left.couponID, left.day, left.currency) < (right.couponID, right.day, right.currency)
  }
}

extension CouponDayRow: StoredRow {
  /// `coupon_day`
  public static let shape = TableShape(Self.self, "coupon_day", noun: "coupon day")

  /// Its coupon, its day and its currency.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<CouponDayKey>?
  ) throws(StoreFailure) -> Owned<CouponDayKey> {
    Owned(
      try walk.tenant(key?.tenant),
      CouponDayKey(
        couponID: try walk.column("coupon_id", .key, key?.value.couponID),
        day: CalendarDay(daysSinceEpoch: try walk.column("day", .key, key?.value.day.daysSinceEpoch)),
        currency: try walk.column("currency", .key, key?.value.currency)))
  }

  /// Its columns, in their order. The discount is kept in two parts, because a sum of amounts may leave 64 bits.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<CouponDayKey>
  ) throws(StoreFailure) -> Self {
    var read = Self()
    read.locked = try walk.count("locked", .hot, row?.locked)
    read.redeemed = try walk.count("redeemed", .hot, row?.redeemed)
    read.released = try walk.count("released", .hot, row?.released)
    read.overLimit = try walk.count("over_limit", .hot, row?.overLimit)
    let high = try walk.count("discount_high", .hot, row.map { Int64($0.discount >> 32) })
    let low = try walk.count("discount_low", .hot, row.map { Int64($0.discount & 0xffff_ffff) })
    read.discount = Int128(high) << 32 + Int128(low)
    return read
  }

  /// What people call it.
  public static func label(of key: Owned<CouponDayKey>) -> String {
    "of \(key.value.couponID), \(key.value.day) \(key.value.currency.code)"
  }
}
