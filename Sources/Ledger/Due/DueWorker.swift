import Dispatch
import Synchronization

import struct Scrip.Instant
import struct Scrip.Tenant

/// What a worker reports.
public protocol DueObserver: Sendable {
  /// A piece of work failed, and was parked or is tried again.
  func failed(_ claim: DueClaim, reason: String, isParked: Bool)
}

/// Does the work that is due, for all tenants. Any number of them may work on one database: what one has claimed, no
/// other gets before its lease is over.
///
/// Each piece has a transaction of its own, so that one that fails holds up no other. It is tried again later, and parked
/// when it keeps failing.
public final class DueWorker<State: LedgerState>: Sendable {
  /// Hands a command to whoever decides.
  public typealias Submit =
    @Sendable (Command<State>) async throws(CommandFailure) -> Settlement<State>

  /// How many pieces are claimed at once.
  private let batchMax: Int
  private let store: any Store<State>
  private let handlers: [DueWork.Kind: DueHandler<State>]
  private let holder: DueHolder
  private let observer: (any DueObserver)?
  private let chance: @Sendable () -> Double
  private let submit: Submit?
  private let queue = DispatchQueue(label: "due work", attributes: .concurrent)
  private let isOver = Atomic(false)
  /// How many pieces are being done outside of the store.
  private let underWay = Atomic(0)
  /// How many may be.
  private let underWayMax: Int
  let alarm = DueAlarm()
  private let lastLook = Mutex((counts: DueCounts.Numbers(), lateSeconds: 0.0))

  /// Makes a worker.
  ///
  /// - Parameters:
  ///   - submit: where commands go that tell of work outside of the store; needed for such handlers.
  ///   - underWayMax: how many pieces are done at once outside of the store. One that is slow takes a place, and perhaps a
  ///     thread, for as long as it goes on.
  ///   - chance: a number from 0 to 1, another one each time.
  @_optimize(none)
  public init(
    store: any Store<State>, handlers: [DueHandler<State>], holder: DueHolder = .random(),
    observer: (any DueObserver)? = nil, batchMax: Int = 16, underWayMax: Int = 32,
    chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, submit: Submit? = nil
  ) {
    // Swift 6.3.1 ends with an ownership error when it optimizes this for one domain; it runs once.
    self.store = store
    self.handlers = Dictionary(uniqueKeysWithValues: handlers.map { ($0.kind, $0) })
    self.holder = holder
    self.observer = observer
    self.batchMax = batchMax
    self.underWayMax = underWayMax
    self.chance = chance
    self.submit = submit
  }

  /// How much work of all tenants stands how, as of a little while ago.
  public var counts: DueCounts.Numbers { lastLook.withLock { $0.counts } }

  /// For how long the work that has waited longest could have been claimed, in seconds, as of a little while ago: of the
  /// kinds that this worker does. Work of a sandbox, which has a clock of its own, waits for no time.
  public var lateSeconds: Double { lastLook.withLock { $0.lateSeconds } }

  /// Looks again at once: something was scheduled.
  public func wake() { alarm.ring() }

  /// Ends what is under way after its transaction.
  public func shutDown() async {
    isOver.store(true, ordering: .releasing)
    alarm.ring()
    await withCheckedContinuation { continuation in
      queue.async(flags: .barrier) { continuation.resume() }
    }
  }

  private var isStopped: Bool { isOver.load(ordering: .acquiring) }

  /// Has parked work tried again at once; false if there is no such, or it is not parked.
  public func retry(_ key: Owned<DueKey>) async throws(StoreFailure) -> Bool {
    let isChanged = try await transaction { (transaction) throws(StoreFailure) in
      try transaction.due.retry(key)
    }
    if isChanged { wake() }
    return isChanged
  }

  /// Has work that a fact has scheduled done at once instead of after its pause.
  public func hasten(_ key: Owned<DueKey>) async throws(StoreFailure) -> DueHastening {
    let hastening = try await unhurried { (transaction) throws(StoreFailure) in
      try transaction.due.hasten(key)
    }
    if hastening == .hastened { wake() }
    return hastening
  }

  /// Has work of the house done at a moment, or at once if none is said.
  public func scheduleForHouse(_ keys: [Owned<DueKey>], at moment: Instant? = nil) async throws(StoreFailure)
  {
    try await transaction { (transaction) throws(StoreFailure) in
      try transaction.due.scheduleForHouse(keys, at: moment ?? transaction.now)
    }
    wake()
  }

  /// How long it is until a moment, by the store's clock.
  func duration(until moment: Instant) -> Duration {
    .microseconds(max(0, moment.microseconds - store.now.microseconds))
  }

