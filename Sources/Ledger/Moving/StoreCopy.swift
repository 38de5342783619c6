import struct Scrip.StreamID

/// How far a copy is.
public enum StoreCopyProgress: Hashable, Sendable {
  /// Events that were folded.
  case events(Int64, of: Int64)
  /// Rows of a table that were taken over, because the log does not lead to them.
  case kept(StoredTable, Int64, of: Int64)
  /// Events of the target that were checked.
  case checked(Int64, of: Int64)
}

/// Fills an empty store with what another one holds: folds the source's log into it by the same function that made the
/// source's tables, and takes over what is kept beside the log.
///
/// Events keep their positions, so that consumers go on where they are. Everything is one transaction: a copy that is
/// cut short leaves an empty store. Nobody may write to the source meanwhile; that is noticed, not prevented.
public struct StoreCopy<State: LedgerState>: Sendable {
  /// How far a copy is.
  public typealias Progress = StoreCopyProgress

  /// How many rows each table has now.
  public let counts: [StoredTable: Int64]
  /// How many streams of events there are.
  public let streams: Int

  /// Copies a store and checks the copy: rows of each table, every stream's head, every event's hash.
  ///
  /// - Parameters:
  ///   - pageSize: how many events are folded at once; makes no difference to the result.
  ///   - patience: how long events are waited for that the source's server does not show yet.
  ///   - progress: called after every page.
  public init(
    from source: some CopySource<State>, to target: some CopyTarget<State>, pageSize: Int = 1000,
    patience: Duration = .seconds(30), progress: (Progress) -> Void = { _ in }
  ) throws(StoreCopyFailure) {
    let state = try SourceState<State>(of: source)
    let way = FillingWay(pageSize: pageSize, patience: patience)
    try StoreCopy<State>.fill(target, from: source, in: state, way, progress)
    try StoreCopy<State>.check(target, against: state, progress)
    counts = state.counts
    streams = state.heads.count
  }

  private static func fill(
    _ target: any CopyTarget<State>, from source: any CopySource<State>, in state: SourceState<State>,
    _ way: FillingWay,
    _ progress: (Progress) -> Void
  ) throws(StoreCopyFailure) {
    // A transaction's body can only fail as its store does; why it gave up is kept beside it.
    var reason: StoreCopyFailure?
    do throws(StoreFailure) {
      try target.receive { (transaction: any CopyTransaction<State>) throws(StoreFailure) in
        let filling = Filling(source: source, transaction: transaction, state: state, way: way)
        do throws(StoreCopyFailure) {
          try filling.run(progress)
        } catch {
          reason = error
          throw StoreFailure(kind: .other, message: "the copy was given up")
        }
      }
    } catch {
      throw reason ?? .target(error)
    }
  }

  private static func check(
    _ target: any CopyTarget<State>, against state: SourceState<State>, _ progress: (Progress) -> Void
  ) throws(StoreCopyFailure) {
    var findings: [String] = []
    do throws(StoreFailure) {
      let total = state.counts[.event] ?? 0
      let audit = try AuditVerification(of: target) { progress(.checked($0, of: total)) }
      findings = audit.findings.map(\.description)
      if try target.heads() != state.heads { findings.append("the heads of some streams differ") }
    } catch {
      throw .target(error)
    }
    if !findings.isEmpty { throw .unfaithful(findings) }
  }
}

/// All that tells one state of a store from another: events are only ever added, at the end of their streams.
struct SourceState<State: LedgerState>: Equatable {
  let counts: [StoredTable: Int64]
  let heads: [Owned<StreamID>: StreamHead]

  init(of source: any CopySource<State>) throws(StoreCopyFailure) {
    do throws(StoreFailure) {
      counts = try source.counts()
      heads = try source.heads()
    } catch {
      throw .source(error)
    }
  }
}

extension Store {
  fileprivate func heads() throws(StoreFailure) -> [Owned<StreamID>: StreamHead] {
    var heads: [Owned<StreamID>: StreamHead] = [:]
    try forEachHead { (tenant, stream, head) throws(StoreFailure) in heads[Owned(tenant, stream)] = head }
    return heads
  }
}
