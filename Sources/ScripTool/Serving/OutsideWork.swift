import Ledger
import Promotions
import Synchronization

/// Does the work that calls others, by workers of its own: others may be slow, and nothing of the store's own waits for
/// them.
final class OutsideWork: Sendable {
  /// How many calls are under way at once.
  private static let workersCount = 2

  private let workers: [DueWorker<WorkingSet>]
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// Each piece is claimed when somebody has time for it, so that no lease runs out while others are slow.
  init(_ handlers: [DueHandler<WorkingSet>], of engine: Engine, observer: some DueObserver) {
    let committer = engine.committer
    workers = (0..<OutsideWork.workersCount).map { _ in
      DueWorker(
        store: engine.store, handlers: handlers, observer: observer, batchMax: 1,
        submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    }
  }

  /// For how long the work that has waited longest could have been claimed, in seconds, as of a little while ago.
  var lateSeconds: Double { workers.map(\.lateSeconds).max() ?? 0 }

  /// Begins to work.
  ///
  /// - Parameter failed: is told of each round that the store fails.
  func begin(failed: @escaping @Sendable (StoreFailure) -> Void) {
    tasks.withLock { tasks in
      tasks = workers.map { worker in Task { await worker.run(failed: failed) } }
    }
  }

  /// Stops working; false if a call is still under way after some time. What it does is claimed again by whoever is there
  /// when its lease is over.
  func end(within grace: Duration) async -> Bool {
    let tasks = tasks.withLock { $0 }
    for task in tasks { task.cancel() }
    for worker in workers { await worker.shutDown() }
    return await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        for task in tasks { await task.value }
        return true
      }
      group.addTask {
        // Being canceled means that there is nothing to wait for.
        do { try await Task.sleep(for: grace) } catch { return true }
        return false
      }
      let isOver = await group.next() ?? true
      group.cancelAll()
      return isOver
    }
  }
}