  /// When work can be claimed next; nil if there is none.
  public func nextDue() async throws(StoreFailure) -> Instant? {
    let kinds = handlers.keys.sorted()
    return try await onQueue { (store) throws(StoreFailure) in try store.find(NextDue(kinds: kinds)) }
  }

  /// Looks how much work stands how.
  func look() async throws(StoreFailure) {
    let kinds = handlers.keys.sorted()
    let found = try await onQueue { (store) throws(StoreFailure) in
      let now = store.now
      let next = try store.find(NextDue(kinds: kinds))
      let waited = next.flatMap { $0.microseconds > 0 ? now.microseconds - $0.microseconds : nil } ?? 0
      return (counts: try store.find(DueCounts(at: now)), lateSeconds: max(0, Double(waited) / 1e6))
    }
    lastLook.withLock { $0 = found }
  }

  /// Does all work that is due. Says how many pieces went well. Writes nothing while nothing is due.
  ///
  /// - Throws: `StoreFailure` if the store can't be read or written at all; what was claimed is somebody's again when
  ///   its lease is over.
  @discardableResult
  public func runDue() async throws(StoreFailure) -> Int {
    var count = 0
    while !isStopped, let next = try await nextDue(), next <= store.now {
      let claims = try await claim(batchMax)
      if claims.isEmpty { return count }
      count += try await perform(claims)
    }
    return count
  }

  /// Begins all work that is due. What is done outside of the store goes on by itself, so that a slow one holds up no other.
  func begin(
    in group: inout DiscardingTaskGroup, failed: @escaping @Sendable (StoreFailure) -> Void
  ) async throws(StoreFailure) {
    while !isStopped, let next = try await nextDue(), next <= store.now {
      let free = underWayMax - underWay.load(ordering: .relaxed)
      let claims = free > 0 ? try await claim(min(batchMax, free)) : []
      if claims.isEmpty { return }
      for claim in claims where !isStopped {
        guard isOutside(claim) else {
          _ = try await perform(claim)
          continue
        }
        underWay.add(1, ordering: .relaxed)
        group.addTask { [self] in
          do throws(StoreFailure) { _ = try await perform(claim) } catch {
            if !error.isOfStopping { failed(error) }
          }
          underWay.subtract(1, ordering: .relaxed)
          wake()
        }
      }
    }
  }

  /// Does what was claimed, side by side what is done outside of the store. Says how many pieces went well.
  private func perform(_ claims: [DueClaim]) async throws(StoreFailure) -> Int {
    var count = 0
    for claim in claims where !isOutside(claim) && !isStopped { count += try await perform(claim) ? 1 : 0 }
    let results = await withTaskGroup(of: Result<Bool, StoreFailure>.self) { group in
      for claim in claims where isOutside(claim) && !isStopped {
        group.addTask { [self] in
          do throws(StoreFailure) { return .success(try await perform(claim)) } catch {
            return .failure(error)
          }
        }
      }
      var results: [Result<Bool, StoreFailure>] = []
      for await result in group { results.append(result) }
      return results
    }
    for result in results { count += try result.get() ? 1 : 0 }
    return count
  }

  private func isOutside(_ claim: DueClaim) -> Bool {
    if case .external = handlers[claim.key.value.kind]?.way { true } else { false }
  }

  /// Kinds with leases of the same length are claimed together.
  private func claim(_ limit: Int) async throws(StoreFailure) -> [DueClaim] {
    let byLease = Dictionary(grouping: handlers.values, by: \.leaseSeconds)
    return try await unhurried { [holder] (transaction) throws(StoreFailure) in
      var claims: [DueClaim] = []
      for (seconds, handlers) in byLease.sorted(by: { $0.key < $1.key }) where claims.count < limit {
        claims += try transaction.due.claim(
          DueClaiming(
            kinds: handlers.map(\.kind).sorted(), limit: limit - claims.count, holder: holder,
            leaseSeconds: seconds))
      }
      return claims
    }
  }

  private func perform(_ claim: DueClaim) async throws(StoreFailure) -> Bool {
    guard let handler = handlers[claim.key.value.kind] else { return false }
    if let most = handler.retries.attemptsMax, claim.attempt > most {
      try await note(
        "it was taken \(claim.attempt - 1) times and never settled", isFinal: true, claim, handler)
      return false
    }
    switch handler.way {
    case .transactional(let body): return try await run(body, claim, handler)
    case .external(let body): return try await run(body, claim, handler)
    }
  }

  private func run(
    _ body: @escaping DueHandler<State>.Transactional, _ claim: DueClaim, _ handler: DueHandler<State>
  ) async throws(StoreFailure) -> Bool {
    do throws(StoreFailure) {
      try await transaction { (transaction) throws(StoreFailure) in
        let outcome = try body(claim, transaction)
        guard try transaction.due.settle(claim, DueSettlement(outcome)) else { throw .claimLost }
      }
      return true
    } catch {
      guard error.mayBeOneCommandsFault else { throw error }
      try await note(error.words, isFinal: false, claim, handler)
      return false
    }
  }

