import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// Projections on every store, by the one that adds up how coupons are used.
@Suite struct ProjectionTests {
  /// A shop in which everything has happened to usages that can.
  private struct Shop {
    let opened: OpenedStore
    let engine: EngineUnderTest
    let coupons: [Coupon.ID]

    init(_ kind: StoreUnderTest) async throws {
      let clock = TestClock(noon)
      opened = try kind.makeFragile(at: clock)
      engine = try await EngineUnderTest(store: opened.store, clock: ManualClock(noon))
      coupons = [
        try await engine.coupon(.percent(), .of("TEN")), try await engine.coupon(.percent(), .of("ALSO")),
      ]
      _ = try await engine.lock(["TEN"], order: "held", user: "ann")
      let paid = try await engine.lock(["TEN", "ALSO"], order: "paid", user: "bob")
      try await engine.submit(RedeemApplication(applicationID: paid.id, cart: .of(7000)))
      let dropped = try await engine.lock(["ALSO"], order: "dropped", user: "cid")
      try await engine.submit(ReleaseApplication(applicationID: dropped.id))
      let changed = try await engine.lock(["TEN", "ALSO"], order: "changed", user: nil)
      try await engine.submit(
        ChangeApplication(
          applicationID: changed.id, codes: ["TEN", "ALSO"], customer: Customer(userID: "dan"),
          cart: .of(10_000)))
      let late = try await engine.lock(["ALSO"], order: "late", user: "eve", seconds: 60)
      clock.now = noon.adding(seconds: 86_400)
      try await engine.engine.committer.tidier.sweep()
      try await engine.submit(RedeemApplication(applicationID: late.id))
      _ = try await engine.lock(["TEN"], order: "next day", user: "ann")
    }

