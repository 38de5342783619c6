import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

@Suite struct DueWorkerTests {
  /// What handlers have done, in order.
  final class Runs: Sendable {
    private let all = Mutex<[ExactText<DueKey>]>([])
    private let running = Mutex<[ExactText<DueKey>: Int]>([:])

    var names: [ExactText<DueKey>] { all.withLock { $0 } }
    /// The most that were at one piece at once.
    let most = Atomic(0)

    func note(_ claim: DueClaim) { all.withLock { $0.append(claim.key.value.name) } }

    func begin(_ claim: DueClaim) {
      let count = running.withLock { running in
        running[claim.key.value.name, default: 0] += 1
        return running[claim.key.value.name] ?? 0
      }
      most.max(count, ordering: .relaxed)
    }

    func end(_ claim: DueClaim) {
      running.withLock { $0[claim.key.value.name, default: 0] -= 1 }
      note(claim)
    }
  }

  /// Does everything but what is bad.
  private func handler(
    _ runs: Runs, bad: Set<ExactText<DueKey>> = [], retries: DueRetries = DueRetries()
  ) -> DueHandler<WorkingSet> {
    DueHandler(
      "mail", retries: retries,
      .transactional { (claim, _) throws(StoreFailure) in
        runs.begin(claim)
        defer { runs.end(claim) }
        if bad.contains(claim.key.value.name) { throw .corrupt("a letter") }
        return .done
      })
  }

