import Scrip
import Testing

@testable import Ledger
@testable import Promotions

@Suite struct LoadingTests {
  @Test(arguments: StoreUnderTest.all)
  func `each load sees the rows of its own tenants, whoever loaded before`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let tenants = [Tenant.ID(1), Tenant.ID(2)]
    let records = [sampleCoupon(locked: 1), sampleCoupon(locked: 2)]
    try store.write { set in
      for (tenant, record) in zip(tenants, records) { set.put(record, of: tenant) }
    }
    let keys = tenants.map { Owned($0, couponID(1)) }
    for loaded in [[0], [0], [1], [0, 1], [1], [0]] {
      let set = try store.load(coupons: Set(loaded.map { keys[$0] }))
      #expect(set.coupons.all.count == loaded.count)
      for index in loaded { #expect(set.coupons[keys[index]] == records[index]) }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `whether a coupon has a code is told of every coupon that it is asked of`(kind: StoreUnderTest) throws
  {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.put(codeRecord("CODE-1", coupon: 1))
      set.put(codeRecord("CODE-2", coupon: 1))
    }
    let set = try store.load {
      $0.codedCoupons = [
        Owned(tenant, couponID(1)), Owned(tenant, couponID(2)), Owned(Tenant.ID(2), couponID(1)),
      ]
    }
    #expect(
      set.found.codedCoupons == [
        Owned(tenant, couponID(1)): true, Owned(tenant, couponID(2)): false,
        Owned(Tenant.ID(2), couponID(1)): false,
      ])
  }

  @Test(arguments: StoreUnderTest.all)
  func `every field of a tenant, a coupon, a code, a counter and a key comes back`(kind: StoreUnderTest)
    throws
  {
    let (store, discard) = try kind.make()
    defer { discard() }
    let coupon = sampleCoupon(terms: fullTerms(), locked: 2, redeemed: 3, sequence: 9)
    let full = CodeRecord(
      couponID: couponID(1),
      grant: grant("SAVE-20", display: "Save-20", owner: "user-7", limit: 5, isGenerated: true), used: 3)
    let counters: [UsageCounter] = [
      .identity(IdentityKey(kind: .email, value: "ab:cd")), .budget(yen),
      .period(.week, CalendarDay(iso8601: "2026-11-16")!),
    ]
    let revoked = sampleKey(2, role: .publishable, revokedAt: noon.adding(seconds: 9))
    try store.write { set in
      set.put(sampleTenant())
      set.put(coupon)
      set.put(full)
      set.put(codeRecord("PLAIN"))
      for (used, counter) in counters.enumerated() { set.put(counter, used: Int64(used + 1), limit: nil) }
      set.put(sampleKey())
      set.put(revoked)
    }

    let set = try store.load { request in
      request.tenants = [tenant]
      request.codes = [Owned(tenant, code("SAVE-20")), Owned(tenant, code("PLAIN"))]
      request.counters = Set(
        counters.map { Owned(tenant, CounterKey(couponID: couponID(1), counter: $0)) })
      request.accessKeys = [Owned(tenant, keyID(1)), Owned(tenant, keyID(2))]
    }
    #expect(set.tenants.all == [tenant: sampleTenant()])
    #expect(set.coupons.all == [Owned(tenant, couponID(1)): coupon])
    #expect(set.codes[Owned(tenant, code("SAVE-20"))] == full)
    #expect(set.codes[Owned(tenant, code("PLAIN"))] == codeRecord("PLAIN"))
    for (used, counter) in counters.enumerated() {
      let key = Owned(tenant, CounterKey(couponID: couponID(1), counter: counter))
      #expect(set.counters[key]?.used == Int64(used + 1))
    }
    #expect(set.accessKeys.all == [Owned(tenant, keyID(1)): sampleKey(), Owned(tenant, keyID(2)): revoked])
  }

  @Test(arguments: StoreUnderTest.all)
  func `an application comes back with usages, snapshot, and what it takes to give it back`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let identity = UsageCounter.identity(IdentityKey(kind: .user, value: "7\n\"x"))
    let record = sampleApplication(
      coupons: [1, 2], buyer: IdentityKey(kind: .user, value: "7"), counters: [identity])
    let released = sampleApplication(2, order: "order-2", state: .released, coupons: [2], currency: yen)
    try store.write { set in
      for number: UInt128 in [1, 2] {
        set.put(sampleCoupon(number, locked: 1))
        set.put(codeRecord("CODE-\(number)", coupon: number, used: 1))
      }
      set.put(identity, used: 1, limit: 1)
      set.put(record)
      set.put(released)
    }

