import Dispatch
import Synchronization

/// Work that waits for one of several threads: bounded, first come first served.
final class WorkQueue<Item: Sendable>: Sendable {
  private struct State {
    var waiting: [Item] = []
    var sleepers = 0
    /// How many threads are at work, and when the last of them began.
    var busy = 0
    var lastBegun = ContinuousClock.now
    var isClosed = false
  }

  private let max: Int
  private let patience: Duration
  private let state = Mutex(State())
  private let wakeUp = DispatchSemaphore(value: 0)

  /// Makes a queue.
  ///
  /// - Parameter patience: for how long what is added waits for a thread that is at work already, which will then take
  ///   it all at once, before another thread is woken as well.
  init(max: Int, patience: Duration = .zero) {
    self.max = max
    self.patience = patience
  }

  var count: Int { state.withLock { $0.waiting.count } }

  /// How many threads wait for work.
  var idle: Int { state.withLock { $0.sleepers } }

  /// Adds an item; false if there are too many or no more are taken.
  func add(_ item: Item) -> Bool {
    let (isTaken, wakes): (Bool, Bool) = state.withLock { state in
      guard !state.isClosed, state.waiting.count < max else { return (false, false) }
      state.waiting.append(item)
      guard state.sleepers > 0, state.busy == 0 || isOutOfPatience(state) else { return (true, false) }
      state.sleepers -= 1
      return (true, true)
    }
    if wakes { wakeUp.signal() }
    return isTaken
  }

  /// Works on everything that is waiting, up to so many items at a time, until the queue is closed and empty.
  func work(max: Int, _ body: ([Item]) -> Void) {
    while let items = take(max: max) {
      body(items)
      state.withLock { $0.busy -= 1 }
    }
  }

  /// Takes no more items; those that wait are still worked on.
  func close() {
    let sleepers = state.withLock { state in
      state.isClosed = true
      defer { state.sleepers = 0 }
      return state.sleepers
    }
    for _ in 0..<sleepers { wakeUp.signal() }
  }

  /// Waits for the first item. Nil once the queue is closed and empty.
  private func take(max: Int) -> [Item]? {
    while true {
      let (items, isOver): ([Item], Bool) = state.withLock { state in
        if state.waiting.isEmpty {
          if !state.isClosed { state.sleepers += 1 }
          return ([], state.isClosed)
        }
        let items = Array(state.waiting.prefix(max))
        state.waiting.removeFirst(items.count)
        state.busy += 1
        state.lastBegun = .now
        return (items, false)
      }
      if !items.isEmpty { return items }
      if isOver { return nil }
      wakeUp.wait()
    }
  }

  private func isOutOfPatience(_ state: State) -> Bool {
    patience == .zero || state.lastBegun.duration(to: .now) >= patience
  }
}
