import Scrip
import Testing

@testable import Ledger
@testable import Promotions

/// How stores find what is to be given back.
@Suite struct LockSearchTests {
  private let later = noon.adding(seconds: 99_999)

  @Test(arguments: StoreUnderTest.all)
  func `late locks come in pages, those that ran out first before others`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon())
      for number in 1...9 {
        // Some of them end at the same moment.
        set.put(
          sampleApplication(
            UInt128(number), order: "order-\(number)", expiresIn: Int64(1000 - number / 2)))
      }
      set.put(sampleApplication(90, order: "settled", state: .redeemed, expiresIn: 1))
      set.put(sampleApplication(91, order: "running", expiresIn: 20_000))
      set.put(sampleApplication(1, order: "order-1", expiresIn: 5), of: Tenant.ID(2))
    }
    var filter = LockFilter(tenant: tenant, kind: .expired(at: noon.adding(seconds: 1000)), limit: 2)
    var found: [UInt128] = []
    while let page = try Optional(store.locks(filter)), let last = page.last {
      #expect(page.count <= 2 && page.allSatisfy { $0.key.tenant == tenant })
      found += page.compactMap { lock in (1...9).first { applicationID($0) == lock.key.value } }
      filter.after = last
    }
    #expect(found == [8, 9, 6, 7, 4, 5, 2, 3, 1])
    // A lock ends at its moment, not after it.
    filter = LockFilter(tenant: tenant, kind: .expired(at: noon.adding(seconds: 995)), limit: 9)
    #expect(try store.locks(filter).isEmpty)
    filter.kind = .expired(at: noon.adding(seconds: 996))
    #expect(try store.locks(filter).map(\.orderID.text) == ["order-8", "order-9"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `only tenants that have something to give back are looked at`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      for number in 1...4 { set.put(sampleCoupon(), of: Tenant.ID(Int64(number))) }
      set.put(sampleApplication(expiresIn: 10), of: Tenant.ID(1))
      set.put(sampleApplication(expiresIn: 900), of: Tenant.ID(2))
      set.put(sampleApplication(state: .redeemed, expiresIn: 10), of: Tenant.ID(3))
      set.put(sampleCoupon(7, state: .disabled, locked: 1), of: Tenant.ID(4))
      set.put(sampleCoupon(7, state: .disabled), of: Tenant.ID(3))
    }
    #expect(try store.tenantsToTidy(at: noon.adding(seconds: 9)).map(\.id) == [Tenant.ID(4)])
    #expect(try store.tenantsToTidy(at: noon.adding(seconds: 10)).map(\.id) == [Tenant.ID(1), Tenant.ID(4)])
    #expect(
      try store.tenantsToTidy(at: later).map(\.id) == [Tenant.ID(1), Tenant.ID(2), Tenant.ID(4)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `locks that a disabled coupon has revoked are found`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    func coupon(_ number: UInt128, _ state: Coupon.State) -> CouponRow {
      var record = sampleCoupon(number, state: state, locked: 1)
      record.life.revocations = 1
      return record
    }
    try store.write { set in
      set.put(coupon(1, .disabled))
      set.put(coupon(2, .active))
      set.put(sampleApplication(1, order: "both", coupons: [1, 2]))
      set.put(sampleApplication(2, order: "in use again", coupons: [2]))
      set.put(sampleApplication(3, order: "redeemed", state: .redeemed, coupons: [1]))
      var new = sampleApplication(4, order: "made since", coupons: [1])
      new.application.usages[0].revocations = 1
      set.put(new)
    }
    let filter = LockFilter(tenant: tenant, kind: .revoked, limit: 9)
    #expect(try store.locks(filter).map(\.orderID.text) == ["both"])
    let loaded = try store.load { $0.applications = [Owned(tenant, applicationID(4))] }
    #expect(loaded.applications.all.values.first?.application.usages.map(\.revocations) == [1])
    #expect(loaded.coupons[Owned(tenant, couponID(1))]?.life.revocations == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon's late locks are named and not loaded`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.put(sampleApplication(1, order: "late", coupons: [1, 2], expiresIn: 10))
      set.put(sampleApplication(2, order: "other", coupons: [2], expiresIn: 5))
      set.put(sampleApplication(3, order: "running", coupons: [1], expiresIn: 11))
      set.put(sampleApplication(4, order: "gone", state: .released, coupons: [1], expiresIn: 1))
    }
    let keys = (1...3).map { Owned(tenant, couponID(UInt128($0))) }
    let set = try store.load {
      $0.lateLocksOf = Set(keys)
      $0.lateAt = noon.adding(seconds: 10)
    }
    #expect(
      set.found.lateLocks.mapValues { $0.map(\.orderID.text) } == [
        keys[0]: ["late"], keys[1]: ["other", "late"], keys[2]: [],
      ])
    #expect(set.applications.all.isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `the first end of a coupon's locks is found`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.put(sampleApplication(1, order: "later", coupons: [1], expiresIn: 30))
      set.put(sampleApplication(2, order: "other", coupons: [2], expiresIn: 5))
      set.put(sampleApplication(3, order: "first", coupons: [1], expiresIn: 20))
      set.put(sampleApplication(4, order: "gone", state: .released, coupons: [1], expiresIn: 1))
    }
    let keys = (1...3).map { Owned(tenant, couponID(UInt128($0))) }
    let set = try store.load { $0.heldOf = Set(keys) }
    #expect(set.found.heldUntil == [keys[0]: noon.adding(seconds: 20), keys[1]: noon.adding(seconds: 5)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon's lock is found among any number of other locks and of its own settled ones`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let others = UInt128(LoadRequest.heldSearchMax + 1)
    try store.write { set in
      for number in 1...3 { set.put(sampleCoupon(UInt128(number))) }
      for number in 1...others {
        set.put(sampleApplication(number, order: "other-\(number)", coupons: [2], expiresIn: 60))
        set.put(
          sampleApplication(1000 + number, order: "paid-\(number)", state: .redeemed, coupons: [1]))
      }
      for number in 1...others {
        set.put(
          sampleApplication(2000 + number, order: "gone-\(number)", state: .released, coupons: [1]))
      }
      set.put(sampleApplication(3000, order: "held", coupons: [1, 3], expiresIn: 900))
    }
    let keys = (1...3).map { Owned(tenant, couponID(UInt128($0))) }
    let end = noon.adding(seconds: 900)
    let set = try store.load {
      $0.heldOf = Set(keys)
      $0.heldUsesOf = Set(keys)
    }
    #expect(set.found.heldUntil == [keys[0]: end, keys[1]: noon.adding(seconds: 60), keys[2]: end])
    let uses = keys.map { set.found.heldUses[$0] ?? [] }
    #expect(uses[0].map(\.applicationID) == [applicationID(3000)] && uses[0].map(\.expiresAt) == [end])
    #expect(uses[2].map(\.applicationID) == [applicationID(3000)])
    // Of one coupon's own locks, no more are looked through than have a bound.
    #expect(uses[1].count == LoadRequest.heldSearchMax)
  }

  @Test(arguments: StoreUnderTest.all)
  func `what is to be given back is loaded without its snapshot`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let counter = UsageCounter.budget(euro)
    let record = sampleApplication(1, counters: [counter])
    try store.write { set in
      set.put(sampleCoupon())
      set.put(codeRecord("CODE-1", used: 1))
      set.put(counter, used: 150, limit: nil)
      set.put(record)
    }
    let key = Owned(tenant, applicationID(1))
    let set = try store.load { $0.locks = [key] }
    var bare = record
    bare.application.snapshot = .notLoaded
    #expect(set.applications[key] == bare)
    #expect(
      set.coupons.all.count == 1 && set.codes.all.count == 1 && set.counters.all.values.first?.used == 150)
    // Written, it keeps the snapshot that it has.
    bare.application.state = .released
    bare.application.usages[0].state = .released
    let changed = bare
    try store.write { $0.put(changed, isNew: false) }
    let again = try store.load { $0.applications = [key] }.applications[key]
    #expect(again?.application.snapshot == record.application.snapshot)
    #expect(again?.application.state == .released)
  }
}
