import Digest
import Ledger
import Promotions
import Scrip

/// Everything that an in-memory store keeps, as values: a copy is a snapshot, and dropping one is a roll-back.
struct Tables: Sendable {
  private var rows: [ObjectIdentifier: any Sendable] = [:]
  var skeletons: [Owned<CodeSkeleton>: Set<CouponCode>] = [:]
  var applicationsOfOrder: [Owned<OrderID>: [DiscountApplication.ID]] = [:]
  var locked: Set<Owned<DiscountApplication.ID>> = []
  var eventPlaces: Set<Owned<StreamPlace>> = []
  var events: [StoredEvent] = []
  var dueBeside: [Owned<DueKey>: DueBeside] = [:]

  /// The rows of a declared table, or applications.
  subscript<Row: StoredRecord>(_ row: Row.Type) -> [Row.Key: Row] {
    get { rows[ObjectIdentifier(row)] as? [Row.Key: Row] ?? [:] }
    _modify {
      var table = rows.removeValue(forKey: ObjectIdentifier(row)) as? [Row.Key: Row] ?? [:]
      defer { rows[ObjectIdentifier(row)] = table }
      yield &table
    }
  }

  var tenants: [Tenant.ID: TenantRecord] { self[TenantRecord.self] }
  var coupons: [Owned<Coupon.ID>: CouponRow] { self[CouponRow.self] }
  var codes: [Owned<CouponCode>: CodeRecord] { self[CodeRecord.self] }
  var counters: [Owned<CounterKey>: CounterRow] { self[CounterRow.self] }
  var applications: [Owned<DiscountApplication.ID>: ApplicationRecord] { self[ApplicationRecord.self] }
  var accessKeys: [Owned<AccessKey.ID>: AccessKey] { self[AccessKey.self] }

  /// The order's live application, or the one that was locked last.
  func application(ofOrder key: Owned<OrderID>) -> DiscountApplication.ID? {
    let records = (applicationsOfOrder[key] ?? []).compactMap { applications[Owned(key.tenant, $0)] }
    let live = records.first { $0.application.state.isLive }
    let last = records.max {
      ($0.application.lockedAt, $0.application.id) < ($1.application.lockedAt, $1.application.id)
    }
    return (live ?? last)?.application.id
  }

  /// Locks that a test accepts, those that run out first before others.
  func locked(
    max: Int, _ accepts: (Owned<DiscountApplication.ID>, DiscountApplication) -> Bool
  ) -> [FoundLock] {
    let found = locked.compactMap { key -> FoundLock? in
      guard let application = applications[key]?.application, accepts(key, application) else { return nil }
      return FoundLock(key: key, orderID: application.orderID, expiresAt: application.expiresAt)
    }
    return Array(found.sorted { ($0.expiresAt, $0.key) < ($1.expiresAt, $1.key) }.prefix(max))
  }

  /// Whether a coupon that is disabled together with its locks has revoked a lock.
  func isRevoked(_ tenant: Tenant.ID, _ application: DiscountApplication) -> Bool {
    application.usages.contains { usage in
      guard let coupon = coupons[Owned(tenant, usage.couponID)]?.life else { return false }
      return usage.state == .locked && coupon.revokesLocks && usage.revocations < coupon.revocations
    }
  }
}

/// Where an event stands: what a database's unique key says.
struct StreamPlace: Hashable {
  let stream: StreamID
  let sequence: Int64
}
