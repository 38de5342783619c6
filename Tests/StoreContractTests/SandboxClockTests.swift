import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A sandbox lives by a clock of its own, beside tenants that live in real time.
@Suite struct SandboxClockTests {
  private struct House {
    let clock = TestClock()
    let opened: OpenedStore
    let shop: EngineUnderTest
    let sandbox: EngineUnderTest

    init(_ kind: StoreUnderTest, at moment: Instant) async throws {
      opened = try kind.makeFragile(at: clock)
      shop = try await EngineUnderTest(store: opened.store, clock: ManualClock(noon))
      sandbox = try await shop.sandbox(at: moment)
    }

    func advance(to moment: Instant) async throws {
      #expect(try await sandbox.submit(AdvanceTestClock(to: moment)).answer.kind == .ok)
    }

    /// Stops, and holds the tables against the log.
    func end() async throws {
      await shop.stop()
      #expect(try AuditVerification(of: opened.store).findings == [])
      if let store = opened.store as? any RebuildableStore<WorkingSet> {
        let rebuild = try Rebuild(of: store)
        #expect(try store.differences(to: rebuild.scratch) == [])
      }
      opened.discard()
    }
  }

  static let moments = [noon.adding(seconds: -400 * 86_400), noon.adding(seconds: 400 * 86_400)]

  @Test(arguments: StoreUnderTest.all, moments)
  func `windows, periods and locks of a sandbox go by its own clock, and nobody else's`(
    kind: StoreUnderTest, start: Instant
  ) async throws {
    let house = try await House(kind, at: start)
    let week = Int64(7 * 86_400)
    let validity = try #require(Validity(startsAt: start, endsAt: start.adding(seconds: week)))
    var terms = CouponTerms.percent(
      limits: UsageLimits(perPeriod: [UsageLimits.PeriodLimit(period: .day, total: 1)]))
    terms.validity = validity
    for engine in [house.shop, house.sandbox] {
      _ = try await engine.coupon(terms, .of("CODE"))
      _ = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("ONE"))
    }
    #expect(try await house.shop.quote(["CODE"]).discount == 0)
    #expect(try await house.sandbox.quote(["CODE"]).discount == 1000)
    let lock = try await house.sandbox.lock(["CODE"], order: "o-1")
    #expect(lock.lockedAt == start && lock.expiresAt == start.adding(seconds: 900))
    #expect(try await house.shop.apply(["CODE"], order: "o-1").refusal != nil)
    let refused = try await house.sandbox.apply(["CODE"], order: "o-2", user: "u-2")
    #expect(refused.refusal == .codeRefused(.periodLimitReached))

    // Real time does not touch it.
    _ = try await house.sandbox.lock(["ONE"], order: "o-3")
    _ = try await house.shop.lock(["ONE"], order: "o-3")
    house.clock.now = noon.adding(seconds: 3600)
    #expect(try await house.shop.quote(["ONE"], order: "o-4").discount == 1000)
    #expect(try await house.sandbox.quote(["ONE"], order: "o-4").discount == 0)
    #expect(try await house.shop.engine.committer.tidier.sweep() == 1)
    #expect(try await house.sandbox.application("o-3")?.state == .locked)
    #expect(try await house.sandbox.apply(["ONE"], order: "o-4").refusal == .codeRefused(.usageLimitReached))

    try await house.advance(to: start.adding(seconds: 900))
    #expect(try await house.sandbox.quote(["ONE"], order: "o-4").discount == 1000)
    #expect(try await house.sandbox.apply(["ONE"], order: "o-4").answer.kind == .created)
    #expect(try await house.sandbox.engine.committer.tidier.sweep() == 1)
    #expect(try await house.sandbox.application("o-1")?.state == .released)

