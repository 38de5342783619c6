import Ledger
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

/// A wrong clock must not write moments that are there for ever.
@Suite struct ClockTests {
  private static let kinds: [Move.Kind] = TestDatabase.server == nil ? [.sqlite] : [.sqlite, .postgres]
  private static let day: Int64 = 86_400

  /// Makes a shop with a coupon that ends in a year, at a time.
  private func makeShop(_ place: StorePlace, _ clock: ManualClock, _ tolerance: ClockTolerance = .usual)
    async throws
  {
    let engine = try await EngineUnderTest(store: place.open(clock, tolerance: tolerance), clock: clock)
    var terms = CouponTerms.percent()
    terms.validity = try #require(Validity(endsAt: clock.now.adding(seconds: 365 * ClockTests.day)))
    _ = try await engine.coupon(terms, .of("SAVE"))
    await engine.stop()
  }

  private func lock(_ store: some PromotionStore, _ order: OrderID) async throws -> CommandOutcome {
    let committer = Committer(
      store: store, identifiers: .random, configuration: .patient(), observer: CommitReports())
    let action = ApplyCodes(
      orderID: order, codes: ["SAVE"], customer: Customer(userID: "u"), cart: .of(10_000))
    do {
      let outcome = try await Engine(store: store, committer: committer).submit(
        PromotionCommand(tenant: Tenant.ID(1), actor: .commandLine, action: action))
      await committer.shutDown()
      return outcome
    } catch {
      await committer.shutDown()
      throw error
    }
  }

  /// The code with which a lock fails, which a retry may mend.
  private func failure(_ store: some PromotionStore, _ order: OrderID) async throws -> String? {
    let error = await #expect(throws: CommandFailure.self) { _ = try await lock(store, order) }
    guard case .store(let failure) = error else { return nil }
    #expect(failure.isRetriable)
    return failure.code
  }

  @Test(arguments: kinds) func `a leap while the store is open is refused until the clock is back`(
    kind: Move.Kind
  ) async throws {
    let (place, clock) = (try StorePlace(kind), ManualClock())
    try await makeShop(place, clock)
    let store = try place.open(clock, tolerance: .usual)
    #expect(try await lock(store, "before").isCreated)
    let before = clock.now
    clock.advance(seconds: 80 * 365 * ClockTests.day)
    #expect(try await failure(store, "leapt") == StoreFailure.clockCode)
    #expect(store.clockFailure?.code == StoreFailure.clockCode)
    #expect(store.now < before.adding(seconds: 3600), "reads are not judged at what it shows")
    clock.set(before.adding(seconds: 60))
    #expect(try await lock(store, "after").isCreated)
    #expect(store.clockFailure == nil)
  }

  @Test(arguments: kinds) func `a store that was left for a quarter of a year is not written to unless told`(
    kind: Move.Kind
  ) async throws {
    let (place, clock) = (try StorePlace(kind), ManualClock())
    try await makeShop(place, clock)
    clock.advance(seconds: 90 * ClockTests.day - 60)
    #expect(try place.open(clock, tolerance: .usual).clockFailure == nil)
    clock.advance(seconds: 120)
    let store = try place.open(clock, tolerance: .usual)
    #expect(store.clockFailure?.message.contains("90 days after the last commit") == true)
    #expect(try await failure(store, "refused") == StoreFailure.clockCode)
    #expect(try await lock(place.open(clock, tolerance: .told), "told").isCreated)
    #expect(try await lock(place.open(clock, tolerance: .usual), "usual again").isCreated)
  }

  @Test(arguments: kinds) func `a sandbox that lives in other years makes no clock wrong`(
    kind: Move.Kind
  ) async throws {
    let (place, clock) = (try StorePlace(kind), ManualClock())
    try await makeShop(place, clock)
    for number in 2...3 {
      let shop = try await EngineUnderTest(store: place.open(clock, tolerance: .usual), clock: clock)
      let years = Int64(number == 2 ? -9 : 9)
      let sandbox = try await shop.sandbox(
        Int64(number), at: clock.now.adding(seconds: years * 366 * ClockTests.day))
      _ = try await sandbox.coupon(.percent(), .of("CODE"))
      _ = try await sandbox.lock(["CODE"], order: "o-1")
      await shop.stop()
      let again = try place.open(clock, tolerance: .usual)
      #expect(again.clockFailure == nil && again.now == clock.now)
    }
  }

