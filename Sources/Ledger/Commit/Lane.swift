import Foundation

import struct Scrip.IdentifierSource

/// A thread with a queue of commands. Takes everything that is waiting, decides it in one transaction, commits once,
/// answers everybody.
///
/// So a rush for one thing costs one sync for each batch, not for each caller. A command that breaks its batch
/// is found by running the batch's commands one by one; the others are not harmed.
final class Lane<Keeper: Steward>: Sendable {
  typealias State = Keeper.State

  private let store: any Store<State>
  private let identifiers: IdentifierSource
  private let configuration: CommitterConfiguration
  private let observer: any CommitObserver
  private let steward: Keeper
  private let health: WriteHealth
  private let recentChanges: RecentChanges<State>
  private let dueSignal: DueSignal
  private let queue: CommandQueue<State>

  init(
    store: any Store<State>, identifiers: IdentifierSource, configuration: CommitterConfiguration,
    observer: any CommitObserver, steward: Keeper, health: WriteHealth, recentChanges: RecentChanges<State>,
    dueSignal: DueSignal
  ) {
    self.store = store
    self.identifiers = identifiers
    self.configuration = configuration
    self.observer = observer
    self.steward = steward
    self.health = health
    self.recentChanges = recentChanges
    self.dueSignal = dueSignal
    queue = CommandQueue(max: max(1, configuration.queueMax / configuration.lanes))
  }

  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "committer"
    thread.start()
  }

  /// Adds a command, or says why not.
  func add(_ command: WaitingCommand<State>) -> CommandFailure? { queue.add(command) }

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
  private func gather(_ waiting: inout [WaitingCommand<State>]) {
    usleep(gatherMicroseconds)
    waiting += queue.takeWaiting(max: configuration.batchMax - waiting.count)
  }

  /// Behind a database that hangs, callers are told so instead of waiting for each batch before theirs.
  private func turnAwayOverdue(_ waiting: inout [WaitingCommand<State>]) {
    let oldest = ContinuousClock.now - configuration.waitMax
    guard waiting.contains(where: { $0.since < oldest }) else { return }
    for command in waiting where command.since < oldest { command.answer(.failure(.overloaded)) }
    waiting.removeAll { $0.since < oldest }
  }

  private func commit(_ waiting: [WaitingCommand<State>]) {
    let start = ContinuousClock.now
    var tables: WrittenTables = []
    do throws(StoreFailure) {
      // No key path: in generic code it would be made anew for each batch.
      let (settlements, isWritten, notices) = try transact(waiting.map { $0.command }, noting: &tables)
      if isWritten { health.succeeded(writing: tables) }
      if isWritten, tables.contains(StoredTable(DueWork.shape)) { dueSignal.ring() }
      observer.committed(commands: waiting.count, seconds: start.duration(to: .now).seconds)
      for notice in notices { observer.noticed(notice) }
      for index in waiting.indices { waiting[index].answer(.success(settlements[index])) }
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
  private func isolate(_ waiting: [WaitingCommand<State>]) {
    for command in waiting { commit([command]) }
  }

  /// What is in the way is put away in transactions of its own, so that what can't be put away is nobody's fault. Each
  /// obstacle is tried once, so this comes to an end.
  ///
  /// - Parameter tables: the tables that are written, also if that fails.
  private func transact(
    _ commands: [Command<State>], noting tables: inout WrittenTables
  ) throws(StoreFailure) -> (settlements: [Settlement<State>], isWritten: Bool, notices: [Notice]) {
    let batch = Batch(
      commands: commands, identifiers: identifiers, steward: steward, forms: store.forms,
      unreadable: store.unreadableRows, recentChanges: recentChanges)
    var tried: Set<Keeper.Obstacle> = []
    while true {
      let without = tried
      let result = try store.transaction { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
        try batch.run(in: transaction, without: without, noting: &tables)
      }
      switch result {
      case .decided(let settlements, let isWritten, let notices): return (settlements, isWritten, notices)
      case .hindered(let obstacles):
        try steward.remove(obstacles)
        tried.formUnion(obstacles)
      }
    }
  }
}

private let gatherMicroseconds: UInt32 = 500
