import Foundation
import Scrip

/// A thread with a queue of commands. Takes everything that is waiting, decides it in one transaction, commits once,
/// answers everybody.
///
/// So a flash sale on one coupon costs one sync for each batch, not for each buyer. A command that breaks its batch
/// is found by running the batch's commands one by one; the others are not harmed.
final class Lane: Sendable {
  private let store: any Store
  private let identifiers: IdentifierSource
  private let configuration: CommitterConfiguration
  private let observer: any CommitObserver
  private let tidier: Tidier
  private let health: WriteHealth
  private let queue: CommandQueue

  init(
    store: any Store, identifiers: IdentifierSource, configuration: CommitterConfiguration,
    observer: any CommitObserver, tidier: Tidier, health: WriteHealth
  ) {
    self.store = store
    self.identifiers = identifiers
    self.configuration = configuration
    self.observer = observer
    self.tidier = tidier
    self.health = health
    queue = CommandQueue(max: max(1, configuration.queueMax / configuration.lanes))
  }

  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "committer"
    thread.start()
  }

  /// Adds a command, or says why not.
  func add(_ command: WaitingCommand) -> CommandFailure? { queue.add(command) }

  var queueDepth: Int { queue.count }

  /// Takes no more commands; calls back once those that wait are answered.
  func close(_ finished: @escaping @Sendable () -> Void) { queue.close(finished) }

  private func run() {
    var lastCount = 0
    while var waiting = queue.take(max: configuration.batchMax) {
      if lastCount > 1, waiting.count < configuration.batchMax / 2 { gather(&waiting) }
      lastCount = waiting.count
      turnAwayOverdue(&waiting)
      if !waiting.isEmpty { commit(waiting) }
    }
    queue.finish()
  }

  /// Gives callers who were just answered a moment to come again: where many want something at once, a fuller batch
  /// costs everybody less than the moment. A lone caller never waits.
  private func gather(_ waiting: inout [WaitingCommand]) {
    usleep(Lane.gatherMicroseconds)
    waiting += queue.takeWaiting(max: configuration.batchMax - waiting.count)
  }

  private static let gatherMicroseconds: UInt32 = 500

  /// Behind a database that hangs, callers are told so instead of waiting for each batch before theirs.
  private func turnAwayOverdue(_ waiting: inout [WaitingCommand]) {
    let oldest = ContinuousClock.now - configuration.waitMax
    guard waiting.contains(where: { $0.since < oldest }) else { return }
    for command in waiting where command.since < oldest { command.answer(.failure(.overloaded)) }
    waiting.removeAll { $0.since < oldest }
  }

  private func commit(_ waiting: [WaitingCommand]) {
    let start = ContinuousClock.now
    var tables: WrittenTables = []
    do throws(StoreFailure) {
      let (settlements, isWritten) = try transact(waiting.map(\.command), noting: &tables)
      if isWritten { health.succeeded(writing: tables) }
      observer.committed(commands: waiting.count, seconds: start.duration(to: .now).seconds)
      for (command, settlement) in zip(waiting, settlements) { command.answer(.success(settlement)) }
    } catch {
      health.failed(error, writing: tables)
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

  /// Late locks that are in the way are given back in transactions of their own, so that one that can't be given back
  /// is nobody's fault. Each is tried once, so this comes to an end.
  ///
  /// - Parameter tables: the tables that are written, also if that fails.
  private func transact(
    _ commands: [Command], noting tables: inout WrittenTables
  ) throws(StoreFailure) -> (settlements: [Settlement], isWritten: Bool) {
    let batch = Batch(commands: commands, identifiers: identifiers, unreadable: store.unreadableRows)
    var given: Set<Owned<DiscountApplication.ID>> = []
    while true {
      let tried = given
      let result = try store.transaction { (transaction: any StoreTransaction) throws(StoreFailure) in
        try batch.run(in: transaction, without: tried, noting: &tables)
      }
      switch result {
      case .decided(let settlements, let isWritten): return (settlements, isWritten)
      case .late(let locks):
        try tidier.giveBack(locks)
        given.formUnion(locks.map(\.key))
      }
    }
  }
}
