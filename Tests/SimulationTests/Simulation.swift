import Engine
import JSON
import Scrip
import TestSupport
import Testing

/// A random history, led in the engine and in the ledger side by side.
struct Simulation {
  /// One command with what the ledger says about it, once the commands before it are done.
  struct Step {
    let command: Command
    let judge: (inout Ledger) -> Ledger.Verdict
    /// What a success has made, with its identifier.
    var learn: (inout Simulation, String) -> Void = { _, _ in }
  }

  let engine: EngineUnderTest
  let store: FlakyStore
  let start: Instant
  var random: SeededGenerator
  var ledger = Ledger()
  var couponIDs: [Coupon.ID] = []
  var applicationIDs: [DiscountApplication.ID] = []
  var keys = 0
  var past: [(command: Command, answer: Answer)] = []

  init(store: any Store, clock: ManualClock, seed: UInt64) async throws {
    self.store = FlakyStore(store)
    // Midnight, so that seconds since the start and days agree in the ledger.
    clock.set(Instant(microseconds: clock.now.microseconds / 86_400_000_000 * 86_400_000_000))
    start = clock.now
    random = SeededGenerator(seed: seed)
    engine = try await EngineUnderTest(store: self.store, clock: clock, seed: seed)
    for index in 0..<20 {
      try await run([makeCoupon()])
      try await run([addCode("CODE-\(index)", to: index), activate(index)])
    }
  }

  /// One batch of random commands at one moment, perhaps interrupted, and the comparison after it.
  mutating func step() async throws {
    if Bool.random(using: &random) { moveClock() }
    ledger.move(to: Int((engine.clock.now.microseconds - start.microseconds) / 1_000_000))
    let steps = (0..<Int.random(in: 1...5, using: &random)).map { _ in anything() }
    try await run(steps)
    if chance(10) { try await repeatSomething() }
    try await compare(thoroughly: false)
  }

  private mutating func moveClock() {
    let seconds: Int64 = chance(5) ? 40_000 : Int64.random(in: 1...300, using: &random)
    engine.clock.advance(seconds: seconds)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func run(_ steps: [Step]) async throws {
    var crashes: [FlakyStore.Crash?] = []
    // The first transaction is that of the wish that holds the committer up.
    if chance(8) { crashes = [nil, chance(50) ? .beforeCommit : .afterCommit] }
    store.plan(crashes)
    let commands = steps.map(\.command)
    var results = try await engine.batch(commands: commands)
    if !crashes.isEmpty {
      for result in results { #expect(throws: CommandFailure.self) { try result.get() } }
      store.plan([])
      results = try await engine.batch(commands: commands)
      let isAnsweredBefore = try results.map { try $0.get().isReplay }
      #expect(Set(isAnsweredBefore) == [crashes.last == .afterCommit])
    }
    for (step, result) in zip(steps, results) { try settle(step, try result.get()) }
  }

  private mutating func settle(_ step: Step, _ outcome: CommandOutcome) throws {
    let expected = step.judge(&ledger)
    let actual: Ledger.Verdict =
      switch outcome.answer.kind {
      case .created: .made
      case .ok: .done
      case .refused: .refused
      }
    #expect(actual == expected, "\(step.command.wish): \(outcome.text)")
    past.append((step.command, outcome.answer))
    if actual == .made {
      let id = try JSONDocument(parsing: outcome.answer.body).root["id"]?.string()
      step.learn(&self, id ?? "")
    }
  }

  /// A client that has lost an answer asks again.
  private mutating func repeatSomething() async throws {
    guard let (command, answer) = past.suffix(40).randomElement(using: &random) else { return }
    let outcome = try await engine.engine.submit(command)
    #expect(outcome.isReplay && outcome.answer == answer)
  }

  /// What is in the engine's tables against what the ledger counts.
  func compare(thoroughly: Bool) async throws {
    #expect(ledger.breaches == [])
    for (index, id) in couponIDs.enumerated() { try await compareCoupon(index, id) }
    let first = thoroughly ? 0 : max(0, applicationIDs.count - 20)
    for index in first..<applicationIDs.count { try await compareApplication(index) }
    guard thoroughly else { return }
    #expect(try AuditVerification(of: store).findings == [])
    guard let rebuildable = store.base as? any RebuildableStore else { return }
    #expect(try rebuildable.differences(to: Rebuild(of: rebuildable, pageSize: 7).scratch) == [])
  }

  private func compareCoupon(_ index: Int, _ id: Coupon.ID) async throws {
    let uses = try await engine.uses(id)
    #expect(uses.locked == Int64(ledger.count(index, .locked)))
    #expect(uses.redeemed == Int64(ledger.count(index, .redeemed)))
    #expect(try engine.counter(.budget(.usd), of: id) == Int64(ledger.spent(index)))
    for user in Simulation.users {
      let counter = UsageCounter.identity(IdentityKey(user))
      #expect(try engine.counter(counter, of: id) == Int64(ledger.usedByUser(index, user)))
    }
    let today = Ledger.day(ledger.now)
    let firstDay = UsageLimits.Period.day.firstDay(containing: start).daysSinceEpoch
    for day in max(0, today - 1)...today {
      let counter = UsageCounter.period(.day, CalendarDay(daysSinceEpoch: firstDay + Int64(day)))
      #expect(try engine.counter(counter, of: id) == Int64(ledger.usedOnDay(index, day)))
    }
    guard ledger.coupons[index].state != .archived else { return }
    for record in try engine.engine.store.codes(of: id, tenant: engine.tenant, after: nil, limit: 100) {
      #expect(record.used == Int64(ledger.usedByCode(index, record.grant.code.canonical)))
    }
  }

  private func compareApplication(_ index: Int) async throws {
    let expected = ledger.applications[index]
    let application = try #require(try await engine.application(applicationIDs[index]))
    let states: [Ledger.UseState: Usage.State] = [
      .locked: .locked, .redeemed: .redeemed, .released: .released,
    ]
    #expect(application.state == states[expected.state])
    #expect(application.orderID == expected.order)
    #expect(application.expiresAt == start.adding(seconds: Int64(expected.expiresAt)))
    #expect(application.state != .locked || application.expiresAt > engine.clock.now)
    let amounts = Dictionary(uniqueKeysWithValues: application.usages.map { ($0.code.canonical, $0.amount) })
    for use in expected.uses.map({ ledger.uses[$0] }) { #expect(amounts[use.code] == Int64(use.amount)) }
    #expect(application.discount == amounts.values.reduce(0, +))
    #expect(application.total == Int64(expected.cart) - application.discount)
  }
}
