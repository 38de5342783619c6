import Synchronization

/// Whether the store can be written, as far as the last transactions tell.
///
/// A failure that may be one command's own fault only raises a doubt, which the next probe settles.
public final class WriteHealth: Sendable {
  private struct State {
    var failure: StoreFailure?
    var isInDoubt = false
    var lastWrite: ContinuousClock.Instant?
    var lastProbe: ContinuousClock.Instant?
  }

  /// How long lies between two probes at least: whoever may ask for one must not keep the disk busy.
  private static let probeInterval = Duration.seconds(1)

  private let state = Mutex(State())

  init() {}

  /// What the last write failed with; nil if it went well, or failed for what may be its own fault.
  public var failure: StoreFailure? { state.withLock { $0.failure } }

  /// Something was written and committed. A transaction that wrote nothing proves nothing.
  func succeeded() {
    state.withLock { state in
      state.failure = nil
      state.isInDoubt = false
      state.lastWrite = .now
    }
  }

  func failed(_ failure: StoreFailure) {
    state.withLock { state in
      if failure.mayBeOneCommandsFault { state.isInDoubt = true } else { state.failure = failure }
    }
  }

  /// A write that is nobody's command has failed: then the store is to blame, whatever it says.
  func probeFailed(_ failure: StoreFailure) { state.withLock { $0.failure = failure } }

  /// The write that it is time to try, if any: after a failure or a doubt, and after nothing was written for so long.
  /// Whoever is told of one tries it.
  func takeProbe(afterIdle idle: Duration?) -> ProbeSize? {
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastProbe, last.duration(to: now) < WriteHealth.probeInterval { return nil }
      let isIdle = idle.map { idle in state.lastWrite.map { $0.duration(to: now) >= idle } ?? true } ?? false
      guard state.failure != nil || state.isInDoubt || isIdle else { return nil }
      state.lastProbe = now
      return state.failure?.kind == .full ? .room : .row
    }
  }
}
