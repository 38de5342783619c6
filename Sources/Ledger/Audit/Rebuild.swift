/// A store whose tables can be folded again from its event log.
public protocol RebuildableStore<State>: Store {
  /// An empty store of the same kind in a temporary place. It takes whatever the log says: it refuses no count for being
  /// over a limit, since one that was lowered later says nothing about earlier uses, and nothing else that two rows of
  /// the tables can't both have.
  func makeScratch() throws(StoreFailure) -> any Store<State>

  /// Puts right in a scratch store what the log says and the tables of this store can't hold; says what that was.
  func settle(_ scratch: any Store<State>) throws(StoreFailure) -> [State.Conflict]

  /// Where the folded tables of this store and a scratch store differ; empty if they are the same.
  func differences(to scratch: any Store<State>) throws(StoreFailure) -> [TableDifference]

  /// Replaces the folded tables by those of a scratch store, in one transaction.
  func adopt(_ scratch: any Store<State>) throws(StoreFailure)
}

/// Folds the event log again into a scratch store, by the same function that made the tables.
public struct Rebuild<State: LedgerState>: Sendable {
  /// Where the log is folded into.
  public let scratch: any Store<State>
  /// How many events were folded.
  public private(set) var events: Int64 = 0
  /// What the log says and the tables can't hold.
  public private(set) var conflicts: [State.Conflict] = []
  /// How far projections had read when it began, which is how far they are folded.
  private let cursors: ProjectionCursors.Found

  /// Folds a store's whole log.
  ///
  /// - Parameters:
  ///   - pageSize: how many events are folded in one transaction; makes no difference to the result.
  ///   - progress: called after every page with the number of events folded so far.
  /// - Throws: `StoreFailure`, of kind `corrupt` for an event that can't be understood.
  public init(
    of store: some RebuildableStore<State>, pageSize: Int = 1000, progress: (Int64) -> Void = { _ in }
  ) throws(StoreFailure) {
    scratch = try store.makeScratch()
    let projections = try ProjectionFolding(of: store)
    cursors = projections.cursors
    var position: Int64 = 0
    while true {
      let page = try store.events(
        EventFilter(after: position, limit: pageSize, bytes: EventFilter.bytesOfPass))
      guard let last = page.last else { break }
      position = last.position
      try fold(page, projections)
      events += Int64(page.count)
      progress(events)
    }
    conflicts = try store.settle(scratch)
  }

  private func fold(
    _ page: [StoredEvent], _ projections: ProjectionFolding<State>
  ) throws(StoreFailure) {
    var understood: [Understood<State>] = []
    for stored in page { understood.append(try State.understand(stored)) }
    let events = understood
    let placed = zip(page, events).map { (position: $0.position, event: $1) }
    try scratch.transaction { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
      var state = State()
      var request = State.Request(folding: events)
      projections.addNeeds(of: placed, to: &request)
      try transaction.load(request, into: &state)
      for event in events { state.apply(event.chained, event.fact) }
      projections.fold(placed, into: &state)
      try transaction.write(state)
    }
  }
}

extension Rebuild {
  /// How often a log is folded at most because projections went on meanwhile.
  private static var comparisonsMax: Int { 3 }

  /// Folds a store's whole log, and says where its tables differ from that. What projections have read since the folding
  /// began is no difference: where nothing else is one, the log is folded again.
  public static func comparing(
    _ store: some RebuildableStore<State>, progress: (Int64) -> Void = { _ in }
  ) throws(StoreFailure) -> (rebuild: Rebuild, differences: [TableDifference]) {
    let ofProjections = State.projections.reduce(into: Set([ProjectionCursor.shape.name])) {
      names, projection in
      names.formUnion(projection.tableNames)
    }
    var tries = 0
    while true {
      let rebuild = try Rebuild(of: store, progress: progress)
      let differences = try store.differences(to: rebuild.scratch)
      tries += 1
      let isOfProjections =
        !differences.isEmpty && differences.allSatisfy { ofProjections.contains($0.table) }
      guard isOfProjections, tries < comparisonsMax else { return (rebuild, differences) }
      if try store.find(ProjectionCursors()) == rebuild.cursors { return (rebuild, differences) }
    }
  }
}

extension Projection {
  fileprivate var tableNames: [String] { Self.tables.map(\.name) }  // String: names of ours
}