  private func schedule(
    _ names: [ExactText<DueKey>], of owner: Tenant.ID = tenant, in store: any PromotionStore
  ) throws {
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.scheduleForHouse(names.map { mail($0, of: owner) }, at: transaction.now)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a piece that keeps failing holds up no other tenant, rests longer each time, and is parked`(
    kind: StoreUnderTest
  ) async throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let (runs, stranger) = (Runs(), Tenant.ID(2))
    let retries = DueRetries(firstSeconds: 10, mostSeconds: 40, attemptsMax: 4)
    let worker = DueWorker(
      store: store, handlers: [handler(runs, bad: ["bad"], retries: retries)], batchMax: 2, chance: { 0.5 })
    try schedule(["bad"], in: store)
    try schedule(["b-1", "b-2", "b-3"], of: stranger, in: store)
    #expect(try await worker.runDue() == 3)
    #expect(Set(runs.names) == ["bad", "b-1", "b-2", "b-3"] && runs.names.count == 4)
    #expect(try await worker.nextDue() == noon.adding(seconds: 10))
    #expect(try await worker.runDue() == 0)
    for (wait, attempts) in [(10, 2), (20, 3), (40, 4)] as [(Int64, Int64)] {
      clock.now = clock.now.adding(seconds: wait - 1)
      #expect(try await worker.runDue() == 0)
      #expect(runs.names.count == Int(attempts) + 2)
      clock.now = clock.now.adding(seconds: 1)
      #expect(try await worker.runDue() == 0)
      let entry = try #require(try store.find(DueWorkOfTenant(tenant: tenant, limit: 9)).first)
      #expect(entry.attempts == attempts && entry.state == (attempts == 4 ? .parked : .waiting))
      #expect(entry.reason?.contains("a letter can't be understood") == true)
    }
    try await worker.look()
    #expect(worker.counts == DueCounts.Numbers(due: 0, leased: 0, parked: 1) && worker.lateSeconds == 0)
    try schedule(["late"], in: store)
    clock.now = clock.now.adding(seconds: 7)
    try await worker.look()
    #expect(worker.counts.due == 1 && worker.lateSeconds == 7)
    #expect(try await worker.runDue() == 1)
    let again = DueWorker(store: store, handlers: [handler(runs)])
    #expect(try await again.retry(mail("bad")))
    #expect(try await again.runDue() == 1)
    #expect(try store.find(DueWorkOfTenant(tenant: tenant, limit: 9)).isEmpty)
  }

  @Test(arguments: StoreUnderTest.all)
  func `nodes never do one piece at once, and do each once`(kind: StoreUnderTest) async throws {
    let clock = TestClock()
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    let runs = Runs()
    let names = (1...40).map { ExactText<DueKey>("\($0)") }
    try schedule(names, in: opened.store)
    let workers = try (1...3).map { _ in
      DueWorker(store: try opened.reopen(), handlers: [handler(runs)], batchMax: 3)
    }
    let count = try await withThrowingTaskGroup(of: Int.self) { group in
      for worker in workers { group.addTask { try await worker.runDue() } }
      return try await group.reduce(0, +)
    }
    #expect(count == names.count && runs.most.load(ordering: .relaxed) == 1)
    #expect(runs.names.sorted() == names.sorted())
  }

  @Test(arguments: StoreUnderTest.all)
  func `what a handler writes goes with the claim, and is gone with a lost one`(kind: StoreUnderTest)
    async throws
  {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let writing = DueHandler<WorkingSet>(
      "mail",
      .transactional { (claim, transaction) throws(StoreFailure) in
        var set = WorkingSet()
        set.put(
          StoredAnswer(fingerprint: .zero, form: KeptForm(kind: "tenant", body: []), at: transaction.now),
          under: IdempotencyKey.Name(claim.key.value.name.text))
        try transaction.write(set)
        if claim.key.value.name == "late" {
          // As if the lease had run out meanwhile, and somebody else had come.
          _ = try transaction.due.settle(claim, .done)
        }
        return .done
      })
    try schedule(["good", "late"], in: store)
    #expect(try await DueWorker(store: store, handlers: [writing]).runDue() == 1)
    let keys = ["good", "late"].map { Owned(tenant, IdempotencyKey.Name($0)) }
    let set = try store.load { $0.answers = Set(keys) }
    #expect(set.answers[keys[0]] != nil && set.answers[keys[1]] == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `work outside of the store is done at least once, and is over with the command that tells of it`(
    kind: StoreUnderTest
  ) async throws {
    let clock = ManualClock(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let shop = try await EngineUnderTest(store: store, clock: clock)
    let runs = Runs()
    let failing = Atomic(1)
    let sending = DueHandler<WorkingSet>(
      "mail", retries: DueRetries(firstSeconds: 10, attemptsMax: 3), leaseSeconds: 30,
      .external { claim async throws(DueFailure) in
        runs.note(claim)
        if failing.exchange(0, ordering: .relaxed) == 1 { throw DueFailure("the post office is shut") }
        // A node that is too slow: its lease runs out before it can tell.
        if claim.key.value.name == "slow", claim.attempt == 1 { clock.advance(seconds: 31) }
        return .told(
          PromotionCommand(tenant: claim.key.tenant, actor: .system, action: CreateCoupon(terms: .percent())))
      })
    let committer = shop.engine.committer
    let worker = DueWorker(
      store: store, handlers: [sending], chance: { 0.5 },
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    try schedule(["a"], of: shop.tenant, in: store)
    #expect(try await worker.runDue() == 0)
    #expect(
      try store.find(DueWorkOfTenant(tenant: shop.tenant, limit: 9)).first?.reason
        == "the post office is shut")
    clock.advance(seconds: 10)
    #expect(try await worker.runDue() == 1)
    #expect(runs.names == ["a", "a"])
    #expect(try store.coupons(CouponFilter(limit: 9), of: shop.tenant).count == 1)

    // A second node takes over what a first one was too slow with; only the second one's command is decided.
    try schedule(["slow"], of: shop.tenant, in: store)
    let claims = try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.claim(
        DueClaiming(kinds: ["mail"], limit: 1, holder: DueHolder(9), leaseSeconds: 30))
    }
    clock.advance(seconds: 31)
    #expect(try await worker.runDue() == 1)
    var late = shop.command(CreateCoupon(terms: .percent()))
    late.completion = claims.first.map { DueCompletion($0) }
    do throws(CommandFailure) {
      _ = try await committer.submit(late)
      Issue.record("a late command was decided")
    } catch {
      guard case .store(let failure) = error else { throw error }
      #expect(failure.code == StoreFailure.claimLost.code)
    }
    #expect(try store.coupons(CouponFilter(limit: 9), of: shop.tenant).count == 2)
    #expect(try store.find(DueWorkOfTenant(tenant: shop.tenant, limit: 9)).isEmpty)
    await shop.stop()
  }

  @Test func `a worker that rests is woken by what is scheduled, and ends when it is told to`() async throws {
    let clock = TestClock()
    let store = InMemoryStore(clock: { clock.now })
    let (done, signal) = AsyncStream<Void>.makeStream()
    let worker = DueWorker<WorkingSet>(
      store: store,
      handlers: [
        DueHandler(
          "mail",
          .transactional { (_, _) throws(StoreFailure) in
            signal.yield()
            return .done
          })
      ])
    let task = Task { await worker.run { _ in } }
    try await worker.scheduleForHouse([mail("a")])
    var iterator = done.makeAsyncIterator()
    #expect(await iterator.next() != nil)
    task.cancel()
    await task.value
    await worker.shutDown()
  }

  @Test func `a worker that was told to stop does not take that for a failure`() async throws {
    let store = InMemoryStore(clock: { noon })
    let worker = DueWorker(store: store, handlers: [], chance: { 0.5 })
    try schedule(["a"], in: store)
    await worker.shutDown()
    let running = Task { await worker.run { Issue.record("\($0)") } }
    try await Task.sleep(for: .milliseconds(300))
    running.cancel()
    await running.value
  }

  @Test func `no more is done at once outside of the store than may be, and the rest follows`() async throws {
    let clock = ManualClock()
    let store = InMemoryStore(clock: { clock.now })
    let shop = try await EngineUnderTest(store: store, clock: clock)
    let places = Mutex((taken: 0, most: 0, waiting: [CheckedContinuation<Void, Never>]()))
    let slow = DueHandler<WorkingSet>(
      "mail",
      .external { claim async throws(DueFailure) in
        await withCheckedContinuation { continuation in
          places.withLock { places in
            places.taken += 1
            places.most = max(places.most, places.taken)
            places.waiting.append(continuation)
          }
        }
        places.withLock { $0.taken -= 1 }
        return .told(
          PromotionCommand(tenant: claim.key.tenant, actor: .system, action: CreateCoupon(terms: .percent())))
      })
    let committer = shop.engine.committer
    let worker = DueWorker(
      store: store, handlers: [slow], underWayMax: 2, chance: { 0.5 },
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    try schedule(["a", "b", "c", "d", "e"], of: shop.tenant, in: store)
    let running = Task { await worker.run { Issue.record("\($0)") } }
    let deadline = ContinuousClock.now + .seconds(60)
    while try !store.find(DueWorkOfTenant(tenant: shop.tenant, limit: 9)).isEmpty,
      ContinuousClock.now < deadline
    {
      // Whoever has a place keeps it for a while.
      try await Task.sleep(for: .milliseconds(20))
      let first = places.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
      first?.resume()
    }
    #expect(places.withLock { $0.most } == 2)
    #expect(try store.find(DueWorkOfTenant(tenant: shop.tenant, limit: 9)).isEmpty)
    running.cancel()
    await worker.shutDown()
    await running.value
    await shop.stop()
  }

  @Test func `work whose node died in each of its tries is parked without another one`() async throws {
    let clock = TestClock()
    let store = InMemoryStore(clock: { clock.now })
    let runs = Runs()
    try schedule(["deadly"], in: store)
    for _ in 1...3 {
      try store.transaction { (transaction) throws(StoreFailure) in
        _ = try transaction.due.claim(
          DueClaiming(kinds: ["mail"], limit: 1, holder: DueHolder(9), leaseSeconds: 30))
      }
      clock.now = clock.now.adding(seconds: 31)
    }
    let worker = DueWorker(store: store, handlers: [handler(runs, retries: DueRetries(attemptsMax: 3))])
    #expect(try await worker.runDue() == 0)
    #expect(runs.names.isEmpty)
    let entry = try #require(try store.find(DueWorkOfTenant(tenant: tenant, limit: 9)).first)
    #expect(entry.state == .parked && entry.reason == "it was taken 3 times and never settled")
  }

  @Test func `pauses double up to the longest, and differ by up to a fifth`() {
    let retries = DueRetries(firstSeconds: 1, mostSeconds: 60, attemptsMax: nil)
    let seconds = [1, 2, 4, 8, 16, 32, 60, 60] as [Int64]
    for (attempt, pause) in zip(Int64(1)..., seconds) {
      #expect(retries.pause(after: attempt, chance: 0.5) == pause * 1_000_000)
      #expect(retries.pause(after: attempt, chance: 0) == pause * 800_000)
      #expect(retries.pause(after: attempt, chance: 1) == pause * 1_200_000)
    }
    #expect(retries.pause(after: .max, chance: 0.5) == 60_000_000)
  }
}
