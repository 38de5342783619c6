import Foundation
import Synchronization

/// How reading threads work.
public struct ReadersConfiguration: Sendable {
  /// How many threads load what quotes and the like need.
  public var loaders: Int
  /// How many threads run other queries.
  public var queriers: Int
  /// How many questions of each kind may wait.
  public var waitingMax: Int

  /// Makes a configuration.
  public init(loaders: Int = 2, queriers: Int = 4, waitingMax: Int = 4096) {
    self.loaders = loaders
    self.queriers = queriers
    self.waitingMax = waitingMax
  }
}

/// Threads that wait for a database on another computer, so that no event loop has to.
///
/// Whatever waits to be loaded is loaded together: many quotes at once cost the round trips of one.
public final class Readers<State: LedgerState>: Sendable {
  /// How many questions are loaded together.
  private static var loadsMax: Int { 256 }
  /// How long a load may take before another is begun beside it. Whatever comes in the meantime is loaded together, which
  /// costs the database and this process less than many small loads at once.
  private static var patience: Duration { .milliseconds(5) }

  private struct WaitingLoad: Sendable {
    let ask: Asking<State>
    let answer: @Sendable (Result<State, StoreFailure>) -> Void
  }

  private let store: any Store<State>
  private let loads: WorkQueue<WaitingLoad>
  private let queries: WorkQueue<@Sendable (any Store<State>) -> Void>

  /// Starts the threads.
  public init(store: any Store<State>, configuration: ReadersConfiguration) {
    self.store = store
    loads = WorkQueue(max: configuration.waitingMax, patience: Readers.patience)
    queries = WorkQueue(max: configuration.waitingMax)
    for number in 1...configuration.loaders { start("loader \(number)") { [self] in runLoads() } }
    for number in 1...configuration.queriers { start("querier \(number)") { [self] in runQueries() } }
  }

  /// How many questions are waiting.
  public var waiting: Int { loads.count + queries.count }

  /// Loads what a question needs, together with whatever else is waiting.
  public func load(_ ask: @escaping Asking<State>) async throws(StoreFailure) -> State {
    let result: Result<State, StoreFailure> = await withCheckedContinuation { continuation in
      let isTaken = loads.add(WaitingLoad(ask: ask) { continuation.resume(returning: $0) })
      if !isTaken { continuation.resume(returning: .failure(Readers.overloaded)) }
    }
    return try result.get()
  }

  /// Runs a query on a thread of its own.
  public func query<Value: Sendable>(
    _ question: @escaping @Sendable (any Store<State>) throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    let result: Result<Value, StoreFailure> = await withCheckedContinuation { continuation in
      let isTaken = queries.add { store in
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try question(store)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      if !isTaken { continuation.resume(returning: .failure(Readers.overloaded)) }
    }
    return try result.get()
  }

  /// Takes no more questions; those that wait are still answered.
  public func shutDown() {
    loads.close()
    queries.close()
  }

  private static var overloaded: StoreFailure {
    StoreFailure(kind: .unavailable, message: "too many questions are waiting")
  }

  private func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
    let thread = Thread(block: run)
    thread.name = name
    thread.start()
  }

  private func runLoads() {
    loads.work(max: Readers.loadsMax) { answer($0) }
  }

  /// A question that breaks the others' load is found by loading each by itself.
  private func answer(_ waiting: [WaitingLoad]) {
    do throws(StoreFailure) {
      let set = try store.load(waiting.map { $0.ask })
      for load in waiting { load.answer(.success(set)) }
    } catch {
      if waiting.count > 1, error.mayBeOneCommandsFault {
        for load in waiting { answer([load]) }
      } else {
        for load in waiting { load.answer(.failure(error)) }
      }
    }
  }

  private func runQueries() {
    queries.work(max: 1) { next in
      for query in next { query(store) }
    }
  }
}
