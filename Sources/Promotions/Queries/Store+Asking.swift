import Digest
import Ledger
import Scrip

/// The searches by the names under which they are asked.
extension Store where State == WorkingSet {
  /// A key that the store remembers and still vouches for; nil if it has to be asked.
  public func recall(secretHash: Hash256) -> AccessKey? {
    recall(KeyOfSecret(secretHash: secretHash)).flatMap { $0 }
  }

  /// Finds a key by the SHA-256 of its secret; nil if no key has it. Revoked keys are found, too.
  public func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    try find(KeyOfSecret(secretHash: secretHash))
  }

  /// A page of a tenant's keys, oldest first.
  public func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey] {
    try find(KeysOfTenant(tenant: tenant, after: after, limit: limit))
  }

  /// All keys of a tenant, oldest first, read page by page.
  public func accessKeys(of tenant: Tenant.ID) throws(StoreFailure) -> [AccessKey] {
    let pageMax = 1000
    var keys: [AccessKey] = []
    while true {
      let page = try accessKeys(of: tenant, after: keys.last?.id, limit: pageMax)
      keys += page
      if page.count < pageMax { return keys }
    }
  }

  /// All tenants, by number.
  public func tenants() throws(StoreFailure) -> [Tenant] { try find(AllTenants()) }

  /// The numbers of all tenants, in order.
  public func tenantIDs() throws(StoreFailure) -> [Tenant.ID] { try find(TenantNumbers()) }

  /// A page of coupons, newest first.
  public func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    try find(CouponSearch(filter: filter, tenant: tenant))
  }

  /// A page of a coupon's codes, in the order of their canonical form.
  public func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    try find(CodesOfCoupon(couponID: couponID, tenant: tenant, after: after, limit: limit))
  }

  /// A page of the coupons that are personal to a user, newest first.
  public func wallet(
    _ filter: WalletFilter, of tenant: Tenant.ID
  ) throws(StoreFailure) -> [PersonalCoupon] {
    try find(WalletSearch(filter: filter, tenant: tenant))
  }

  /// What an event of a coupon says was agreed.
  public func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement {
    try find(AgreementOfEvent(event: event))
  }

  /// How a coupon was used.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try find(StatisticsOfCoupon(couponID: couponID, tenant: tenant))
  }

  /// The tenants that have locks to be given back at a moment, each with its own.
  public func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [UntidyTenant] {
    try find(TenantsToTidy(moment: moment))
  }

  /// A page of a tenant's locks that are to be given back.
  public func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock] {
    try find(LockSearch(filter: filter))
  }
}