  private func run(
    _ body: DueHandler<State>.External, _ claim: DueClaim, _ handler: DueHandler<State>
  ) async throws(StoreFailure) -> Bool {
    guard let submit else { preconditionFailure("work outside of the store is told of by commands") }
    do throws(DueFailure) {
      switch try await keeping(claim, seconds: handler.leaseSeconds, body) {
      case .told(var command, let seconds):
        command.completion = DueCompletion(claim, againAfterSeconds: seconds)
        let told = command
        _ = try await DueWorker.told { () async throws(CommandFailure) in try await submit(told) }
        return true
      case .again(let seconds): return try await rest(claim, seconds: seconds)
      }
    } catch {
      try await note(error.reason, isFinal: error.isFinal, claim, handler)
      return false
    }
  }

  /// Does work while its claim is kept for longer again and again.
  private func keeping(
    _ claim: DueClaim, seconds: Int64, _ body: DueHandler<State>.External
  ) async throws(DueFailure) -> DueHandler<State>.Finding {
    let keeping = Task {
      while (try? await Task.sleep(for: .seconds(seconds) / 3)) != nil {
        // What can't be kept now may be kept in a moment; what is lost is told when it is settled.
        _ = try? await unhurried { (transaction) throws(StoreFailure) in
          try transaction.due.prolong(claim, until: transaction.now.adding(seconds: seconds))
        }
      }
    }
    defer { keeping.cancel() }
    return try await body(claim)
  }

  /// Puts work off; false if the claim is lost.
  private func rest(_ claim: DueClaim, seconds: Int64) async throws(DueFailure) -> Bool {
    do throws(StoreFailure) {
      return try await unhurried { (transaction) throws(StoreFailure) in
        try transaction.due.settle(claim, .again(transaction.now.adding(seconds: seconds)))
      }
    } catch {
      throw DueFailure(error.words)
    }
  }

  private static func told<Value: Sendable>(
    _ body: () async throws(CommandFailure) -> Value
  ) async throws(DueFailure) -> Value {
    do throws(CommandFailure) {
      return try await body()
    } catch {
      switch error {
      case .store(let failure): throw DueFailure(failure.words)
      case .overloaded: throw DueFailure("too many commands were waiting")
      case .shuttingDown: throw DueFailure("the service was shutting down")
      }
    }
  }

  /// Notes a failure, unless the claim is lost: then somebody else has the say.
  private func note(
    _ reason: String, isFinal: Bool, _ claim: DueClaim, _ handler: DueHandler<State>
  ) async throws(StoreFailure) {
    let chance = chance()
    let settlement = try await unhurried { (transaction) throws(StoreFailure) -> DueSettlement? in
      let settlement = handler.retries.settlement(
        of: claim.attempt, reason, isFinal: isFinal, at: transaction.now, chance: chance)
      return try transaction.due.settle(claim, settlement) ? settlement : nil
    }
    switch settlement {
    case .parked: observer?.failed(claim, reason: reason, isParked: true)
    case .failed: observer?.failed(claim, reason: reason, isParked: false)
    case .done, .again, nil: break
    }
  }

  private func transaction<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction<State>) throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    try await onQueue { (store) throws(StoreFailure) in try store.transaction(body) }
  }

  /// For what is only the worker's own: a claim that is lost with the power is work that is done again, which is what it would
  /// be anyway.
  private func unhurried<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction<State>) throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    try await onQueue { (store) throws(StoreFailure) in try store.unhurried(body) }
  }

  /// Transactions block, and no task's thread may be held up by them.
  private func onQueue<Value: Sendable>(
    _ body: @escaping @Sendable (any Store<State>) throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    let result: Result<Value, StoreFailure> = await withCheckedContinuation { continuation in
      queue.async { [store, self] in
        // What was begun outside of the store may end after the store is closed.
        if isStopped { return continuation.resume(returning: .failure(.workerStopped)) }
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try body(store)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}

extension StoreFailure {
  /// Work came to its end after its worker.
  fileprivate static let workerStopped = StoreFailure(
    kind: .unavailable, code: "worker_stopped", message: "the worker has stopped")

  /// Whether nothing failed but that the worker had stopped.
  var isOfStopping: Bool { code == StoreFailure.workerStopped.code }
}

extension DueSettlement {
  fileprivate init<State>(_ outcome: DueHandler<State>.Outcome) {
    switch outcome {
    case .done: self = .done
    case .again(let moment): self = .again(moment)
    }
  }
}
