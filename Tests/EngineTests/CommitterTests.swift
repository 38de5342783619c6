import Ledger
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

@Suite struct CommitterTests {
  private func locks(_ orders: [String]) -> [any Action<WorkingSet>] {
    orders.map {
      ApplyCodes(orderID: OrderID($0), codes: ["TEN"], customer: Customer(userID: "u-\($0)"), cart: .of(1000))
    }
  }

  @Test func `commands that wait together share one transaction`() async throws {
    try await withEngine { (engine, store) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let outcomes = try await engine.batch(locks((1...20).map(String.init)))
      #expect(outcomes.filter(\.isCreated).count == 20)
      #expect(engine.reports.batches.last == 20)
    }
  }

  @Test func `a batch is no larger than configured`() async throws {
    try await withEngine(configuration: .patient(batchMax: 8)) { (engine, store) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      _ = try await engine.batch(locks((1...20).map(String.init)))
      #expect(engine.reports.batches.suffix(3) == [8, 8, 4])
    }
  }

  @Test func `a full queue turns commands away at once`() async throws {
    try await withEngine(configuration: .patient(queueMax: 2)) { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let gate = BlockingAction()
      async let blocker = engine.submit(gate)
      await gate.reached()
      let waiting = ["o-1", "o-2"].map { order in
        Task { try await engine.apply(["TEN"], order: OrderID(order)) }
      }
      while engine.engine.committer.queueDepth < 2 { await Task.yield() }
      await #expect(throws: CommandFailure.self) { _ = try await engine.apply(["TEN"], order: "o-3") }
      gate.open()
      _ = try await blocker
      for task in waiting { #expect(try await task.value.isCreated) }
      #expect(try await engine.application("o-3") == nil)
    }
  }

  @Test func `a command that has waited too long is turned away`() async throws {
    let configuration = CommitterConfiguration(waitMax: .seconds(1))
    try await withEngine(configuration: configuration) { (engine, _) async throws in
      let gate = BlockingAction()
      let blocker = Task { try await engine.submit(gate) }
      await gate.reached()
      let waiting = Task { try await engine.apply(["TEN"], order: "o-1") }
      while engine.engine.committer.queueDepth < 1 { await Task.yield() }
      try await Task.sleep(for: .milliseconds(1200))
      gate.open()
      _ = try await blocker.value
      await #expect(throws: CommandFailure.self) { _ = try await waiting.value }
      #expect(try await engine.application("o-1") == nil)
    }
  }

  @Test func `a command that breaks a batch fails alone`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      store.inject { $0.poisonedOrders = ["bad"] }
      let gate = BlockingAction()
      async let blocker = engine.submit(gate)
      await gate.reached()
      let tasks = ["good-1", "bad", "good-2"].map { order in
        Task { try await engine.apply(["TEN"], order: OrderID(order), user: UserID(order)) }
      }
      while engine.engine.committer.queueDepth < 3 { await Task.yield() }
      gate.open()
      _ = try await blocker
      #expect(try await tasks[0].value.isCreated)
      #expect(try await tasks[2].value.isCreated)
      await #expect(throws: CommandFailure.self) { _ = try await tasks[1].value }
      #expect(try await engine.application("bad") == nil)
      #expect(try await engine.uses(id) == UseCounts(locked: 2))
      #expect(engine.reports.failures.first == 3)
    }
  }

  @Test func `a database that can't be reached fails the whole batch without trying each command`()
    async throws
  {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let gate = BlockingAction()
      async let blocker = engine.submit(gate)
      await gate.reached()
      let tasks = (1...3).map { number in
        Task { try await engine.apply(["TEN"], order: "o-\(number)") }
      }
      while engine.engine.committer.queueDepth < 3 { await Task.yield() }
      store.inject { $0.nextWrites = 1 }
      gate.open()
      _ = try await blocker
      for task in tasks { await #expect(throws: CommandFailure.self) { _ = try await task.value } }
      #expect(engine.reports.failures == [3])
      #expect(try await engine.uses(id).live == 0)
    }
  }

  @Test func `a failed write is acknowledged to nobody and leaves nothing behind`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let events = try await engine.events().count
      store.inject { $0.nextWrites = 1 }
      await #expect(throws: CommandFailure.self) {
        _ = try await engine.apply(["TEN"], order: "o", key: "k")
      }
      #expect(try await engine.uses(id).live == 0)
      #expect(try await engine.events().count == events)
      let retry = try await engine.apply(["TEN"], order: "o", key: "k")
      #expect(retry.isCreated && !retry.isReplay)
    }
  }

  @Test func `a retry after a crash behind the commit gets the answer of the first try`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      store.inject { $0.crashesAfterCommit = 1 }
      await #expect(throws: CommandFailure.self) {
        _ = try await engine.apply(["TEN"], order: "o", key: "k")
      }
      let retry = try await engine.apply(["TEN"], order: "o", key: "k")
      #expect(retry.isCreated && retry.isReplay)
      #expect(try await engine.uses(id) == UseCounts(locked: 1))
    }
  }

  @Test func `shutting down finishes what waits and takes nothing more`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let gate = BlockingAction()
      async let blocker = engine.submit(gate)
      await gate.reached()
      let waiting = Task { try await engine.apply(["TEN"], order: "o-1") }
      while engine.engine.committer.queueDepth < 1 { await Task.yield() }
      let end = Task { await engine.stop() }
      // Commands that come before the end is announced are finished, those behind it are refused.
      var accepted: [Task<CommandOutcome, any Error>] = []
      while !Task.isCancelled {
        let depth = engine.engine.committer.queueDepth
        let probe = Probe()
        let task = Task {
          defer { probe.finish() }
          return try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
        }
        while engine.engine.committer.queueDepth == depth, !probe.isFinished { await Task.yield() }
        if probe.isFinished {
          await #expect(throws: CommandFailure.self) { _ = try await task.value }
          break
        }
        accepted.append(task)
      }
      gate.open()
      _ = try await blocker
      #expect(try await waiting.value.isCreated)
      for task in accepted { #expect(try await task.value.isOK) }
      await end.value
      await engine.stop()
    }
  }

  @Test func `one use that a hundred orders want at once goes to one of them`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("TEN"))
      let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
        for number in 0..<100 {
          group.addTask { try await engine.apply(["TEN"], order: "o-\(number)", user: "u-\(number)") }
        }
        return try await group.reduce(into: [CommandOutcome]()) { $0.append($1) }
      }
      #expect(outcomes.filter(\.isCreated).count == 1)
      #expect(outcomes.filter { $0.refusal == .code(.usageLimitReached) }.count == 99)
      #expect(try await engine.uses(id) == UseCounts(locked: 1))
      #expect(try await engine.facts().filter { $0.name == "CouponApplied" }.count == 1)
    }
  }

  @Test func `the last fifty uses go to exactly fifty of two hundred buyers`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 50)), .of("TEN"))
      let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
        for number in 0..<200 {
          group.addTask { try await engine.apply(["TEN"], order: "o-\(number)", user: "u-\(number)") }
        }
        return try await group.reduce(into: [CommandOutcome]()) { $0.append($1) }
      }
      #expect(outcomes.filter(\.isCreated).count == 50)
      #expect(outcomes.filter { $0.refusal == .code(.usageLimitReached) }.count == 150)
      #expect(try await engine.uses(id) == UseCounts(locked: 50))
      #expect(try await engine.facts().filter { $0.name == "CouponApplied" }.count == 50)
    }
  }
}

private final class Probe: Sendable {
  private let finished = Atomic<Bool>(false)

  var isFinished: Bool { finished.load(ordering: .acquiring) }

  func finish() { finished.store(true, ordering: .releasing) }
}