    var store: any RebuildableStore<WorkingSet> {
      get throws { try #require(opened.store as? any RebuildableStore<WorkingSet>) }
    }

    func end() async {
      await engine.stop()
      opened.discard()
    }

    /// What a look at every usage says.
    func scanned() async throws -> [CouponStatistics] {
      var applications: [DiscountApplication] = []
      for order in ["held", "paid", "dropped", "changed", "late", "next day"] as [OrderID] {
        applications.append(try #require(try await engine.application(order)))
      }
      return coupons.map { CouponStatistics(scanning: applications, for: $0) }
    }

    func statistics() throws -> [CouponStatistics] {
      try coupons.map { try opened.store.statistics(of: $0, tenant: engine.tenant) }
    }

    func differences() throws -> [TableDifference] {
      let store = try store
      return try store.differences(to: Rebuild(of: store).scratch)
    }

    func cursor() throws -> ProjectionCursor? {
      let key = CouponUses.cursor(of: engine.tenant)
      return try opened.store.load { $0.cursors = [key] }.cursors[key]
    }

    /// Waits until everything has settled: a server shows the end of its log when older transactions are over.
    func catchUp(pageSize: Int = 500) async throws {
      let runner = ProjectionRunner(store: opened.store, pageSize: pageSize)
      let last = try #require(try await opened.store.wholeLog().last)
      let deadline = ContinuousClock.now + .seconds(60)
      while try cursor()?.position ?? 0 < last.position, .now < deadline { try runner.catchUpNow() }
      #expect(try cursor() == ProjectionCursor(version: CouponUses.version, position: last.position))
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `statistics are the same whatever is projected already`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let expected = try await shop.scanned()
    #expect(expected[0].uses == [.locked: 1, .redeemed: 1, .released: 2])
    #expect(try shop.statistics() == expected)
    // A runner that dies between two pages leaves whole pages.
    let runner = ProjectionRunner(store: shop.opened.store, pageSize: 1)
    var pages = 0
    _ = try await shop.opened.store.wholeLog()
    while try runner.turn(CouponUses(), shop.engine.tenant).count > 0 {
      pages += 1
      #expect(try shop.statistics() == expected)
      if pages % 8 == 1 { #expect(try shop.differences() == []) }
    }
    #expect(pages > 10)
    try await shop.catchUp()
    #expect(try shop.statistics() == expected)
    #expect(try shop.opened.store.find(TenantsBehind(CouponUses.self)) == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `nothing is written when nothing is new`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    try await shop.catchUp()
    let store = InterruptedStore(shop.opened.store)
    let runner = ProjectionRunner(store: store)
    #expect(try runner.catchUpNow() == 0)
    #expect(store.transactions == 0 && runner.lagSeconds == 0 && runner.stoppedProjections == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a runner that another one overtook does nothing`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let expected = try await shop.scanned()
    _ = try await shop.opened.store.wholeLog()
    for pageSize in [2, 3] {
      // The other one goes on between this one's page and its transaction.
      let store = InterruptedStore(shop.opened.store)
      let other = ProjectionRunner(store: shop.opened.store, pageSize: pageSize)
      let tenant = shop.engine.tenant
      store.interrupt { () throws(StoreFailure) in _ = try other.turn(CouponUses(), tenant) }
      let before = try shop.cursor()?.position ?? 0
      #expect(try ProjectionRunner(store: store, pageSize: 1).turn(CouponUses(), tenant).count == 0)
      #expect(try #require(try shop.cursor()).position > before + 1)
      #expect(try shop.statistics() == expected)
    }
    #expect(try shop.differences() == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what is written behind a page is left for the next round`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let last = try #require(try await shop.opened.store.wholeLog().last)
    let store = InterruptedStore(shop.opened.store)
    store.interrupt { () throws(StoreFailure) in
      try shop.opened.store.write {
        $0.put(sampleEvent(1, stream: .coupon(couponID(77)), tenant: shop.engine.tenant))
      }
    }
    let runner = ProjectionRunner(store: store, pageSize: 1000)
    #expect(try runner.catchUpNow() > 0)
    #expect(store.transactions == WorkingSet.projections.count)
    #expect(try #require(try shop.cursor()).position <= last.position)
    try await shop.catchUp()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `several runners at once count everything once`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    _ = try await shop.opened.store.wholeLog()
    let runners = (1...3).map { ProjectionRunner(store: shop.opened.store, pageSize: $0) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for runner in runners { group.addTask { try await runner.catchUp() } }
      try await group.waitForAll()
    }
    try await shop.catchUp()
    #expect(runners.flatMap(\.stoppedProjections) == [])
    #expect(try await shop.statistics() == shop.scanned())
    #expect(try shop.differences() == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a new version of a fold makes its rows anew`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let expected = try await shop.scanned()
    let tenant = shop.engine.tenant
    let stranger = Owned(tenant, CouponUserKey(couponID: shop.coupons[0], buyer: IdentityKey(UserID("zoe"))))
    let foreign = Owned(Tenant.ID(2), stranger.value)
    try shop.opened.store.write { set in
      set.cursors.insert(
        ProjectionCursor(version: CouponUses.version - 1, position: 3), for: CouponUses.cursor(of: tenant))
      set.couponUsers.insert(CouponUserRow(live: 4), for: stranger)
      set.couponUsers.insert(CouponUserRow(live: 4), for: foreign)
    }
    #expect(try shop.statistics() == expected, "what an older version made is not told")
    #expect(try shop.opened.store.find(TenantsBehind(CouponUses.self)) == [tenant])
    try await shop.catchUp()
    #expect(try shop.statistics() == expected)
    let users = try shop.opened.store.load { $0.couponUsers = [stranger, foreign] }.couponUsers
    #expect(users[stranger] == nil && users[foreign] == CouponUserRow(live: 4))
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `rows of a newer version are left to it`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let newer = ProjectionCursor(version: CouponUses.version + 1, position: 3)
    try shop.opened.store.write { set in
      set.cursors.insert(newer, for: CouponUses.cursor(of: shop.engine.tenant))
    }
    try ProjectionRunner(store: shop.opened.store).catchUpNow()
    #expect(try shop.cursor() == newer)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a rebuild names a row that was changed, and puts it right`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    try await shop.catchUp(pageSize: 4)
    #expect(try shop.differences() == [])
    let day = Owned(
      shop.engine.tenant,
      CouponDayKey(
        couponID: shop.coupons[0], day: UsageLimits.Period.day.firstDay(containing: noon), currency: .usd))
    let before = try #require(try shop.opened.store.load { $0.couponDays = [day] }.couponDays[day])
    try shop.opened.store.write { set in
      set.couponDays.load(before, for: day)
      set.couponDays.count(day) { $0.redeemed += 1 }
    }
    let differences = try shop.differences()
    #expect(differences.map(\.table) == ["coupon_day"])
    #expect(differences.map(\.missing) == [1] && differences.map(\.unexplained) == [1])
    let store = try shop.store
    try store.adopt(Rebuild(of: store).scratch)
    #expect(try shop.differences() == [])
    #expect(try await shop.statistics() == shop.scanned())
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what projections read while the log is folded is no difference`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let (store, runner) = (try shop.store, ProjectionRunner<WorkingSet>(store: shop.opened.store))
    let seen = Mutex(0)
    let found = try Rebuild.comparing(store) { _ in
      // The first folding has begun before any event was read.
      if seen.withLock({
        $0 += 1; return $0
      }) == 1 {
        _ = try? runner.catchUpNow()
      }
    }
    #expect(found.differences == [] && seen.withLock { $0 } > 1)
    #expect(try shop.cursor() != nil)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `an event that can't be read stops its tenant's projection, and nobody else's`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await Shop(kind)
    let expected = try await shop.scanned()
    _ = try await shop.engine.engine.submit(
      PromotionCommand(tenant: Tenant.ID(2), actor: .commandLine, action: CreateTenant(name: "Other")))
    let events = try await shop.opened.store.wholeLog()
    let broken = try #require(events.last { $0.envelope.stream == .coupon(shop.coupons[1]) })
    try shop.opened.run(
      Damage(
        "payload", sqlite: "UPDATE event SET payload = x'7B7D' WHERE type = 'CouponRedeemed'",
        postgres: "UPDATE event SET payload = '\\x7B7D' WHERE type = 'CouponRedeemed'"))
    let store = try shop.opened.reopen()
    let first = try #require(events.first { $0.envelope.type == "CouponRedeemed" })
    let reports = Reports()
    let runner = ProjectionRunner(store: store, observer: reports, pageSize: 4)
    for _ in 1...5 { try runner.catchUpNow() }
    let stopped = try #require(runner.stoppedProjections.first)
    #expect(runner.stoppedProjections.count == 1 && reports.stopped == [stopped])
    #expect(stopped.key == CouponUses.cursor(of: shop.engine.tenant))
    #expect(stopped.position < first.position && stopped.reason.text.contains("\(first.position)"))
    #expect(try store.find(ProjectionCursors())[stopped.key]?.position == stopped.position)
    #expect(runner.lagSeconds > 0)
    #expect(try store.find(TenantsBehind(CouponUses.self)) == [shop.engine.tenant])
    // What stands before it is told, and that it is not all.
    let told = try store.statistics(of: shop.coupons[1], tenant: shop.engine.tenant)
    #expect(told.asOf != nil && told != expected[1] && broken.position > first.position)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `more unread events than an answer folds are told of`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleTenant(1))
      set.put(sampleCoupon(1))
      for number in 1...UInt128(2001) { set.put(sampleApplication(number, order: "order-\(number)")) }
    }
    let some = try store.statistics(of: couponID(1), tenant: tenant)
    #expect(some.uses == [.locked: 2000] && some.asOf == noon)
    _ = try await store.wholeLog()
    try ProjectionRunner(store: store).catchUpNow()
    let all = try store.statistics(of: couponID(1), tenant: tenant)
    #expect(all.uses == [.locked: 2001] && all.asOf == nil)
  }
}

private final class Reports: ProjectionObserver {
  private let list = Mutex<[StoppedProjection]>([])

  var stopped: [StoppedProjection] { list.withLock { $0 } }

  func stopped(_ projection: StoppedProjection) { list.withLock { $0.append(projection) } }

  func resumed(_ projection: StoppedProjection) { Issue.record("\(projection) resumed") }
}
