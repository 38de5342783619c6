import Digest
import Engine
import Scrip
import Synchronization

/// Any store, some of whose transactions fail before or after their commit, as if a process or a connection died.
final class FlakyStore: Store {
  enum Crash: Sendable { case beforeCommit, afterCommit }

  let base: any Store
  private let next = Mutex<[Crash?]>([])

  init(_ base: any Store) { self.base = base }

  /// Decides on the transactions to come, in order; nil for one that goes well.
  func plan(_ crashes: [Crash?]) { next.withLock { $0 = crashes } }

  func transaction<Result>(
    _ body: (any StoreTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let crash = next.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    let failure = StoreFailure(kind: .unavailable, code: "9", message: "the connection broke")
    let result = try base.transaction { (transaction: any StoreTransaction) throws(StoreFailure) in
      let result = try body(transaction)
      if crash == .beforeCommit { throw failure }
      return result
    }
    if crash == .afterCommit { throw failure }
    return result
  }

  func read<Result>(_ body: (any StoreReader) throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try base.read(body)
  }

  var now: Instant { base.now }

  var readsAreLocal: Bool { base.readsAreLocal }

  var positionsAreContiguous: Bool { base.positionsAreContiguous }

  func recall(secretHash: Hash256) -> AccessKey? { base.recall(secretHash: secretHash) }

  func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    try base.accessKey(secretHash: secretHash)
  }

  func accessKeys(of tenant: Tenant.ID) throws(StoreFailure) -> [AccessKey] {
    try base.accessKeys(of: tenant)
  }

  func tenants() throws(StoreFailure) -> [Tenant] { try base.tenants() }

  func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    try base.coupons(filter, of: tenant)
  }

  func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    try base.codes(of: couponID, tenant: tenant, after: after, limit: limit)
  }

  func wallet(_ filter: WalletFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [PersonalCoupon] {
    try base.wallet(filter, of: tenant)
  }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] { try base.events(filter) }

  func statistics(of couponID: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> CouponStatistics {
    try base.statistics(of: couponID, tenant: tenant)
  }

  func forEachHead(
    _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachHead(body)
  }
}
