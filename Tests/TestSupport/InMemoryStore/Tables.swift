import Digest
import Engine
import Scrip

/// Everything that an in-memory store keeps, as values: a copy is a snapshot, and dropping one is a roll-back.
struct Tables: Sendable {
  var tenants: [Tenant.ID: TenantRecord] = [:]
  var coupons: [Owned<Coupon.ID>: CouponRecord] = [:]
  var versions: [Owned<VersionKey>: CouponTerms] = [:]
  var codes: [Owned<CouponCode>: CodeRecord] = [:]
  var skeletons: [Owned<CodeSkeleton>: Set<CouponCode>] = [:]
  var counters: [Owned<CounterKey>: Int64] = [:]
  var applications: [Owned<DiscountApplication.ID>: ApplicationRecord] = [:]
  var applicationsOfOrder: [Owned<OrderID>: [DiscountApplication.ID]] = [:]
  var locked: Set<Owned<DiscountApplication.ID>> = []
  var accessKeys: [Owned<AccessKey.ID>: AccessKey] = [:]
  var answers: [Owned<IdempotencyKey.Name>: StoredAnswer] = [:]
  var eventPlaces: Set<Owned<EventPlace>> = []
  var events: [StoredEvent] = []

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
      guard let coupon = coupons[Owned(tenant, usage.couponID)]?.coupon else { return false }
      return usage.state == .locked && coupon.revokesLocks && usage.revocations < coupon.revocations
    }
  }
}

/// Where an event stands: what a database's unique key says.
struct EventPlace: Hashable {
  let stream: EventStream
  let sequence: Int64
}
