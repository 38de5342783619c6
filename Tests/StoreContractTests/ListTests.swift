import Scrip
import Testing

@testable import Ledger
@testable import Promotions

@Suite struct ListTests {
  @Test(arguments: StoreUnderTest.all)
  func `events come back in order, by tenant, by coupon and page by page`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let actor = Actor.key(keyID(1))
    let other = StreamID.coupon(couponID(2))
    let written = [
      sampleEvent(1, actor: actor, requestID: "request-1"), sampleEvent(1, stream: other),
      sampleEvent(1, stream: .tenant, fact: TenantCreated(name: "Shop", settings: TenantSettings())),
      sampleEvent(2), sampleEvent(1, tenant: Tenant.ID(2)), sampleEvent(3), sampleEvent(4),
    ]
    try store.write { set in for event in written { set.put(event) } }

    let all = try await store.wholeLog()
    #expect(all.map(\.payload) == written.map(\.payload))
    #expect(all.map(\.hash) == written.map(\.hash))
    #expect(all.map(\.position) == all.map(\.position).sorted() && all[0].position > 0)
    #expect(
      all[0].envelope
        == EventEnvelope(
          tenant: tenant, stream: .coupon(couponID(1)), sequence: 1, type: "CouponActivated", at: noon,
          actor: actor.stored, requestID: "request-1"))
    #expect(all[2].envelope.stream == .tenant)

    func pages(_ filter: EventFilter) throws -> [[Int64]] {
      var filter = filter
      var pages: [[Int64]] = []
      while true {
        let page = try store.events(filter)
        guard let last = page.last else { return pages }
        pages.append(page.map(\.envelope.sequence))
        filter.after = last.position
      }
    }
    #expect(try pages(EventFilter(limit: 3)) == [[1, 1, 1], [2, 1, 3], [4]])
    #expect(try pages(EventFilter(tenant: Tenant.ID(2), limit: 3)) == [[1]])
    let ofCoupon = EventFilter(tenant: tenant, stream: .coupon(couponID(1)), limit: 3)
    #expect(try pages(ofCoupon) == [[1, 2, 3], [4]])
    #expect(try pages(EventFilter(stream: .coupon(couponID(1)), limit: 3)) == [[1, 2, 1], [3, 4]])
    // After an event of another stream.
    var later = ofCoupon
    later.after = all[2].position
    #expect(try pages(later) == [[2, 3, 4]])
  }

  @Test(arguments: StoreUnderTest.all)
  func `coupons are listed newest first and filtered`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let window = Validity(startsAt: noon, endsAt: noon.adding(seconds: 60))!
    try store.write { set in
      set.put(sampleCoupon(1, state: .draft))
      set.put(sampleCoupon(2, terms: plainTerms(owner: "ann")))
      set.put(sampleCoupon(3, terms: plainTerms(sellerID: "seller", validity: window)))
      set.put(sampleCoupon(4, state: .archived))
      set.put(sampleCoupon(5, state: .disabled, terms: plainTerms(owner: "ann")))
      set.put(sampleCoupon(6), of: Tenant.ID(2))
      set.put(codeRecord("CODE-3", coupon: 3))
      set.put(codeRecord("CODE-4", coupon: 4))
    }
    func list(_ filter: CouponFilter) throws -> [Coupon.ID] {
      try store.coupons(filter, of: tenant).map(\.id)
    }
    func ids(_ numbers: UInt128...) -> [Coupon.ID] { numbers.map(couponID) }
    #expect(try list(CouponFilter(limit: 10)) == ids(5, 4, 3, 2, 1))
    #expect(try list(CouponFilter(limit: 2)) == ids(5, 4))
    #expect(try list(CouponFilter(after: couponID(4), limit: 2)) == ids(3, 2))
    #expect(try list(CouponFilter(state: .active, limit: 10)) == ids(3, 2))
    #expect(try list(CouponFilter(owner: "ann", limit: 10)) == ids(5, 2))
    #expect(try list(CouponFilter(sellerID: "seller", limit: 10)) == ids(3))
    #expect(try list(CouponFilter(activeAt: noon, limit: 10)) == ids(3, 2))
    #expect(try list(CouponFilter(activeAt: noon.adding(seconds: 60), limit: 10)) == ids(2))
    #expect(try list(CouponFilter(activeAt: noon.adding(seconds: -1), limit: 10)) == ids(2))
    #expect(try list(CouponFilter(code: code("CODE-3"), limit: 10)) == ids(3))
    #expect(try list(CouponFilter(state: .draft, code: code("CODE-3"), limit: 10)) == [])
    #expect(try list(CouponFilter(code: code("CODE-3"), owner: "ann", limit: 10)) == [])
    #expect(try list(CouponFilter(code: code("CODE-3"), after: couponID(3), limit: 10)) == [])
    #expect(
      try list(CouponFilter(code: code("CODE-3"), activeAt: noon.adding(seconds: 60), limit: 10)) == [])
    #expect(try list(CouponFilter(code: code("CODE-4"), limit: 10)) == [])
    #expect(try list(CouponFilter(code: code("NO-SUCH"), limit: 10)) == [])
    #expect(
      try store.coupons(CouponFilter(state: .draft, limit: 1), of: tenant)
        == [sampleCoupon(1, state: .draft).coupon])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon's codes are listed in their order`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      for text in ["DELTA", "ALPHA", "CHARLIE", "BRAVO"] { set.put(codeRecord(text, used: 1)) }
      set.put(codeRecord("OTHER", coupon: 2))
    }
    func page(after: String?) throws -> [String] {
      try store.codes(of: couponID(1), tenant: tenant, after: after.map(code), limit: 3).map(
        \.grant.display)
    }
    #expect(try page(after: nil) == ["ALPHA", "BRAVO", "CHARLIE"])
    #expect(try page(after: "CHARLIE") == ["DELTA"])
    #expect(
      try store.codes(of: couponID(2), tenant: tenant, after: nil, limit: 3)
        == [codeRecord("OTHER", coupon: 2)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `tenants and keys are listed in order, and keys found by their secret`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let revoked = sampleKey(2, revokedAt: noon)
    try store.write { set in
      set.put(sampleTenant(2, name: "Second"))
      set.put(sampleTenant(1))
      set.put(sampleKey(3, role: .server))
      set.put(revoked)
      set.put(sampleKey(1))
      set.put(sampleKey(4))
    }
    #expect(try store.tenants() == [sampleTenant(1).tenant, sampleTenant(2, name: "Second").tenant])
    #expect(try store.accessKeys(of: tenant).map(\.id) == [1, 2, 3, 4].map(keyID))
    func page(after: UInt128?, limit: Int) throws -> [AccessKey.ID] {
      try store.accessKeys(of: tenant, after: after.map(keyID), limit: limit).map(\.id)
    }
    #expect(try page(after: nil, limit: 3) == [1, 2, 3].map(keyID))
    #expect(try page(after: 2, limit: 1) == [keyID(3)])
    #expect(try page(after: 3, limit: 3) == [keyID(4)])
    #expect(try page(after: 4, limit: 3) == [])
    #expect(try store.accessKeys(of: Tenant.ID(2), after: nil, limit: 3) == [])
    #expect(try store.accessKey(secretHash: hash("secret 2")) == revoked)
    #expect(
      try store.load(adminKeyCounts: [tenant, Tenant.ID(2)]).found.adminKeyCounts == [
        tenant: 2, Tenant.ID(2): 0,
      ])

    // A key that was found before stops working the moment its revocation is acknowledged.
    #expect(try store.accessKey(secretHash: hash("secret 1"))?.revokedAt == nil)
    try store.write { $0.put(sampleKey(1, revokedAt: noon), isNew: false) }
    #expect(try store.accessKey(secretHash: hash("secret 1"))?.revokedAt == noon)
  }

  @Test(arguments: StoreUnderTest.all)
  func `statistics add up live usages by state, currency, day and user`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let nextDay = Instant(rfc3339: "2026-11-22T00:00:00Z")!
    let ann = IdentityKey(kind: .user, value: "ann")
    let bob = IdentityKey(kind: .user, value: "bob")
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.putWithHistory(sampleApplication(1, order: "a", amount: 100, buyer: ann))
      set.putWithHistory(sampleApplication(2, order: "b", state: .redeemed, amount: 20, buyer: ann))
      set.putWithHistory(
        sampleApplication(3, order: "c", state: .redeemed, lockedAt: nextDay, amount: 3, buyer: bob))
      set.putWithHistory(sampleApplication(4, order: "d", lockedAt: nextDay, currency: yen, amount: 7))
      set.putWithHistory(sampleApplication(5, order: "e", state: .released, amount: 5000, buyer: bob))
      set.putWithHistory(sampleApplication(6, order: "f", coupons: [2], amount: 9999))
    }
    let statistics = try store.statistics(of: couponID(1), tenant: tenant)
    #expect(statistics.uses == [.locked: 2, .redeemed: 2, .released: 1])
    #expect(statistics.uniqueUsers == 2)
    #expect(
      statistics.perCurrency == [
        .init(discount: Money(minorUnits: 123, currency: euro), uses: 3),
        .init(discount: Money(minorUnits: 7, currency: yen), uses: 1),
      ])
    #expect(
      statistics.perDay == [
        .init(
          day: CalendarDay(iso8601: "2026-11-21")!, uses: 2,
          discount: AmountsByCurrency([Money(minorUnits: 120, currency: euro)])),
        .init(
          day: CalendarDay(iso8601: "2026-11-22")!, uses: 2,
          discount: AmountsByCurrency([
            Money(minorUnits: 3, currency: euro), Money(minorUnits: 7, currency: yen),
          ])),
      ])
    let none = try store.statistics(of: couponID(9), tenant: tenant)
    #expect(none == CouponStatistics(uses: [:], uniqueUsers: 0, perCurrency: [], perDay: []))
  }

  @Test(arguments: StoreUnderTest.all)
  func `statistics whose sums leave 64 bits show the largest amount and say so`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let days = [noon, Instant(rfc3339: "2026-11-22T00:00:00Z")!]
    try store.write { set in
      set.put(sampleCoupon(1))
      // 1025 of the largest amount are more than 64 bits hold.
      for number in 1...UInt128(1100) {
        set.putWithHistory(
          sampleApplication(
            number, order: "euro-\(number)", lockedAt: days[number == 1 ? 1 : 0],
            amount: Money.minorUnitsMax))
      }
      set.putWithHistory(
        sampleApplication(2001, order: "yen-1", currency: yen, amount: Money.minorUnitsMax - 1))
      set.putWithHistory(sampleApplication(2002, order: "yen-2", currency: yen, amount: 1))
    }
    let statistics = try store.statistics(of: couponID(1), tenant: tenant)
    #expect(
      statistics.perCurrency == [
        .init(
          discount: Money(minorUnits: Money.minorUnitsMax, currency: euro), isSaturated: true, uses: 1100),
        .init(discount: Money(minorUnits: Money.minorUnitsMax, currency: yen), uses: 2),
      ])
    let largest = [euro, yen].map { Money(minorUnits: Money.minorUnitsMax, currency: $0) }
    #expect(
      statistics.perDay == [
        .init(
          day: CalendarDay(iso8601: "2026-11-21")!, uses: 1101, discount: AmountsByCurrency(largest),
          isSaturated: true),
        .init(
          day: CalendarDay(iso8601: "2026-11-22")!, uses: 1, discount: AmountsByCurrency([largest[0]])),
      ])
  }

  @Test(arguments: StoreUnderTest.all)
  func `statistics show the last ninety days that have uses`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      for day in 1...95 {
        set.putWithHistory(
          sampleApplication(
            UInt128(day), order: "order-\(day)", state: .redeemed,
            lockedAt: noon.adding(seconds: Int64(day) * 2 * 86_400)))
      }
    }
    let days = try store.statistics(of: couponID(1), tenant: tenant).perDay.map(\.day)
    #expect(days.count == 90 && days == days.sorted())
    #expect(days.last?.description == "2027-05-30")
  }

  @Test(arguments: StoreUnderTest.all)
  func `the heads of all streams are visited in order, also beyond one page`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      for number in 1...1001 { set.put(sampleCoupon(UInt128(number), sequence: Int64(number))) }
      set.put(sampleTenant(1))
      set.put(sampleTenant(2))
      set.put(sampleCoupon(7, sequence: 77), of: Tenant.ID(2))
    }
    var streams: [Owned<StreamID>] = []
    var sequences: [Int64] = []
    try store.forEachHead { (tenant, stream, head) throws(StoreFailure) in
      // The store can be asked meanwhile.
      _ = try store.tenants()
      streams.append(Owned(tenant, stream))
      sequences.append(head.sequence)
    }
    let coupons = (1...1001).map { Owned(tenant, StreamID.coupon(couponID(UInt128($0)))) }
    let second = Tenant.ID(2)
    #expect(
      streams == [Owned(tenant, .tenant)] + coupons + [
        Owned(second, .tenant), Owned(second, .coupon(couponID(7))),
      ])
    #expect(sequences == [7] + (1...1001).map(Int64.init) + [7, 77])
  }
}
