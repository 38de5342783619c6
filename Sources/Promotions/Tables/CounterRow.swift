import Ledger
import Scrip

/// A counter of a coupon, by identity, period or budget, or of a campaign. One at zero is no row.
public struct CounterRow: Hashable, Sendable {
  /// Uses; of a budget, minor units.
  public var used: Int64

  /// A counter that stands at a number.
  public init(used: Int64) { self.used = used }
}

/// Marks what has counters.
public enum CounterHolder: Identified {
  /// `holder`
  public static var prefix: String { "holder" }
}

/// Which counter of which coupon or campaign.
public struct CounterKey: Hashable, Comparable, Sendable {
  /// The coupon, or the campaign if it is a counter of one.
  public let holder: Identifier<CounterHolder>
  /// Which of its counters.
  public let counter: UsageCounter

  /// The key of a counter that usages of a coupon take from: the coupon's own, or its campaign's.
  public init(couponID: Coupon.ID, counter: UsageCounter) {
    self.init(holder: Identifier(counter.campaignID?.value ?? couponID.value), counter: counter)
  }

  fileprivate init(holder: Identifier<CounterHolder>, counter: UsageCounter) {
    self.holder = holder
    self.counter = counter
  }

  /// The coupon; nil if it is a campaign's counter.
  public var couponID: Coupon.ID? { counter.campaignID == nil ? Coupon.ID(holder.value) : nil }

  /// By holder, then by the bytes of the stored form.
  public static func < (left: CounterKey, right: CounterKey) -> Bool {
    if left.holder != right.holder { return left.holder < right.holder }
    // The same order, without making texts of what a batch has most of.
    if case .identity(let left) = left.counter, case .identity(let right) = right.counter {
      return left < right
    }
    return ExactText<CounterKey>(left.counter.stored) < ExactText(right.counter.stored)
  }
}

extension CounterRow: StoredRow {
  /// `counter`
  public static let shape = TableShape(
    Self.self, "counter", noun: "counter",
    counting: TableShape.Count(["used"], refusal: "a counter would pass its limit"))

  /// Its holder and what it counts.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<CounterKey>?
  ) throws(StoreFailure) -> Owned<CounterKey> {
    Owned(
      try walk.tenant(key?.tenant),
      CounterKey(
        holder: try walk.column("holder_id", .key, key?.value.holder),
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
  public static func label(of key: Owned<CounterKey>) -> String {
    "of \(key.value.counter.campaignID?.description ?? Coupon.ID(key.value.holder.value).description)"
  }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}
