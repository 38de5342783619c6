import Ledger
import Scrip

/// A usage of an application, in a row of its own.
public struct UsageRow: Hashable, Sendable {
  /// The usage.
  public var usage: Usage
  /// The application's order.
  public var orderID: OrderID

  /// Makes a row.
  public init(usage: Usage, orderID: OrderID) {
    self.usage = usage
    self.orderID = orderID
  }
}

/// Which coupon of which application.
public struct UsageKey: Hashable, Comparable, Sendable {
  /// The application.
  public let applicationID: DiscountApplication.ID
  /// The coupon.
  public let couponID: Coupon.ID

  /// Makes a key.
  public init(applicationID: DiscountApplication.ID, couponID: Coupon.ID) {
    self.applicationID = applicationID
    self.couponID = couponID
  }

  /// By application, then by coupon.
  public static func < (left: UsageKey, right: UsageKey) -> Bool {
    (left.applicationID, left.couponID) < (right.applicationID, right.couponID)
  }
}

extension UsageRow: StoredRow {
  /// `usage`
  public static let shape = TableShape(Self.self, "usage", noun: "usage")

  /// Its application and its coupon.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<UsageKey>?
  ) throws(StoreFailure) -> Owned<UsageKey> {
    Owned(
      try walk.tenant(key?.tenant),
      UsageKey(
        applicationID: try walk.column("application_id", .key, key?.value.applicationID),
        couponID: try walk.column("coupon_id", .key, key?.value.couponID)))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<UsageKey>
  ) throws(StoreFailure) -> Self {
    let usage = row?.usage
    let id = try walk.column("id", .plain, usage?.id)
    let version = try walk.column("version", .plain, usage?.version)
    let code = try walk.column("code", .plain, usage?.code)
    let orderID = try walk.column("order_id", .fixed, row?.orderID)
    let state = try walk.column("state", .plain, usage?.state)
    let amount = try walk.count("amount", .plain, usage?.amount)
    let counters = try walk.optional("counters", .plain, usage.flatMap { StoredCounters($0.counters) })
    let revocations = try walk.column("revocations", .plain, usage?.revocations)
    return Self(
      usage: Usage(
        id: id, couponID: key.value.couponID, version: version, code: code, state: state, amount: amount,
        counters: counters?.counters ?? [], revocations: revocations),
      orderID: orderID)
  }

  /// What people call it.
  public static func label(of key: Owned<UsageKey>) -> String {
    "\(key.value.applicationID) \(key.value.couponID)"
  }
}
