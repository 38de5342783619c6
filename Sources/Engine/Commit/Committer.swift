import Foundation
import Scrip
import Synchronization

/// Why a command got no answer.
public enum CommandFailure: Error, Sendable {
  /// Too many commands are waiting; try again a little later.
  case overloaded
  /// The service is shutting down.
  case shuttingDown
  /// The database broke. Nothing was acknowledged; a retry with the same idempotency key is safe.
  case store(StoreFailure)
}

/// How a committer works.
public struct CommitterConfiguration: Sendable {
  /// How many commands may wait.
  public var queueMax: Int
  /// How many commands one transaction takes.
  public var batchMax: Int

  /// Makes a configuration.
  public init(queueMax: Int = 4096, batchMax: Int = 256) {
    self.queueMax = queueMax
    self.batchMax = batchMax
  }
}

/// What a committer reports about its work.
public protocol CommitObserver: Sendable {
  /// A transaction was committed.
  func committed(commands: Int, seconds: Double)
  /// A transaction failed.
  func failed(commands: Int, failure: StoreFailure)
}

/// The only writer. Takes everything that is waiting, decides it in one transaction, commits once, answers everybody.
///
/// So a flash sale on one coupon costs one sync for each batch, not for each buyer. A command that breaks its batch
/// is found by running the batch's commands one by one; the others are not harmed.
public final class Committer: Sendable {
  private let store: any Store
  private let identifiers: IdentifierSource
  private let configuration: CommitterConfiguration
  private let observer: any CommitObserver
  private let queue: CommandQueue

  /// Starts the committer's thread.
  public init(
    store: any Store, identifiers: IdentifierSource,
    configuration: CommitterConfiguration = CommitterConfiguration(),
    observer: any CommitObserver
  ) {
    self.store = store
    self.identifiers = identifiers
    self.configuration = configuration
    self.observer = observer
    queue = CommandQueue(max: configuration.queueMax)
    let thread = Thread { [self] in run() }
    thread.name = "committer"
    thread.start()
  }

  /// Waits until the command is decided and what it changed is durable.
  ///
  /// - Throws: `CommandFailure`; a refusal is an answer, not a failure.
  public func submit(_ command: Command) async throws(CommandFailure) -> CommandOutcome {
    let result = await withCheckedContinuation { continuation in
      let refused = queue.add(
        WaitingCommand(command: command) { result in continuation.resume(returning: result) })
      if let refused { continuation.resume(returning: .failure(refused)) }
    }
    return try result.get()
  }

  /// How many commands are waiting.
  public var queueDepth: Int { queue.count }

  /// Takes no more commands, finishes those that are waiting, and stops the thread.
  public func shutDown() async {
    await withCheckedContinuation { continuation in
      queue.close { continuation.resume() }
    }
  }

  private func run() {
    var lastCount = 0
    while var waiting = queue.take(max: configuration.batchMax) {
      if lastCount > 1, waiting.count < configuration.batchMax / 2 { gather(&waiting) }
      lastCount = waiting.count
      commit(waiting)
    }
    queue.finish()
  }

  /// Gives callers who were just answered a moment to come again: where many want something at once, a fuller batch
  /// costs everybody less than the moment. A lone caller never waits.
  private func gather(_ waiting: inout [WaitingCommand]) {
    usleep(Committer.gatherMicroseconds)
    waiting += queue.takeWaiting(max: configuration.batchMax - waiting.count)
  }

  private static let gatherMicroseconds: UInt32 = 500

  private func commit(_ waiting: [WaitingCommand]) {
    let start = ContinuousClock.now
    do throws(StoreFailure) {
      let outcomes = try transact(waiting.map(\.command))
      observer.committed(commands: waiting.count, seconds: start.duration(to: .now).seconds)
      for (command, outcome) in zip(waiting, outcomes) { command.answer(.success(outcome)) }
    } catch {
      observer.failed(commands: waiting.count, failure: error)
      if waiting.count > 1, error.mayBeOneCommandsFault {
        isolate(waiting)
      } else {
        for command in waiting { command.answer(.failure(.store(error))) }
      }
    }
  }

  /// Gives every command of a broken batch a transaction of its own, so that only the one that broke it suffers.
  private func isolate(_ waiting: [WaitingCommand]) {
    for command in waiting { commit([command]) }
  }

  private func transact(_ commands: [Command]) throws(StoreFailure) -> [CommandOutcome] {
    let batch = Batch(commands: commands, identifiers: identifiers)
    while true {
      let outcomes = try store.transaction { (transaction: any StoreTransaction) throws(StoreFailure) in
        try batch.run(in: transaction)
      }
      if let outcomes { return outcomes }
    }
  }
}

extension StoreFailure {
  /// Whether the batch may go well without one of its commands. A database that can't be reached, or is full, fails
  /// each of them, after a wait each.
  fileprivate var mayBeOneCommandsFault: Bool {
    switch kind {
    case .refusedByDatabase, .corrupt, .other: true
    case .unavailable, .full, .schema: false
    }
  }
}

extension Duration {
  /// The duration in seconds.
  public var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
