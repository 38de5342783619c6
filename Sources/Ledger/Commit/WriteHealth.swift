import Synchronization

/// Whether the store can be written, as far as the last transactions and trials tell.
///
/// A failure that may be one command's own fault only raises a doubt, which the next trial settles.
///
/// A trial writes to a table of its own. That proves that the database answers and takes writes, but not that another
/// table finds room: it may have a disk, a quota or a file of its own. So what a commit found full or broken counts on
/// while trials go well, until later commits have written every table that it wanted to write, or none has failed that
/// way for `memory`. The second end is for a service that gets no commands because it says that it is not ready: it is
/// tried again, and says so again if it fails again.
public final class WriteHealth: Sendable {
  private struct State {
    var failure: StoreFailure?
    var told: Told?
    var isInDoubt = false
    var lastWrite: ContinuousClock.Instant?
    var lastProbe: ContinuousClock.Instant?
  }

  /// What a commit found that a trial elsewhere can't disprove.
  private struct Told {
    let failure: StoreFailure
    /// Until when it counts without being found again.
    let end: ContinuousClock.Instant
    /// The tables that may be to blame: those that nothing was written to since.
    var suspects: WrittenTables
  }

  /// How long lies between two probes at least: whoever may ask for one must not keep the disk busy.
  private static let probeInterval = Duration.seconds(1)

  private let memory: Duration
  private let state = Mutex(State())

  init(memory: Duration) { self.memory = memory }

  /// What writing fails with; nil if the last write went well, or failed for what may be its own fault, and nothing is
  /// remembered of those before.
  public var failure: StoreFailure? {
    state.withLock { state in
      WriteHealth.forgetOld(&state)
      return state.failure ?? state.told?.failure
    }
  }

  /// Something was written to these tables and committed. A transaction that wrote nothing proves nothing.
  func succeeded(writing tables: WrittenTables) {
    state.withLock { state in
      state.failure = nil
      state.isInDoubt = false
      state.lastWrite = .now
      state.told?.suspects.removeAll { tables.contains($0) }
      if state.told?.suspects.isEmpty == true { state.told = nil }
    }
  }

  /// A commit failed that would have written to these tables.
  public func failed(_ failure: StoreFailure, writing tables: WrittenTables) {
    state.withLock { state in
      if failure.mayBeOneCommandsFault { return state.isInDoubt = true }
      state.failure = failure
      guard failure.mayHoldForAPart else { return }
      WriteHealth.forgetOld(&state)
      // Where it failed before it was known what to write, it is the event that every change has.
      var suspects = tables.isEmpty ? [.event] : tables
      // What both wanted to write is likelier to blame than what only one did.
      if let earlier = state.told?.suspects.filter({ suspects.contains($0) }), !earlier.isEmpty {
        suspects = earlier
      }
      state.told = Told(failure: failure, end: .now + memory, suspects: suspects)
    }
  }

  /// A trial went well.
  func probeSucceeded() {
    state.withLock { state in
      state.failure = nil
      state.isInDoubt = false
      state.lastWrite = .now
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

  private static func forgetOld(_ state: inout State) {
    if let told = state.told, told.end <= .now { state.told = nil }
  }
}

/// Tables that a transaction writes, each once. Noted for every batch and looked at after failures alone, so nothing of
/// them is hashed.
public typealias WrittenTables = [StoredTable]

extension LedgerState {
  /// The tables that writing its changes touches.
  var changedTables: WrittenTables {
    var noting = TableNoting()
    visitTables(&noting)
    if !log.events.isEmpty { noting.tables.append(.event) }
    return noting.tables
  }
}

/// Inlinable, as few visitors need be: every batch walks it over tables that it mostly left alone.
@usableFromInline
struct TableNoting: RowVisitor {
  @usableFromInline var tables: WrittenTables = []

  @inlinable init() {}

  @inlinable
  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) {
    if !rows.isUnchanged { tables.append(StoredTable(Row.shape)) }
  }

  @inlinable
  mutating func visit<Group: RowGroup>(groups: Rows<Group>) {
    if !groups.isUnchanged { tables.append(StoredTable(Group.Part.shape)) }
  }
}
