import Dispatch
import Synchronization

import struct Scrip.IdentifierSource

/// Why a command got no answer.
public enum CommandFailure: Error, Sendable {
  /// Too many commands are waiting, or this one has waited too long; try again a little later.
  case overloaded
  /// The service is shutting down.
  case shuttingDown
  /// The database broke. Nothing was acknowledged; a retry with the same idempotency key is safe.
  case store(StoreFailure)
}

/// How a committer works.
public struct CommitterConfiguration: Sendable {
  /// How many commands may wait, in all lanes together.
  public var queueMax: Int
  /// How many commands one transaction takes.
  public var batchMax: Int
  /// How many batches may be under way at once. More than one only helps a store that locks rows, not itself.
  public var lanes: Int
  /// How long a command may wait for its batch; one that has waited longer is turned away.
  public var waitMax: Duration
  /// How long a failure to write that may hold for one table counts after it was last found, while trials go well.
  public var failureMemory: Duration

  /// Makes a configuration.
  public init(
    queueMax: Int = 4096, batchMax: Int = 256, lanes: Int = 1, waitMax: Duration = .seconds(5),
    failureMemory: Duration = .seconds(10)
  ) {
    self.queueMax = queueMax
    self.batchMax = batchMax
    self.lanes = lanes
    self.waitMax = waitMax
    self.failureMemory = failureMemory
  }
}

/// What a committer reports about its work.
public protocol CommitObserver: Sendable {
  /// A transaction was committed.
  func committed(commands: Int, seconds: Double)
  /// A transaction failed.
  func failed(commands: Int, failure: StoreFailure)
  /// Something was committed that operators are to know of.
  func noticed(_ notice: Notice)
}

extension CommitObserver {
  /// Nobody is told.
  public func noticed(_ notice: Notice) {}
}

/// The only writer of this process: one or more lanes, each of which takes everything that waits for it, decides it in
/// one transaction, commits once and answers everybody.
public final class Committer<Keeper: Steward>: Sendable {
  /// What commands look at and change.
  public typealias State = Keeper.State

  private let store: any Store<State>
  private let lanes: [Lane<Keeper>]
  private let probes = DispatchQueue(label: "probes")
  /// Keeps the state in order.
  public let steward: Keeper
  /// Whether the store can be written.
  public let health: WriteHealth
  /// What was written lately, for projections.
  public let recentChanges = RecentChanges<State>()
  /// Rings when commands have scheduled work.
  public let dueSignal = DueSignal()

  /// Starts the lanes' threads.
  public init(
    store: any Store<State>, identifiers: IdentifierSource, steward: Keeper,
    configuration: CommitterConfiguration = CommitterConfiguration(), observer: any CommitObserver
  ) {
    precondition(configuration.lanes > 0, "a committer has at least one lane")
    self.store = store
    self.steward = steward
    let health = WriteHealth(memory: configuration.failureMemory)
    self.health = health
    let (recentChanges, dueSignal) = (recentChanges, dueSignal)
    lanes = (0..<configuration.lanes).map { _ in
      Lane(
        store: store, identifiers: identifiers, configuration: configuration, observer: observer,
        steward: steward, health: health, recentChanges: recentChanges, dueSignal: dueSignal)
    }
    for lane in lanes { lane.start() }
  }

  /// Waits until the command is decided and what it changed is durable.
  ///
  /// - Throws: `CommandFailure`; a refusal is an answer, not a failure.
  public func submit(_ command: Command<State>) async throws(CommandFailure) -> Settlement<State> {
    let lane = lane(for: command)
    let result = await withCheckedContinuation { continuation in
      let refused = lane.add(
        WaitingCommand(command: command) { result in continuation.resume(returning: result) })
      if let refused { continuation.resume(returning: .failure(refused)) }
    }
    return try result.get()
  }

  /// Tries a write if there is a reason to: the last one failed, or nothing was written for so long.
  ///
  /// - Returns: what writing fails with; nil if it goes well.
  @discardableResult
  public func checkWriting(afterIdle idle: Duration? = nil) async -> StoreFailure? {
    guard let probe = health.takeProbe(afterIdle: idle) else { return health.failure }
    do throws(StoreFailure) {
      try await write(probe)
      health.probeSucceeded()
    } catch {
      health.probeFailed(error)
    }
    return health.failure
  }

  /// Writes block, and no task's thread may be held up by them.
  private func write(_ probe: ProbeSize) async throws(StoreFailure) {
    let result: Result<Void, StoreFailure> = await withCheckedContinuation { continuation in
      probes.async { [store] in
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try store.probe(probe)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    try result.get()
  }

  /// How many commands are waiting.
  public var queueDepth: Int { lanes.reduce(0) { $0 + $1.queueDepth } }

  /// Takes no more commands, finishes those that are waiting, and stops the threads.
  public func shutDown() async {
    await steward.shutDown()
    await withCheckedContinuation { continuation in probes.async { continuation.resume() } }
    for lane in lanes {
      await withCheckedContinuation { continuation in
        lane.close { continuation.resume() }
      }
    }
  }

  /// Commands about one thing share a lane where that can be told, so that they share transactions instead of waiting
  /// for each other's locks.
  private func lane(for command: Command<State>) -> Lane<Keeper> {
    if lanes.count == 1 { return lanes[0] }
    var hasher = Hasher()
    hasher.combine(command.tenant)
    command.action.hashSubject(into: &hasher)
    return lanes[Int(UInt(bitPattern: hasher.finalize()) % UInt(lanes.count))]
  }
}

extension Duration {
  /// The duration in seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
