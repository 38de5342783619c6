import Glibc

/// What happens inside the transaction that fills a store.
struct Filling<State: LedgerState> {
  let source: any CopySource<State>
  let transaction: any CopyTransaction<State>
  /// The source as it was before the first page was read.
  let state: SourceState<State>
  let way: FillingWay

  func run(_ progress: (StoreCopyProgress) -> Void) throws(StoreCopyFailure) {
    if try writing({ () throws(StoreFailure) in try transaction.counts() }).values.contains(where: { $0 > 0 })
    {
      throw .targetNotEmpty
    }
    try takeIdentityCheck()
    try foldEvents(progress)
    for shape in State.shapes where shape.origin == .kept { try takeOver(shape.row, progress) }
    // In this order: a source that changed also has other counts.
    if try SourceState<State>(of: source) != state { throw .sourceChanged }
    try compareCounts()
  }

  /// A store that is about to be filled may have met a service already; its key must be the source's.
  private func takeIdentityCheck() throws(StoreCopyFailure) {
    guard let check = try reading({ () throws(StoreFailure) in try source.identityCheck() }) else { return }
    let kept = try writing { () throws(StoreFailure) in try transaction.keepIdentityCheck(check) }
    if kept != check { throw .otherIdentityKey }
  }

  private func foldEvents(_ progress: (StoreCopyProgress) -> Void) throws(StoreCopyFailure) {
    let total = state.counts[.event] ?? 0
    let projections = try reading { () throws(StoreFailure) in try ProjectionFolding(of: source) }
    var position: Int64 = 0
    var done: Int64 = 0
    while let page = try nextPage(after: position, missing: total - done), let last = page.last {
      position = last.position
      let events = try reading { () throws(StoreFailure) in
        try page.map { (event) throws(StoreFailure) in try State.understand(event) }
      }
      try writing { () throws(StoreFailure) in
        try transaction.write(
          try folded(zip(page, events).map { (position: $0.position, event: $1) }, projections),
          events: page)
      }
      done += Int64(page.count)
      progress(.events(done, of: total))
    }
  }

  /// Nil at the end of the log. A server shows the end of its log when no transaction is open any more that may still
  /// write something before it; where events are missing, that is waited for.
  private func nextPage(after position: Int64, missing: Int64) throws(StoreCopyFailure) -> [StoredEvent]? {
    let start = ContinuousClock.now
    while true {
      let page = try reading { () throws(StoreFailure) in
        try source.events(EventFilter(after: position, limit: way.pageSize, bytes: EventFilter.bytesOfPass))
      }
      if !page.isEmpty { return page }
      if missing <= 0 || source.readsAreLocal { return nil }
      if start.duration(to: .now) > way.patience { throw .logWithheld(events: missing) }
      usleep(Filling.pauseMicroseconds)
    }
  }

  private static var pauseMicroseconds: UInt32 { 100_000 }

  private func folded(
    _ page: [(position: Int64, event: Understood<State>)], _ projections: ProjectionFolding<State>
  ) throws(StoreFailure) -> State {
    var state = State()
    var request = State.Request(folding: page.map(\.event))
    projections.addNeeds(of: page, to: &request)
    try transaction.load(request, into: &state)
    for (_, event) in page { state.apply(event.chained, event.fact) }
    projections.fold(page, into: &state)
    // They are written as they are stored in the source, not as this program would write them.
    state.log.events = []
    return state
  }

  private func takeOver<Row: StoredRow>(
    _ row: Row.Type, _ progress: (StoreCopyProgress) -> Void
  ) throws(StoreCopyFailure) {
    let table = StoredTable(Row.shape)
    var done: Int64 = 0
    var refusal: StoreCopyFailure?
    do throws(StoreFailure) {
      try source.forEachPage(of: row, size: way.pageSize) { (page: Rows<Row>) throws(StoreFailure) in
        do throws(StoreFailure) {
          try transaction.write(page)
        } catch {
          refusal = .target(error)
          throw error
        }
        done += Int64(page.all.count)
        progress(.kept(table, done, of: state.counts[table] ?? 0))
      }
    } catch {
      throw refusal ?? .source(error)
    }
  }

  private func compareCounts() throws(StoreCopyFailure) {
    let written = try writing { () throws(StoreFailure) in try transaction.counts() }
    let differences = State.tables.compactMap { table -> RowCountDifference? in
      let (source, target) = (state.counts[table] ?? 0, written[table] ?? 0)
      return source == target ? nil : RowCountDifference(table: table, source: source, target: target)
    }
    if !differences.isEmpty { throw .rowsDiffer(differences) }
  }

  private func reading<Value>(
    _ body: () throws(StoreFailure) -> Value
  ) throws(StoreCopyFailure) -> Value {
    do throws(StoreFailure) { return try body() } catch { throw .source(error) }
  }

  private func writing<Value>(
    _ body: () throws(StoreFailure) -> Value
  ) throws(StoreCopyFailure) -> Value {
    do throws(StoreFailure) { return try body() } catch { throw .target(error) }
  }
}

/// What makes no difference to the result of filling a store.
struct FillingWay {
  let pageSize: Int
  let patience: Duration
}