  @Test(arguments: kinds) func `a store that only sandboxes work in can be opened after any time`(
    kind: Move.Kind
  ) async throws {
    let (place, clock) = (try StorePlace(kind), ManualClock())
    try await makeShop(place, clock)
    clock.advance(seconds: 100 * ClockTests.day)
    #expect(try place.open(clock, tolerance: .usual).clockFailure != nil)
    let shop = try await EngineUnderTest(store: place.open(clock, tolerance: .told), clock: clock)
    _ = try await shop.sandbox(at: clock.now).coupon(.percent(), .of("CODE"))
    await shop.stop()
    #expect(try place.open(clock, tolerance: .usual).clockFailure == nil)
    clock.advance(seconds: -102 * ClockTests.day)
    #expect(try place.open(clock, tolerance: .usual).clockFailure != nil, "it is not before the last commit")
  }

  @Test(arguments: kinds) func `a store whose clock was once far ahead goes on when told`(
    kind: Move.Kind
  ) async throws {
    let (place, clock) = (try StorePlace(kind), ManualClock())
    let right = clock.now
    try await makeShop(place, clock)
    clock.advance(seconds: 80 * 365 * ClockTests.day)
    #expect(try await !lock(place.open(clock, tolerance: .unlimited), "ahead").isCreated)
    clock.set(right.adding(seconds: 60))
    let store = try place.open(clock, tolerance: .usual)
    #expect(store.clockFailure?.message.contains("days before the last commit") == true)
    #expect(try await failure(store, "refused") == StoreFailure.clockCode)
    let told = try place.open(clock, tolerance: .told)
    #expect(try await lock(told, "told").isCreated)
    #expect(told.now == clock.now)
    // The log has an event at the right time at its end now.
    let healed = try place.open(clock, tolerance: .usual)
    #expect(healed.clockFailure == nil)
    #expect(try await lock(healed, "healed").isCreated)
    #expect(try AuditVerification(of: healed).findings.isEmpty)
    #expect(try healed.differences(to: healed.rebuilt()).isEmpty)
  }

  @Test(arguments: kinds) func `leaps under an hour that add up are refused like one of more`(
    kind: Move.Kind
  ) async throws {
    let (place, clock) = (try StorePlace(kind), ManualClock())
    try await makeShop(place, clock)
    let store = try place.open(clock, tolerance: .usual)
    #expect(try await lock(store, "before").isCreated)
    for order: OrderID in ["first", "second"] {
      clock.advance(seconds: 1740)
      #expect(try await lock(store, order).isCreated)
    }
    let before = clock.now
    clock.advance(seconds: 1740)
    #expect(try await failure(store, "third") == StoreFailure.clockCode)
    #expect(store.clockFailure?.message.contains("in small steps") == true)
    clock.set(before)
    #expect(try await lock(store, "after").isCreated)
  }

  @Test(arguments: kinds) func `a clock that shows a time long before 1970 stops nothing`(
    kind: Move.Kind
  ) async throws {
    for moment in [ManualClock().now.adding(seconds: -80 * 365 * ClockTests.day), .earliest] {
      let (place, clock) = (try StorePlace(kind), ManualClock(moment))
      let engine = try await EngineUnderTest(store: place.open(clock), clock: clock)
      let periods = UsageLimits.Period.allCases.map { UsageLimits.PeriodLimit(period: $0, total: 5) }
      let id = try await engine.coupon(
        .percent(limits: UsageLimits(total: 10, perUser: 3, perPeriod: periods)), .of("SAVE"))
      let late = try await engine.lock(["SAVE"], order: "late", seconds: 60)
      clock.advance(seconds: 61)
      try await engine.engine.committer.tidier.sweep()
      #expect(try await engine.application(late.id)?.state == .released)
      let paid = try await engine.lock(["SAVE"], order: "paid")
      #expect(try await engine.submit(RedeemApplication(applicationID: paid.id), key: "pay").isOK)
      #expect(try await engine.uses(id) == UseCounts(locked: 0, redeemed: 1))
      try await engine.engine.committer.tidier.forgetAnswers()
      await engine.stop()
      let store = try place.open(clock)
      #expect(try AuditVerification(of: store).findings.isEmpty)
      #expect(try store.differences(to: store.rebuilt()).isEmpty)
    }
  }

