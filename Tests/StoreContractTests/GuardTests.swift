import Scrip
import Testing

@testable import Ledger
@testable import Promotions

@Suite struct GuardTests {
  @Test(arguments: StoreUnderTest.all)
  func `a coupon is never used more often than its limit`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let terms = plainTerms(total: 3)
    try store.write { $0.put(sampleCoupon(terms: terms, locked: 1, redeemed: 1)) }
    try store.write { $0.put(sampleCoupon(terms: terms, locked: 2, redeemed: 1), isNew: false) }
    #expect(
      store.failure(.with(sampleCoupon(terms: terms, locked: 3, redeemed: 1), isNew: false))
        == .refusedByDatabase)
    #expect(
      store.failure(.with(sampleCoupon(2, terms: plainTerms(total: 1), locked: 2)))
        == .refusedByDatabase)
    let set = try store.load(coupons: [Owned(tenant, couponID(1)), Owned(tenant, couponID(2))])
    #expect(
      set.coupons.all == [Owned(tenant, couponID(1)): sampleCoupon(terms: terms, locked: 2, redeemed: 1)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a limit may be lowered below the uses, which then only fall`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { $0.put(sampleCoupon(terms: plainTerms(total: 9), redeemed: 5)) }
    let lowered = plainTerms(total: 3)
    func uses(_ count: Int64, version: Int64 = 2) -> CouponRow {
      sampleCoupon(version: version, terms: lowered, redeemed: count)
    }
    try store.write { $0.put(uses(5)) }
    try store.write { $0.put(uses(4), isNew: false) }
    #expect(store.failure(.with(uses(5), isNew: false)) == .refusedByDatabase)
    try store.write { $0.put(uses(3), isNew: false) }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a batch that uses a coupon and then lowers its limit is let through`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { $0.put(sampleCoupon(terms: plainTerms(total: 9), redeemed: 5)) }
    try store.write { set in
      set.coupons.allow(Owned(tenant, couponID(1)), upTo: 9)
      set.put(sampleCoupon(version: 2, terms: plainTerms(total: 3), redeemed: 6))
    }
    #expect(
      store.failure(.with(sampleCoupon(version: 2, terms: plainTerms(total: 3), redeemed: 7), isNew: false))
        == .refusedByDatabase)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a code is never used more often than its own limit, or its coupon's for each code`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let coupon = sampleCoupon(terms: plainTerms(perCode: 2))
    func use(_ record: CodeRecord) -> StoreFailure.Kind? {
      store.failure { set in
        set.put(coupon, isNew: false)
        set.put(record, isNew: false)
      }
    }
    try store.write { set in
      set.put(coupon)
      set.put(codeRecord("OWN", limit: 1))
      set.put(codeRecord("COUPONS"))
    }
    #expect(use(codeRecord("OWN", used: 1, limit: 1)) == nil)
    #expect(use(codeRecord("OWN", used: 2, limit: 1)) == .refusedByDatabase)
    #expect(use(codeRecord("COUPONS", used: 2)) == nil)
    #expect(use(codeRecord("COUPONS", used: 3)) == .refusedByDatabase)
    #expect(use(codeRecord("COUPONS", used: 1)) == nil)
    #expect(use(codeRecord("UNKNOWN", used: 1)) == .refusedByDatabase)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a counter never grows past its limit, and is forgotten at zero`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let key = Owned(tenant, CounterKey(couponID: couponID(1), counter: .budget(euro)))
    func count(_ used: Int64, limit: Int64?) throws -> StoreFailure.Kind? {
      let isThere = try store.load(counters: [key]).counters[key] != nil
      return store.failure(.with(.budget(euro), used: used, limit: limit, isNew: !isThere))
    }
    #expect(try count(11, limit: 10) == .refusedByDatabase)
    #expect(try count(10, limit: 10) == nil)
    #expect(try count(11, limit: 10) == .refusedByDatabase)
    #expect(try count(500, limit: nil) == nil)
    #expect(try count(400, limit: 10) == nil)
    #expect(try count(401, limit: 10) == .refusedByDatabase)
    #expect(try store.load(counters: [key]).counters.all == [key: CounterRow(used: 400)])
    #expect(try count(0, limit: 10) == nil)
    #expect(try store.load(counters: [key]).counters.all.isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `nothing is counted below zero`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(locked: 1, redeemed: 1))
      set.put(codeRecord("CODE-1", used: 1))
      set.put(.budget(euro), used: 1, limit: nil)
    }
    #expect(store.failure(.with(sampleCoupon(locked: -1, redeemed: 2), isNew: false)) == .refusedByDatabase)
    #expect(store.failure(.with(sampleCoupon(locked: 2, redeemed: -1), isNew: false)) == .refusedByDatabase)
    let codeBelowZero = WorkingSet.writing { set in
      set.put(sampleCoupon(locked: 1, redeemed: 1), isNew: false)
      set.put(codeRecord("CODE-1", used: -1), isNew: false)
    }
    #expect(store.failure(codeBelowZero) == .refusedByDatabase)
    #expect(store.failure(.with(.budget(euro), used: -1, limit: nil, isNew: false)) == .refusedByDatabase)
    #expect(store.failure(.with(.budget(yen), used: -1, limit: nil)) == .refusedByDatabase)
    let key = Owned(tenant, code("CODE-1"))
    let set = try store.load(codes: [key])
    #expect(set.coupons.all.values.first == sampleCoupon(locked: 1, redeemed: 1))
    #expect(set.codes[key]?.used == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `what is changed must be there`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.put(codeRecord("CODE-1", coupon: 1))
    }
    let ofAnother = WorkingSet.writing { set in
      set.put(sampleCoupon(2), isNew: false)
      set.put(codeRecord("CODE-1", coupon: 2, used: 1), isNew: false)
    }
    #expect(store.failure(ofAnother) == .refusedByDatabase)
    let unknown = WorkingSet.writing { $0.put(sampleApplication(1), isNew: false) }
    #expect(store.failure(unknown) == .refusedByDatabase)
    #expect(try store.load(applications: [Owned(tenant, applicationID(1))]).applications.all.isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an application and a secret are given once`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon())
      set.put(sampleApplication(1, order: "a"))
      set.put(sampleKey(1))
    }
    #expect(store.failure(.with(sampleApplication(1, order: "b"))) == .refusedByDatabase)
    let samePlace = WorkingSet.writing { $0.put(sampleKey(1)) }
    #expect(store.failure(samePlace) == .refusedByDatabase)
    let sameSecret = WorkingSet.writing { set in
      set.put(
        AccessKey(
          id: keyID(2), tenant: tenant, role: .server, name: "other", secretHash: sampleKey(1).secretHash,
          createdAt: noon))
    }
    #expect(store.failure(sameSecret) == .refusedByDatabase)
    #expect(try store.accessKeys(of: tenant) == [sampleKey(1)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order uses a coupon once at a time`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon())
      set.put(sampleApplication(1))
    }
    #expect(store.failure(.with(sampleApplication(2))) == .refusedByDatabase)
    #expect(store.failure(.with(sampleApplication(2, state: .redeemed))) == .refusedByDatabase)
    // Another tenant's order of that name is another order.
    #expect(store.failure(.with(sampleApplication(3), of: Tenant.ID(2))) == nil)

    // Given back and taken again in one batch.
    var released = sampleApplication(1, state: .released)
    released.application.usages[0].state = .released
    try store.write { set in
      set.put(released, isNew: false)
      set.put(sampleApplication(4))
    }
    let order = Owned(tenant, OrderID("order-1"))
    #expect(try store.load(orders: [order]).found.applicationOfOrder == [order: applicationID(4)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a code of an archived coupon opens nothing and can be given to another`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.put(codeRecord("CODE-1", used: 0))
    }
    #expect(store.failure(.with(codeRecord("CODE-1", coupon: 2))) == .refusedByDatabase)

    let key = Owned(tenant, code("CODE-1"))
    try store.write { $0.put(sampleCoupon(1, state: .archived), isNew: false) }
    #expect(try store.load(codes: [key]).codes.all.isEmpty)

    let replaced = CodeRecord(
      couponID: couponID(2), grant: grant("CODE-1", display: "code-1", limit: 4), used: 0)
    try store.write { $0.put(replaced) }
    let set = try store.load(codes: [key])
    #expect(set.codes.all == [key: replaced])
    #expect(set.coupons.all.keys.map(\.value) == [couponID(2)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `numbers in a stream, keys of answers and versions are given once`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let answer = StoredAnswer(
      fingerprint: .zero, form: KeptForm(kind: "tenant", body: [1]), at: noon)
    try store.write { set in
      set.put(sampleCoupon())
      set.put(sampleEvent(1))
      set.put(answer, under: "key")
    }
    #expect(store.failure(.with(sampleEvent(1))) == .refusedByDatabase)
    #expect(store.failure(.with(sampleEvent(1, stream: .tenant))) == nil)
    #expect(store.failure(.with(answer, under: "key")) == .refusedByDatabase)
    #expect(store.failure(.with(sampleCoupon(terms: fullTerms()))) == .refusedByDatabase)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a transaction that fails leaves nothing behind`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let set = WorkingSet.writing { set in
      set.put(sampleTenant())
      set.put(sampleCoupon(terms: fullTerms()))
      set.put(codeRecord("CODE-1"))
      set.put(sampleApplication())
    }
    func interrupted() throws(StoreFailure) {
      try store.transaction { (transaction) throws(StoreFailure) in
        try transaction.write(set)
        var seen = WorkingSet()
        var request = LoadRequest()
        request.coupons = [Owned(tenant, couponID(1))]
        try transaction.load(request, into: &seen)
        throw StoreFailure(kind: .other, message: "interrupted")
      }
    }
    #expect(throws: StoreFailure.self, performing: interrupted)
    #expect(try store.tenants().isEmpty)
    #expect(try store.events(EventFilter(limit: 10)).isEmpty)
    // The same version with other terms: nothing of the first ones is remembered.
    try store.write { $0.put(sampleCoupon()) }
    #expect(
      try store.load(coupons: [Owned(tenant, couponID(1))]).coupons.all.values.first == sampleCoupon())
  }

  @Test(arguments: StoreUnderTest.all)
  func `a transaction's moment is never before the one before it`(kind: StoreUnderTest) throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    func moment() throws -> Instant { try store.transaction { $0.now } }
    #expect(try moment() == noon)
    clock.now = noon.adding(seconds: -100)
    #expect(try moment() == noon)
    #expect(store.now == noon)
    clock.now = noon.adding(seconds: 100)
    #expect(store.now == noon.adding(seconds: 100))
    #expect(try moment() == noon.adding(seconds: 100))
  }
}
