import Digest
import Engine
import Scrip

/// A source whose log is read through somebody who changes it, or breaks, or changes the store behind it.
struct MeddlingSource: CopySource {
  let base: any CopySource
  /// What becomes of the log.
  var change: @Sendable ([StoredEvent]) -> [StoredEvent] = { $0 }
  /// What happens before a page is handed out.
  var beforePage: @Sendable ([StoredEvent]) throws(StoreFailure) -> Void = { _ in }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    let log = change(try base.wholeLog())
    let page = Array(log.filter { $0.position > filter.after }.prefix(filter.limit))
    try beforePage(page)
    return page
  }

  func identityCheck() throws(StoreFailure) -> Hash256? { try base.identityCheck() }

  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    try base.keepIdentityCheck(check)
  }

  func counts() throws(StoreFailure) -> [StoredTable: Int64] { try base.counts() }

  func forEachAnswers(
    page: Int, _ body: ([KeptAnswer]) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachAnswers(page: page, body)
  }

  func forEachPersons(
    page: Int, _ body: ([KeptPerson]) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachPersons(page: page, body)
  }

  func transaction<Result>(
    _ body: (any StoreTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try base.transaction(body)
  }

  func read<Result>(_ body: (any StoreReader) throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try base.read(body)
  }

  var now: Instant { base.now }

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