  @Test func `answers from a time that never was do not keep others from being forgotten`() async throws {
    let (place, clock) = (try StorePlace(.sqlite), ManualClock())
    let right = clock.now
    try await makeShop(place, clock)
    clock.advance(seconds: 80 * 365 * ClockTests.day)
    let ahead = try await EngineUnderTest(store: place.open(clock), clock: clock)
    _ = try await ahead.submit(ChangeSettings(TenantSettingsChange(lockSeconds: 900)), key: "ahead")
    await ahead.stop()
    clock.set(right)
    // A day passes here in a moment.
    let tolerance = ClockTolerance(ahead: nil, behind: nil, leap: nil, goesBack: true)
    let engine = try await EngineUnderTest(store: place.open(clock, tolerance: tolerance), clock: clock)
    _ = try await engine.submit(ChangeSettings(TenantSettingsChange(lockSeconds: 900)), key: "right")
    for _ in 0..<50 {
      clock.advance(seconds: 1800)
      try await engine.engine.committer.tidier.forgetAnswers()
    }
    await engine.stop()
    let store = try place.open(clock)
    #expect(try store.counts()[.answer] == 0)
  }
}

/// The guard by itself, with time that passes as the test says.
@Suite struct ClockGuardTests {
  private final class Uptime: Sendable {
    private let seconds = Mutex<Int64>(0)
    func pass(_ more: Int64) { seconds.withLock { $0 += more } }
    var now: Duration { .seconds(seconds.withLock { $0 }) }
  }

  private let uptime = Uptime()
  private let noon = Instant(microseconds: 1_795_000_000_000_000)

  private func make(_ tolerance: ClockTolerance = .usual) -> ClockGuard {
    let uptime = uptime
    return ClockGuard(tolerance) { uptime.now }
  }

  private func at(_ seconds: Int64) -> Instant { noon.adding(seconds: seconds) }

  @Test func `time goes on with the clock and never back`() throws {
    let watch = make()
    #expect(try watch.moment(noon) == noon)
    #expect(try watch.moment(at(5)) == at(5))
    #expect(try watch.moment(at(-60)) == at(5))
    #expect(watch.readingMoment(at(-60)) == at(5))
    uptime.pass(120)
    #expect(try watch.moment(at(60)) == at(60))
  }

  @Test func `a clock may show an hour more than has passed, and not a second longer`() throws {
    let watch = make()
    _ = try watch.moment(noon)
    uptime.pass(100)
    #expect(throws: StoreFailure.self) { try watch.moment(at(3701)) }
    #expect(watch.failure != nil)
    #expect(watch.readingMoment(at(3701)) == at(100))
    #expect(try watch.moment(at(3700)) == at(3700))
    #expect(watch.failure == nil)
  }

  @Test func `a night's sleep is no leap`() throws {
    let watch = make()
    _ = try watch.moment(noon)
    uptime.pass(10 * 3600)
    #expect(try watch.moment(at(10 * 3600)) == at(10 * 3600))
  }

  @Test func `a clock that went back and is put right again has not leapt`() throws {
    let watch = make()
    _ = try watch.moment(noon)
    uptime.pass(10)
    #expect(try watch.moment(at(-86_400)) == noon)
    uptime.pass(10)
    #expect(try watch.moment(at(20)) == at(20))
  }

  @Test func `small leaps add up, and an hour of them is forgotten in a day`() throws {
    let watch = make()
    for step in 0...4 { #expect(try watch.moment(at(Int64(step) * 900)) == at(Int64(step) * 900)) }
    #expect(throws: StoreFailure.self) { try watch.moment(at(3660)) }
    #expect(watch.failure?.message.contains("ahead by 61 minutes in small steps") == true)
    #expect(watch.readingMoment(at(3660)) == at(3600))
    uptime.pass(12 * 3600)
    #expect(try watch.moment(at(13 * 3600 + 1800)) == at(13 * 3600 + 1800))
    #expect(throws: StoreFailure.self) { try watch.moment(at(13 * 3600 + 1860)) }
    // Going back makes up for nothing.
    #expect(try watch.moment(at(13 * 3600)) == at(13 * 3600 + 1800))
    #expect(throws: StoreFailure.self) { try watch.moment(at(13 * 3600 + 1860)) }
    uptime.pass(86_400)
    #expect(try watch.moment(at(37 * 3600 + 1800)) == at(37 * 3600 + 1800))
    #expect(watch.failure == nil)
  }

  @Test func `a clock that drifts by a second a day is believed for years`() throws {
    let watch = make()
    for day: Int64 in 0..<1000 {
      #expect(try watch.moment(at(day * 86_401)) == at(day * 86_401))
      uptime.pass(86_400)
    }
  }

  @Test func `without limits every clock is believed, also at the calendar's ends`() throws {
    let watch = make(.unlimited)
    watch.begin(noon, lastCommit: at(10))
    #expect(try watch.moment(noon) == at(10))
    #expect(try watch.moment(.latest) == .latest)
    #expect(watch.readingMoment(.earliest) == .latest)
    #expect(try make(.usual).moment(.latest) == .latest)
  }
}
