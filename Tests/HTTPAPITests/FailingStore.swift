import Digest
import Engine
import Scrip
import Synchronization

/// A store whose calls fail while somebody says so.
final class FailingStore: Store {
  let store: any Store
  private let failure = Mutex<StoreFailure?>(nil)
  private let pagesLeft = Mutex<Int?>(nil)
  private let reportedHealth = Mutex<StoreHealth?>(nil)
  private let writeFailures = Mutex<(transactions: StoreFailure?, probes: StoreFailure?)>((nil, nil))

  init(_ store: any Store) { self.store = store }

  func fail(with failure: StoreFailure?) { self.failure.withLock { $0 = failure } }

  /// Has lists of codes fail after so many pages.
  func failCodes(afterPages count: Int) { pagesLeft.withLock { $0 = count } }

  /// What transactions and probes fail with, while everything can be read.
  func failWrites(transactions: StoreFailure?, probes: StoreFailure?) {
    writeFailures.withLock { $0 = (transactions, probes) }
  }

  /// The probes that were asked for.
  let probes = Mutex<[ProbeSize]>([])

  func probe(_ size: ProbeSize) throws(StoreFailure) {
    probes.withLock { $0.append(size) }
    if let failure = writeFailures.withLock({ $0.probes }) { throw failure }
    try working().probe(size)
  }

  private func working() throws(StoreFailure) -> any Store {
    if let failure = failure.withLock({ $0 }) { throw failure }
    return store
  }

  var now: Instant { store.now }

  var clockFailure: StoreFailure? { store.clockFailure }

  var readsAreLocal: Bool { store.readsAreLocal }

  var positionsAreContiguous: Bool { store.positionsAreContiguous }

  var health: StoreHealth { reportedHealth.withLock { $0 } ?? store.health }

  /// What the store tells of its troubles.
  func report(_ health: StoreHealth?) { reportedHealth.withLock { $0 = health } }

  func recall(secretHash: Hash256) -> AccessKey? { store.recall(secretHash: secretHash) }

  func transaction<Result>(
    _ body: (any StoreTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    if let failure = writeFailures.withLock({ $0.transactions }) { throw failure }
    return try working().transaction(body)
  }

  func read<Result>(
    _ body: (any StoreReader) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result { try working().read(body) }

  /// Keys are still found, so that a request gets far enough to meet the failure.
  func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    try store.accessKey(secretHash: secretHash)
  }

  func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey] {
    try working().accessKeys(of: tenant, after: after, limit: limit)
  }

  func tenants() throws(StoreFailure) -> [Tenant] { try working().tenants() }
  func tenantIDs() throws(StoreFailure) -> [Tenant.ID] { try working().tenantIDs() }

  func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    try working().coupons(filter, of: tenant)
  }

  func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    let isOver = pagesLeft.withLock { left in
      guard let count = left else { return false }
      left = max(0, count - 1)
      return count == 0
    }
    if isOver { throw StoreFailure(kind: .unavailable, message: "the disk went away") }
    return try working().codes(of: couponID, tenant: tenant, after: after, limit: limit)
  }

  func wallet(_ filter: WalletFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [PersonalCoupon] {
    try working().wallet(filter, of: tenant)
  }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] { try working().events(filter) }

  func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement {
    try working().agreement(in: event)
  }

  func statistics(of couponID: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> CouponStatistics {
    try working().statistics(of: couponID, tenant: tenant)
  }

  func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [Tenant.ID] {
    try working().tenantsToTidy(at: moment)
  }

  func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock] { try working().locks(filter) }

  func forEachHead(
    _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) { try working().forEachHead(body) }
}
