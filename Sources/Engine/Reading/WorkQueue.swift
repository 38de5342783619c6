import Dispatch
import Synchronization

/// Work that waits for one of several threads: bounded, first come first served.
final class WorkQueue<Item: Sendable>: Sendable {
  private struct State {
    var waiting: [Item] = []
    var sleepers = 0
    var isClosed = false
  }

  private let max: Int
  private let state = Mutex(State())
  private let wakeUp = DispatchSemaphore(value: 0)

  init(max: Int) { self.max = max }

  var count: Int { state.withLock { $0.waiting.count } }

  /// Adds an item; false if there are too many or no more are taken.
  func add(_ item: Item) -> Bool {
    let (isTaken, wakes): (Bool, Bool) = state.withLock { state in
      guard !state.isClosed, state.waiting.count < max else { return (false, false) }
      state.waiting.append(item)
      guard state.sleepers > 0 else { return (true, false) }
      state.sleepers -= 1
      return (true, true)
    }
    if wakes { wakeUp.signal() }
    return isTaken
  }

  /// Everything that is waiting, up to a bound; waits for the first. Nil once the queue is closed and empty.
  func take(max: Int) -> [Item]? {
    while true {
      let (items, isOver): ([Item], Bool) = state.withLock { state in
        if state.waiting.isEmpty {
          if !state.isClosed { state.sleepers += 1 }
          return ([], state.isClosed)
        }
        let items = Array(state.waiting.prefix(max))
        state.waiting.removeFirst(items.count)
        return (items, false)
      }
      if !items.isEmpty { return items }
      if isOver { return nil }
      wakeUp.wait()
    }
  }

  /// Takes no more items; those that wait are still handed out.
  func close() {
    let sleepers = state.withLock { state in
      state.isClosed = true
      defer { state.sleepers = 0 }
      return state.sleepers
    }
    for _ in 0..<sleepers { wakeUp.signal() }
  }
}
