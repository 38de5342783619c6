import Ledger
import Scrip

/// A counter of a coupon: by identity, period or budget. One at zero is no row.
public struct CounterRow: Hashable, Sendable {
  /// Uses; of a budget, minor units.
  public var used: Int64

  /// A counter that stands at a number.
  public init(used: Int64) { self.used = used }
}

/// Which counter of which coupon.
public struct CounterKey: Hashable, Comparable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// Which of its counters.
  public let counter: UsageCounter

  /// Makes a key.
  public init(couponID: Coupon.ID, counter: UsageCounter) {
    self.couponID = couponID
    self.counter = counter
  }

  /// By coupon, then by the bytes of the stored form.
  public static func < (left: CounterKey, right: CounterKey) -> Bool {
    if left.couponID != right.couponID { return left.couponID < right.couponID }
    return ExactText<CounterKey>(left.counter.stored) < ExactText(right.counter.stored)
  }
}

extension CounterRow: StoredRow {
  /// `counter`
  public static let shape = TableShape(
    Self.self, "counter", noun: "counter",
    counting: TableShape.Count(["used"], refusal: "a counter would pass its limit"))

  /// Its coupon and what it counts.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<CounterKey>?
  ) throws(StoreFailure) -> Owned<CounterKey> {
    Owned(
      try walk.tenant(key?.tenant),
      CounterKey(
        couponID: try walk.column("coupon_id", .key, key?.value.couponID),
        counter: try walk.column("counter", .key, key?.value.counter)))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<CounterKey>
  ) throws(StoreFailure) -> Self {
    Self(used: try walk.count("used", .hot, row?.used))
  }

  /// At zero.
  public var isVoid: Bool { used == 0 }

  /// What people call it.
  public static func label(of key: Owned<CounterKey>) -> String { "of \(key.value.couponID)" }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}
