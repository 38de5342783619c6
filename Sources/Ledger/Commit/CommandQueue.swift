import Dispatch
import Synchronization

/// A command with whom to answer.
struct WaitingCommand<State: LedgerState>: Sendable {
  let command: Command<State>
  /// When it began to wait.
  let since = ContinuousClock.now
  let answer: @Sendable (Result<Settlement<State>, CommandFailure>) -> Void
}

/// Commands that wait for the committer: bounded, first come first served. One thread takes, any thread adds.
final class CommandQueue<Domain: LedgerState>: Sendable {
  private struct State {
    var waiting: [WaitingCommand<Domain>] = []
    var isTakerAsleep = false
    var isClosed = false
    var isFinished = false
    var onFinish: [@Sendable () -> Void] = []
  }

  private let max: Int
  private let state = Mutex(State())
  private let wakeUp = DispatchSemaphore(value: 0)

  init(max: Int) { self.max = max }

  var count: Int { state.withLock { $0.waiting.count } }

  /// Adds a command, or says why not.
  func add(_ command: WaitingCommand<Domain>) -> CommandFailure? {
    let (refused, wakes): (CommandFailure?, Bool) = state.withLock { state in
      if state.isClosed { return (.shuttingDown, false) }
      if state.waiting.count >= max { return (.overloaded, false) }
      state.waiting.append(command)
      defer { state.isTakerAsleep = false }
      return (nil, state.isTakerAsleep)
    }
    if wakes { wakeUp.signal() }
    return refused
  }

  /// Everything that is waiting, up to a bound; waits for the first. Nil once the queue is closed and empty.
  func take(max: Int) -> [WaitingCommand<Domain>]? {
    while true {
      let (batch, isOver): ([WaitingCommand<Domain>], Bool) = state.withLock { state in
        if state.waiting.isEmpty {
          state.isTakerAsleep = !state.isClosed
          return ([], state.isClosed)
        }
        let batch = Array(state.waiting.prefix(max))
        state.waiting.removeFirst(batch.count)
        return (batch, false)
      }
      if !batch.isEmpty { return batch }
      if isOver { return nil }
      wakeUp.wait()
    }
  }

  /// What is waiting right now, up to a bound; does not wait.
  func takeWaiting(max: Int) -> [WaitingCommand<Domain>] {
    state.withLock { state in
      let batch = Array(state.waiting.prefix(max))
      state.waiting.removeFirst(batch.count)
      return batch
    }
  }

  /// Takes no more commands; calls back once those that wait are answered.
  func close(_ finished: @escaping @Sendable () -> Void) {
    let (isOver, wakes): (Bool, Bool) = state.withLock { state in
      state.isClosed = true
      if !state.isFinished { state.onFinish.append(finished) }
      defer { state.isTakerAsleep = false }
      return (state.isFinished, state.isTakerAsleep)
    }
    if wakes { wakeUp.signal() }
    if isOver { finished() }
  }

  /// The committer's thread has ended.
  func finish() {
    let callbacks = state.withLock { state in
      state.isFinished = true
      defer { state.onFinish = [] }
      return state.onFinish
    }
    for callback in callbacks { callback() }
  }
}