    let set = try store.load(applications: [Owned(tenant, applicationID(1)), Owned(tenant, applicationID(2))])
    #expect(set.applications[Owned(tenant, applicationID(1))] == record)
    #expect(set.applications[Owned(tenant, applicationID(2))] == released)
    #expect(set.coupons[Owned(tenant, couponID(2))] == sampleCoupon(2, locked: 1))
    #expect(
      set.codes[Owned(tenant, code("CODE-2"))] == codeRecord("CODE-2", coupon: 2, used: 1))
    #expect(
      set.counters.all == [
        Owned(tenant, CounterKey(couponID: couponID(1), counter: identity)): CounterRow(used: 1)
      ])
  }

  @Test(arguments: StoreUnderTest.all)
  func `what changed comes back as it is now`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    var record = sampleApplication(coupons: [1])
    try store.write { set in
      set.put(sampleTenant())
      set.put(sampleCoupon(locked: 1))
      set.put(codeRecord("CODE-1", used: 1))
      set.put(record)
      set.put(sampleKey())
    }
    record.application.state = .released
    record.application.releaseCause = .canceled
    record.application.settledAt = noon.adding(seconds: 70)
    record.application.expiresAt = noon.adding(seconds: 50)
    record.application.usages[0].state = .released
    record.application.usages[0].amount = 99
    record.application.discount = 99
    record.application.total = 901
    record.application.snapshot.quote = Array(#"{"total":901}"#.utf8)
    record.agreedIn = EventReference(couponID: couponID(1), sequence: 200)
    let edited = sampleCoupon(state: .disabled, version: 2, terms: fullTerms(), sequence: 2)
    var renamed = sampleTenant(name: "New name")
    renamed.tenant.settings = TenantSettings()
    try store.write { set in
      set.put(renamed, isNew: false)
      set.put(edited)
      set.put(codeRecord("CODE-1", used: 0), isNew: false)
      set.put(record, isNew: false)
      set.put(agreement(of: record))
      set.put(sampleKey(revokedAt: noon), isNew: false)
    }

    let set = try store.load { request in
      request.tenants = [tenant]
      request.applications = [Owned(tenant, applicationID(1))]
      request.versions = [Owned(tenant, VersionKey(couponID: couponID(1), version: 1))]
      request.accessKeys = [Owned(tenant, keyID(1))]
    }
    #expect(set.tenants[tenant] == renamed)
    #expect(set.applications[Owned(tenant, applicationID(1))] == record)
    #expect(set.coupons[Owned(tenant, couponID(1))] == edited)
    #expect(set.codes[Owned(tenant, code("CODE-1"))]?.used == 0)
    #expect(
      set.versions.all.mapValues(\.terms) == [
        Owned(tenant, VersionKey(couponID: couponID(1), version: 1)): plainTerms()
      ])
    #expect(set.accessKeys[Owned(tenant, keyID(1))]?.revokedAt == noon)
  }

  @Test(arguments: StoreUnderTest.all)
  func `every kind of answer comes back and the oldest are forgotten first`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let kinds =
      AnswerForm.Topic.allCases.flatMap { topic in
        [true, false].map { AnswerForm.Kind.reply(topic, isNew: $0) }
      } + [.refused(.codeTaken), .refused(.codeRefused(.unknownCode))]
    for (number, kind) in kinds.enumerated() {
      let answer = StoredAnswer(
        fingerprint: hash("request \(number)"), form: KeptForm(kind: kind.stored, body: Array("{}".utf8)),
        at: noon.adding(seconds: Int64(number)))
      try store.write { $0.put(answer, under: "key-\(number)") }
      let key = Owned(tenant, IdempotencyKey.Name("key-\(number)"))
      #expect(try store.load(answers: [key]).answers.all == [key: answer])
    }
    let forgotten = try store.transaction { (transaction) throws(StoreFailure) in
      try [
        transaction.forgetAnswers(before: noon.adding(seconds: 11), max: 7),
        transaction.forgetAnswers(before: noon.adding(seconds: 11), max: 7),
        transaction.forgetAnswers(before: noon.adding(seconds: 11), max: 7),
      ]
    }
    #expect(forgotten == [7, 4, 0])
    let all = Set((0..<12).map { Owned(tenant, IdempotencyKey.Name("key-\($0)")) })
    #expect(try store.load(answers: all).answers.all.keys.map(\.value) == ["key-11"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `what does not exist, or is another tenant's, is not there`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleTenant())
      set.put(sampleCoupon())
      set.put(codeRecord("CODE-1"))
      set.put(.budget(euro), used: 5, limit: nil)
      set.put(sampleApplication())
      set.put(sampleKey())
      set.put(
        StoredAnswer(
          fingerprint: .zero, form: KeptForm(kind: "tenant", body: [1]), at: noon),
        under: "key")
    }
    let other = Tenant.ID(2)
    let set = try store.load { request in
      request.tenants = [other]
      request.codes = [Owned(other, code("CODE-1")), Owned(tenant, code("NO-SUCH"))]
      request.coupons = [Owned(other, couponID(1)), Owned(tenant, couponID(9))]
      request.versions = [Owned(tenant, VersionKey(couponID: couponID(1), version: 2))]
      request.counters = [Owned(other, CounterKey(couponID: couponID(1), counter: .budget(euro)))]
      request.orders = [Owned(other, "order-1"), Owned(tenant, "order-9")]
      request.applications = [Owned(other, applicationID(1)), Owned(tenant, applicationID(9))]
      request.answers = [Owned(other, "key")]
      request.accessKeys = [Owned(other, keyID(1))]
      request.locks = [Owned(other, applicationID(1))]
      request.lateLocksOf = [Owned(other, couponID(1))]
      request.lateAt = noon.adding(seconds: 99_999)
    }
    #expect(
      set.tenants.all.isEmpty && set.codes.all.isEmpty && set.coupons.all.isEmpty && set.versions.all.isEmpty)
    #expect(set.counters.all.isEmpty && set.applications.all.isEmpty && set.found.applicationOfOrder.isEmpty)
    #expect(set.answers.all.isEmpty && set.accessKeys.all.isEmpty)
    #expect(set.found.lateLocks == [Owned(other, couponID(1)): []])
    #expect(try store.accessKey(secretHash: hash("no secret")) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `loading leaves alone what the working set holds already`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon())
      set.put(codeRecord("CODE-1"))
      set.put(codeRecord("CODE-2"))
    }
    var set = WorkingSet()
    let changed = sampleCoupon(locked: 1, sequence: 2)
    set.coupons.load(changed, for: Owned(tenant, couponID(1)))
    set.codes.load(codeRecord("CODE-1", used: 1), for: Owned(tenant, code("CODE-1")))
    var request = LoadRequest()
    request.codes = [Owned(tenant, code("CODE-1")), Owned(tenant, code("CODE-2"))]
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.load(request, into: &set)
    }
    #expect(set.coupons[Owned(tenant, couponID(1))] == changed)
    #expect(set.codes[Owned(tenant, code("CODE-1"))]?.used == 1)
    #expect(set.codes[Owned(tenant, code("CODE-2"))]?.used == 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order has its live application, or else the last one`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let order = Owned(tenant, OrderID("order-1"))
    try store.write { set in
      set.put(sampleCoupon())
      set.put(sampleApplication(1, state: .released, lockedAt: noon))
      set.put(sampleApplication(2, state: .released, lockedAt: noon.adding(seconds: 10)))
    }
    let last = try store.load(orders: [order])
    #expect(last.found.applicationOfOrder == [order: applicationID(2)])
    #expect(last.applications[Owned(tenant, applicationID(2))]?.application.orderID == "order-1")

    try store.write { $0.put(sampleApplication(3, state: .redeemed, lockedAt: noon.adding(seconds: -10))) }
    #expect(try store.load(orders: [order]).found.applicationOfOrder == [order: applicationID(3)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a redeemed application whose usages were restored is still its order's`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    var restored = sampleApplication(1, state: .redeemed)
    restored.application.usages[0].state = .released
    try store.write { set in
      set.put(sampleCoupon())
      set.put(sampleApplication(2, state: .released, lockedAt: noon.adding(seconds: 10)))
      set.put(restored)
    }
    let order = Owned(tenant, OrderID("order-1"))
    let set = try store.load(orders: [order])
    #expect(set.found.applicationOfOrder == [order: applicationID(1)])
    #expect(set.applications[Owned(tenant, applicationID(1))] == restored)
  }
}
