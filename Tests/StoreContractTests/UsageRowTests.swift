import Scrip
import Testing

@testable import Ledger
@testable import Promotions

/// An application is the rows of its usages.
@Suite struct UsageRowTests {
  private let key = Owned(tenant, applicationID(1))

  private func usageCount(_ store: any PromotionStore) throws -> Int64? {
    try (store as? any CopySource<WorkingSet>)?.counts()[StoredTable(UsageRow.shape)]
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a lock is a row for each coupon, and its redemption none`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { $0.put(sampleApplication(1)) }
    #expect(try usageCount(store) == 1)
    try store.write { $0.put(sampleApplication(2, order: "order-2", coupons: [1, 2, 3])) }
    #expect(try usageCount(store) == 4)
    try store.write { $0.put(sampleApplication(1, state: .redeemed), isNew: false) }
    #expect(try usageCount(store) == 4)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order has one live application, whatever coupons it uses`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { $0.put(sampleApplication(1, coupons: [1])) }
    #expect(store.failure(.with(sampleApplication(2, coupons: [2]))) == .refusedByDatabase)
    #expect(
      store.failure(.with(sampleApplication(2, state: .redeemed, coupons: [2, 3]))) == .refusedByDatabase)
    #expect(store.failure(.with(sampleApplication(2, state: .released, coupons: [2]))) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a usage that comes before the first one stands for the application from then on`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let order = Owned(tenant, OrderID("order-1"))
    for coupon: UInt128 in 1...3 { try store.write { $0.put(sampleCoupon(coupon)) } }
    try store.write { $0.put(sampleApplication(1, coupons: [2])) }
    var changed = sampleApplication(1, coupons: [2, 1, 3])
    changed.application.usages.sort { $0.couponID < $1.couponID }
    try store.write { $0.put(changed, isNew: false) }
    let set = try store.load(orders: [order])
    #expect(set.found.applicationOfOrder == [order: applicationID(1)])
    #expect(set.applications[key] == changed)
    #expect(store.failure(.with(sampleApplication(2, coupons: [2]))) == .refusedByDatabase)
    #expect(
      try store.locks(LockFilter(tenant: tenant, kind: .expired(at: noon.adding(seconds: 900)), limit: 9))
        .map(\.key) == [key])

    var released = changed
    released.application.state = .released
    for place in released.application.usages.indices {
      released.application.usages[place].state = .released
    }
    let given = released
    try store.write { set in
      set.put(given, isNew: false)
      set.put(sampleApplication(2, coupons: [2]))
    }
    #expect(try store.load(orders: [order]).found.applicationOfOrder == [order: applicationID(2)])
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `an application that was given back has no live usage`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    var record = sampleApplication(1, state: .released)
    record.application.usages[0].state = .redeemed
    #expect(store.failure(.with(record)) == .refusedByDatabase)
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `usages that tell different things of their application are damage, of that one alone`(
    kind: StoreUnderTest
  ) throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    for coupon: UInt128 in 1...2 { try opened.store.write { $0.put(sampleCoupon(coupon)) } }
    try opened.store.write { $0.put(sampleApplication(1, coupons: [1, 2])) }
    try opened.store.write { $0.put(sampleApplication(2, order: "order-2", coupons: [1, 2])) }
    try opened.run(
      Damage(
        "total", sqlite: "UPDATE usage SET total = total + 1 WHERE order_id = 'order-1' AND is_first",
        postgres: "UPDATE usage SET total = total + 1 WHERE order_id = 'order-1' AND is_first"))
    let store = try opened.reopen()
    let failure = #expect(throws: StoreFailure.self) { try store.load(applications: [key]) }
    #expect(failure?.kind == .corrupt)
    let other = Owned(tenant, applicationID(2))
    #expect(
      try store.load(applications: [other]).applications[other]
        == sampleApplication(2, order: "order-2", coupons: [1, 2]))
  }
}
