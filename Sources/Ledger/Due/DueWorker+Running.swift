import Synchronization

/// Working until told to stop.
extension DueWorker {
  /// How long a worker rests at most: other nodes schedule work, too.
  static var restMost: Duration { .seconds(5) }

  /// How long it rests at least, also if something should always be due.
  static var restLeast: Duration { .milliseconds(100) }

  /// Works until the task is canceled. In between it rests until work is due next, until it is woken, or for a few
  /// seconds. A round that the store fails is told by `failed`, and another one follows.
  public func run(failed: @escaping @Sendable (StoreFailure) -> Void) async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        var rest = DueWorker.restMost
        do throws(StoreFailure) {
          try await begin(in: &group, failed: failed)
          try await look()
          if let next = try await nextDue() { rest = min(rest, duration(until: next)) }
        } catch {
          // That it was told to stop is no failure of the store.
          if !error.isOfStopping { failed(error) }
        }
        if !(await alarm.rest(for: max(rest, DueWorker.restLeast))) { return }
      }
    }
  }
}

/// Rests until it rings.
final class DueAlarm: Sendable {
  private struct State {
    var nap: Task<Void, Never>?
    var hasRung = false
  }

  private let state = Mutex(State())

  /// Ends the rest, or the next one if none is under way.
  func ring() {
    state.withLock { state in
      state.hasRung = true
      state.nap?.cancel()
    }
  }

  /// Rests; false if the task was canceled.
  func rest(for duration: Duration) async -> Bool {
    let nap = Task {
      // Being canceled is how it ends early.
      do { try await Task.sleep(for: duration) } catch { return }
    }
    state.withLock { state in
      if state.hasRung { nap.cancel() }
      state.nap = nap
    }
    await withTaskCancellationHandler {
      await nap.value
    } onCancel: {
      nap.cancel()
    }
    state.withLock { $0 = State() }
    return !Task.isCancelled
  }
}
