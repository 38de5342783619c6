import Dispatch
import Ledger
import Promotions
import Synchronization

/// Read-only connections, opened when they are needed, up to a bound; the one used last is used first.
final class ReaderPool: Sendable {
  private struct State {
    var free: [ReadConnection] = []
    var isSweepPlanned = false
  }

  /// How long a snapshot is kept after its last read.
  static let idleMilliseconds: Int64 = 100

  private let path: String
  private let terms: TermsCache
  private let connectionsMax: Int
  private let permits: DispatchSemaphore
  private let state = Mutex(State())

  init(path: String, terms: TermsCache, connectionsMax: Int) {
    precondition(connectionsMax > 0, "a pool has at least one connection")
    self.path = path
    self.terms = terms
    self.connectionsMax = connectionsMax
    permits = DispatchSemaphore(value: connectionsMax)
  }

  /// Runs a body on a connection that shows every transaction of this process up to a number of commits.
  func read<Result>(
    commits: UInt64, _ body: (ReadConnection) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    permits.wait()
    defer { permits.signal() }
    let reader = try take()
    do throws(StoreFailure) {
      try reader.refresh(commits: commits)
      let result = try body(reader)
      giveBack(reader)
      return result
    } catch let failure {
      // A connection that can't even end its snapshot is closed instead of being used again.
      do throws(StoreFailure) { try reader.endSnapshot() } catch { throw failure }
      giveBack(reader)
      throw failure
    }
  }

  /// Waits until all reads that have begun are over, holding back new ones, and runs a body while no connection holds
  /// a snapshot.
  ///
  /// - Returns: what the body says; nil, without running it, if a read takes longer than so many milliseconds.
  func withoutSnapshots<Result>(
    withinMilliseconds milliseconds: Int, _ body: () throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result? {
    let deadline = DispatchTime.now() + .milliseconds(milliseconds)
    var taken = 0
    defer { for _ in 0..<taken { permits.signal() } }
    while taken < connectionsMax {
      if permits.wait(timeout: deadline) == .timedOut { return nil }
      taken += 1
    }
    try state.withLock { (state) throws(StoreFailure) in
      for reader in state.free where reader.holdsSnapshot { try reader.endSnapshot() }
    }
    return try body()
  }

  private func take() throws(StoreFailure) -> ReadConnection {
    if let reader = state.withLock({ $0.free.popLast() }) { return reader }
    return try ReadConnection(path: path, terms: terms)
  }

  private func giveBack(_ reader: ReadConnection) {
    let plansSweep = state.withLock { state in
      state.free.append(reader)
      if state.isSweepPlanned { return false }
      state.isSweepPlanned = true
      return true
    }
    if plansSweep { planSweep() }
  }

  private func planSweep() {
    let delay = DispatchTimeInterval.milliseconds(Int(ReaderPool.idleMilliseconds))
    DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + delay) { [weak self] in
      self?.sweep()
    }
  }

  /// Ends snapshots that nobody has read from lately, and comes back for those that are still young.
  private func sweep() {
    let comesBack = state.withLock { state in
      state.free.removeAll { reader in
        guard reader.holdsSnapshot, reader.isIdle(milliseconds: ReaderPool.idleMilliseconds) else {
          return false
        }
        do throws(StoreFailure) {
          try reader.endSnapshot()
          return false
        } catch {
          // Such a connection is closed; the next read opens another one.
          return true
        }
      }
      state.isSweepPlanned = state.free.contains(where: \.holdsSnapshot)
      return state.isSweepPlanned
    }
    if comesBack { planSweep() }
  }
}
