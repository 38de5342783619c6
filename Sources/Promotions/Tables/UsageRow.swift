import Ledger
import Scrip

/// A usage of an application, with what all usages of the application tell of it: most have one, and so are one row.
public struct UsageRow: Hashable, Sendable {
  /// The usage.
  public var usage: Usage
  /// Whether it is the first of its application's, by coupon: the one that stands for the application in searches, and
  /// that keeps a second one of its order out.
  public var isFirst: Bool
  /// The application, without its usages and its snapshot.
  public var shared: ApplicationRecord

  /// Makes a row.
  public init(usage: Usage, isFirst: Bool, shared: ApplicationRecord) {
    self.usage = usage
    self.isFirst = isFirst
    self.shared = shared
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

  /// Its columns, in their order. The application's snapshot stands in the event that it was agreed in, which most often
  /// is one of the usage's own coupon.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<UsageKey>
  ) throws(StoreFailure) -> Self {
    let usage = row?.usage
    let id = try walk.column("id", .plain, usage?.id)
    let version = try walk.column("version", .plain, usage?.version)
    let code = try walk.column("code", .plain, usage?.code)
    let state = try walk.column("state", .plain, usage?.state)
    let amount = try walk.count("amount", .plain, usage?.amount)
    let isOverLimit = try walk.column("over_limit", .plain, usage?.isOverLimit)
    let counters = try walk.optional("counters", .plain, usage.flatMap { StoredCounters($0.counters) })
    let revocations = try walk.column("revocations", .plain, usage?.revocations)
    let isFirst = try walk.column("is_first", .plain, row?.isFirst)
    return Self(
      usage: Usage(
        id: id, couponID: key.value.couponID, version: version, code: code, state: state, amount: amount,
        counters: counters?.counters ?? [], revocations: revocations, isOverLimit: isOverLimit),
      isFirst: isFirst, shared: try walkShared(&walk, row?.shared, of: key.value))
  }

  private static func walkShared<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ record: ApplicationRecord?, of key: UsageKey
  ) throws(StoreFailure) -> ApplicationRecord {
    let application = record?.application
    let shared = DiscountApplication(
      id: key.applicationID,
      orderID: try walk.column("order_id", .fixed, application?.orderID),
      buyer: try walk.optional("buyer", .plain, application?.buyer),
      state: try walk.column("application_state", .plain, application?.state),
      lockedAt: try walk.column("locked_at", .fixed, application?.lockedAt),
      expiresAt: try walk.column("expires_at", .plain, application?.expiresAt),
      settledAt: try walk.optional("settled_at", .plain, application?.settledAt),
      releaseCause: try walk.optional("release_cause", .plain, application?.releaseCause),
      currency: try walk.column("currency", .fixed, application?.currency),
      discount: try walk.column("discount", .plain, application?.discount),
      total: try walk.column("total", .plain, application?.total),
      snapshot: .notLoaded, usages: [])
    let agreedElsewhere = record.flatMap { $0.agreedIn.couponID == key.couponID ? nil : $0.agreedIn.couponID }
    return ApplicationRecord(
      application: shared,
      agreedIn: EventReference(
        couponID: try walk.optional("agreed_coupon_id", .plain, agreedElsewhere) ?? key.couponID,
        sequence: try walk.column("agreed_sequence", .plain, record?.agreedIn.sequence)))
  }

  /// What people call it.
  public static func label(of key: Owned<UsageKey>) -> String {
    "\(key.value.applicationID) \(key.value.couponID)"
  }
}
