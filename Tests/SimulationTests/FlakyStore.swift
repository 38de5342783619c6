import Digest
import Engine
import Scrip
import Synchronization

/// Any store, a transaction of which fails before or after its commit, as if a process or a connection died.
final class FlakyStore: Store {
  enum Crash: Sendable { case beforeCommit, afterCommit }

  let base: any Store
  private let next = Mutex<(crash: Crash?, hasHappened: Bool)>((nil, false))

  init(_ base: any Store) { self.base = base }

  /// Decides on the next transaction that answers a command; says whether what was decided before has happened.
  @discardableResult func plan(_ crash: Crash?) -> Bool {
    next.withLock { next in
      defer { next = (crash, false) }
      return next.hasHappened
    }
  }

  func transaction<Result>(
    _ body: (any StoreTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let failure = StoreFailure(kind: .unavailable, code: "9", message: "the connection broke")
    var crash: Crash?
    let result = try base.transaction { (transaction: any StoreTransaction) throws(StoreFailure) in
      let watched = WatchedTransaction(base: transaction)
      let result = try body(watched)
      if watched.hasAnswered { crash = takeCrash() }
      if crash == .beforeCommit { throw failure }
      return result
    }
    if crash == .afterCommit { throw failure }
    return result
  }

  private func takeCrash() -> Crash? {
    next.withLock { next in
      defer { if next.crash != nil { next = (nil, true) } }
      return next.crash
    }
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

  func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey] {
    try base.accessKeys(of: tenant, after: after, limit: limit)
  }

  func tenants() throws(StoreFailure) -> [Tenant] { try base.tenants() }
  func tenantIDs() throws(StoreFailure) -> [Tenant.ID] { try base.tenantIDs() }

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

  func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement {
    try base.agreement(in: event)
  }

  func statistics(of couponID: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> CouponStatistics {
    try base.statistics(of: couponID, tenant: tenant)
  }

  func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [Tenant.ID] {
    try base.tenantsToTidy(at: moment)
  }

  func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock] { try base.locks(filter) }

  func forEachHead(
    _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachHead(body)
  }
}

/// A transaction that remembers whether answers were written in it.
private final class WatchedTransaction: StoreTransaction {
  private let base: any StoreTransaction
  private(set) var hasAnswered = false

  init(base: any StoreTransaction) { self.base = base }

  var now: Instant { base.now }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try base.load(request, into: &set)
  }

  func write(_ set: WorkingSet) throws(StoreFailure) {
    if !set.answers.isUnchanged { hasAnswered = true }
    try base.write(set)
  }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    try base.forgetAnswers(before: moment, max: max)
  }
}
