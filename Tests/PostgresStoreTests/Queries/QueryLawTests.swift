import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct QueryLawTests {
  private let database: TestDatabase
  private let store: PostgresStore
  private let memory = InMemoryStore(clock: { Instant(microseconds: 0) })

  init() throws {
    database = try TestDatabase()
    store = try database.store()
  }

  private func fill(_ world: RandomWorld) throws {
    for store: any PromotionStore in [store, memory] {
      try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
        try transaction.write(world.set)
      }
    }
  }

  @Test(arguments: [1, 2, 3])
  func `every question has the answer that is worked out in memory`(seed: UInt64) throws {
    var world = RandomWorld(seed: seed)
    try fill(world)
    #expect(try store.tenants() == memory.tenants())
    for tenant in [Tenant.ID(1), Tenant.ID(2), Tenant.ID(3)] {
      #expect(try store.accessKeys(of: tenant) == memory.accessKeys(of: tenant))
      for _ in 0..<100 {
        let coupons = world.couponFilter(tenant)
        #expect(try store.coupons(coupons, of: tenant) == memory.coupons(coupons, of: tenant), "\(coupons)")
        let wallet = world.walletFilter(tenant)
        #expect(try store.wallet(wallet, of: tenant) == memory.wallet(wallet, of: tenant), "\(wallet)")
      }
    }
    for key in world.coupons {
      let after = world.maybe(world.codes)?.value
      let limit = Int(world.number(1...8))
      #expect(
        try store.codes(of: key.value, tenant: key.tenant, after: after, limit: limit)
          == memory.codes(of: key.value, tenant: key.tenant, after: after, limit: limit))
      #expect(
        try store.statistics(of: key.value, tenant: key.tenant)
          == memory.statistics(of: key.value, tenant: key.tenant))
    }
  }
}

extension RandomWorld {
  /// Each condition in every second filter, a code in every fourth.
  fileprivate mutating func couponFilter(_ tenant: Tenant.ID) -> CouponFilter {
    let ownCodes = codes.filter { $0.tenant == tenant }
    return CouponFilter(
      state: maybe(Coupon.State.allCases), code: maybe(maybe(ownCodes).map { [$0.value] } ?? []),
      owner: maybe(RandomWorld.users),
      sellerID: maybe(RandomWorld.sellers), activeAt: maybe((-8...12).map { start.adding(seconds: $0) }),
      after: maybe(coupons)?.value, limit: Int(number(1...12)))
  }

  fileprivate mutating func walletFilter(_ tenant: Tenant.ID) -> WalletFilter {
    WalletFilter(
      userID: pick(RandomWorld.users) ?? "nobody", after: maybe(coupons)?.value, limit: Int(number(1...12)))
  }
}