    try await house.advance(to: start.adding(seconds: 86_400))
    _ = try await house.sandbox.lock(["CODE"], order: "o-5")
    try await house.advance(to: start.adding(seconds: week))
    #expect(try await house.sandbox.quote(["CODE"], user: "u-3").notApplied.map(\.reason) == [.expired])
    try await house.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `each command of a batch is judged at its own tenant's moment`(kind: StoreUnderTest) async throws {
    let house = try await House(kind, at: noon.adding(seconds: 86_400))
    var terms = CouponTerms.percent()
    terms.validity = try #require(Validity(startsAt: noon.adding(seconds: 43_200)))
    for engine in [house.shop, house.sandbox] { _ = try await engine.coupon(terms, .of("CODE")) }
    let commands = [house.shop, house.sandbox, house.shop, house.sandbox].enumerated().map { number, engine in
      engine.command(
        ApplyCodes(
          orderID: OrderID("o-\(number)"), codes: ["CODE"], customer: Customer(userID: "u-1"),
          cart: .of(10_000)))
    }
    let kinds = try await house.shop.batch(commands: commands).map { try $0.get().answer.kind }
    #expect(kinds.map { $0 == .created } == [false, true, false, true])
    for order: OrderID in ["o-1", "o-3"] {
      #expect(try await house.sandbox.application(order)?.lockedAt == noon.adding(seconds: 86_400))
    }
    for event in try await house.shop.events()
    where ["CouponApplied", "CouponRejected"].contains(event.envelope.type) {
      let isSandboxed = event.envelope.tenant == house.sandbox.tenant
      #expect(event.envelope.at == (isSandboxed ? noon.adding(seconds: 86_400) : noon))
    }
    try await house.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a sandbox's clock goes forward only, and a tenant in real time has none`(
    kind: StoreUnderTest
  ) async throws {
    let house = try await House(kind, at: noon)
    let late = noon.adding(seconds: 60)
    try await house.advance(to: late)
    try await house.advance(to: late)
    #expect(try await house.sandbox.submit(AdvanceTestClock(to: noon)).refusal == .invalidTransition)
    #expect(try await house.shop.submit(AdvanceTestClock(to: late)).refusal == .invalidTransition)
    #expect(try await house.sandbox.engine.tenant(house.sandbox.tenant)?.testClock == late)
    #expect(try await house.shop.facts().count { $0 is TestClockAdvanced } == 1)
    try await house.end()
  }

  @Test(arguments: StoreUnderTest.all, moments)
  func `what a sandbox has scheduled is due by its own clock; leases and the house's work are real`(
    kind: StoreUnderTest, start: Instant
  ) async throws {
    let house = try await House(kind, at: start)
    let store = house.opened.store
    let key = mail("a", of: house.sandbox.tenant)
    try store.write { set in
      set.dueWork.schedule(key, at: start.adding(seconds: 10))
      set.dueWork.schedule(mail("b"), at: noon.adding(seconds: 10))
    }
    func claim() throws -> [Owned<DueKey>] {
      try store.transaction { (transaction) throws(StoreFailure) in
        try transaction.due.claim(
          DueClaiming(kinds: ["mail"], limit: 9, holder: DueHolder(1), leaseSeconds: 60))
      }.map(\.key)
    }
    func next() throws -> Instant? { try store.find(NextDue(kinds: ["mail"])) }
    #expect(try claim() == [])
    #expect(try next() == noon.adding(seconds: 10))
    #expect(try store.find(DueCounts(at: noon)).due == 0)
    try await house.advance(to: start.adding(seconds: 10))
    #expect(try #require(try next()) <= noon)
    #expect(try store.find(DueCounts(at: noon)).due == 1)
    #expect(try claim() == [key])
    #expect(try claim() == [])
    house.clock.now = noon.adding(seconds: 10)
    #expect(try claim() == [mail("b")])
    house.clock.now = noon.adding(seconds: 60)
    #expect(try claim() == [key])
    let own = Owned(house.sandbox.tenant, DueKey("tidy"))
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.scheduleForHouse([own], at: transaction.now)
    }
    let claimed = try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.claim(
        DueClaiming(kinds: ["tidy"], limit: 9, holder: DueHolder(1), leaseSeconds: 60))
    }
    #expect(claimed.map(\.key) == [own])
    await house.shop.stop()
    house.opened.discard()
  }
}

extension EngineUnderTest {
  fileprivate func quote(
    _ codes: [String], user: UserID = "u-9", order: OrderID? = nil
  ) async throws -> Quote {
    let question = QuoteCart(
      codes: codes, customer: Customer(userID: user), cart: .of(10_000), orderID: order)
    return try await engine.quote(question, tenant: tenant).get()
  }
}
