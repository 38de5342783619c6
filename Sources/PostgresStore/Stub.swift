import Digest
import Engine
import Scrip
struct PostgresMigrator { init(address: PostgresAddress, clock: @escaping @Sendable () -> Instant) {}; func up() throws(StoreFailure) {}; func requireUsable() throws(StoreFailure) {} }
extension PostgresStore {
  func findAccessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? { nil }
  public func accessKeys(of tenant: Tenant.ID) throws(StoreFailure) -> [AccessKey] { [] }
  public func tenants() throws(StoreFailure) -> [Tenant] { [] }
  public func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] { [] }
  public func codes(of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int) throws(StoreFailure) -> [CodeRecord] { [] }
  public func wallet(_ filter: WalletFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [PersonalCoupon] { [] }
  public func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] { [] }
  public func statistics(of couponID: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> CouponStatistics { throw .corrupt("x") }
  public func forEachHead(_ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void) throws(StoreFailure) {}
}
