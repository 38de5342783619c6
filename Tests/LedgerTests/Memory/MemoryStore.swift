import Dispatch
import Ledger
import Scrip
import Synchronization

/// What is stored. Programs with different domains may work on one.
final class MemoryShelf: Sendable {
  fileprivate let tables = Mutex(MemoryTables())
  fileprivate let gate = DispatchSemaphore(value: 1)
}

/// A store in memory for any domain: it keeps the rows of declared tables, and knows of the domain nothing but how what
/// is asked for is found.
final class MemoryStore<State: LedgerState>: RebuildableStore {
  typealias Loading =
    @Sendable (State.Request, MemoryTables, inout State) throws(StoreFailure) -> Void

  private let shelf: MemoryShelf
  private let clock: @Sendable () -> Instant
  private let loading: Loading
  private let enforcesLimits: Bool
  private let transactionCount = Mutex(0)
  let forms: FormStep

  init(
    on shelf: MemoryShelf = MemoryShelf(), clock: @escaping @Sendable () -> Instant,
    enforcesLimits: Bool = true, forms: FormStep = .newest, loading: @escaping Loading
  ) {
    self.shelf = shelf
    self.forms = forms
    self.clock = clock
    self.enforcesLimits = enforcesLimits
    self.loading = loading
  }

  var now: Instant { clock() }

  /// How many transactions have written something.
  var writes: Int { transactionCount.withLock { $0 } }

  var snapshot: MemoryTables { shelf.tables.withLock { $0 } }

  /// Changes what is stored behind the ledger's back, as an intruder would.
  func tamper(_ change: (inout MemoryTables) -> Void) { shelf.tables.withLock { change(&$0) } }

  func transaction<Result>(
    _ body: (any StoreTransaction<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    shelf.gate.wait()
    defer { shelf.gate.signal() }
    let transaction = MemoryTransaction(
      tables: snapshot, now: now, enforcesLimits: enforcesLimits, loading: loading)
    let result = try body(transaction)
    if transaction.hasWritten { transactionCount.withLock { $0 += 1 } }
    shelf.tables.withLock { $0 = transaction.tables }
    return result
  }

  func read<Result>(
    _ body: (any StoreReader<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try body(
      MemoryTransaction(tables: snapshot, now: now, enforcesLimits: enforcesLimits, loading: loading))
  }

  func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    // A rebuild asks how far projections have read, of which there are none.
    if question is ProjectionCursors, let none = [:] as ProjectionCursors.Found as? Question.Found {
      return none
    }
    throw StoreFailure(kind: .other, message: "no domain of these tests has searches")
  }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    let found = snapshot.log.filter { event in
      event.position > filter.after && filter.tenant.map { $0 == event.envelope.tenant } ?? true
        && filter.stream.map { $0 == event.envelope.stream } ?? true
    }
    return Array(found.prefix(filter.limit))
  }

  func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    for head in snapshot.heads(of: State.shapes) {
      let (stream, end) = try head.whole()
      try body(head.tenant, stream, end)
    }
  }

  func makeScratch() throws(StoreFailure) -> any Store<State> {
    MemoryStore(clock: clock, enforcesLimits: false, loading: loading)
  }

  func settle(_ scratch: any Store<State>) throws(StoreFailure) -> [State.Conflict] { [] }

  func differences(to scratch: any Store<State>) throws(StoreFailure) -> [TableDifference] {
    let (here, there) = (snapshot, folded(scratch))
    return State.shapes.filter { $0.origin == .folded }.compactMap { shape in
      let (mine, told) = (here.rows[shape.name] ?? [:], there.rows[shape.name] ?? [:])
      let missing = told.count { mine[$0.key] != $0.value }
      let unexplained = mine.count { told[$0.key] != $0.value }
      if missing + unexplained == 0 { return nil }
      return TableDifference(table: shape.name, missing: missing, unexplained: unexplained, samples: [])
    }
  }

  func adopt(_ scratch: any Store<State>) throws(StoreFailure) {
    let folded = folded(scratch)
    shelf.tables.withLock { tables in
      for shape in State.shapes where shape.origin == .folded {
        tables.rows[shape.name] = folded.rows[shape.name]
      }
    }
  }

  private func folded(_ scratch: any Store<State>) -> MemoryTables {
    guard let scratch = scratch as? MemoryStore<State> else {
      preconditionFailure("a scratch store is of the same kind")
    }
    return scratch.snapshot
  }
}

private final class MemoryTransaction<State: LedgerState>: StoreTransaction {
  private(set) var tables: MemoryTables
  private(set) var hasWritten = false
  let now: Instant
  private let enforcesLimits: Bool
  private let loading: MemoryStore<State>.Loading

  init(
    tables: MemoryTables, now: Instant, enforcesLimits: Bool, loading: @escaping MemoryStore<State>.Loading
  ) {
    self.tables = tables
    self.now = now
    self.enforcesLimits = enforcesLimits
    self.loading = loading
  }

  func load(_ request: State.Request, into state: inout State) throws(StoreFailure) {
    try loading(request, tables, &state)
  }

  func write(_ state: State) throws(StoreFailure) {
    try MemoryWriting.write(state, to: &tables, enforcesLimits: enforcesLimits)
    hasWritten = true
  }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    let old = try tables.all(StoredAnswer.self).filter { $0.row.at < moment }.prefix(max)
    for (key, _) in old {
      tables.rows[StoredAnswer.shape.name]?[try Cells.key(key, of: StoredAnswer.self)] = nil
    }
    return old.count
  }

  /// Theatres have no work that is due.
  var due: any DueTransaction { NoDueWork() }

  /// Theatres have no projections.
  func empty(_ shapes: [TableShape], of tenant: Tenant.ID) throws(StoreFailure) {
    throw StoreFailure(kind: .other, message: "there is no projection")
  }
}

/// There is no work, and none is taken.
private struct NoDueWork: DueTransaction {
  func claim(_ claiming: DueClaiming) throws(StoreFailure) -> [DueClaim] { [] }

  func settle(_ claim: DueClaim, _ settlement: DueSettlement) throws(StoreFailure) -> Bool { false }

  func scheduleForHouse(_ keys: [Owned<DueKey>], at moment: Instant) throws(StoreFailure) {
    throw StoreFailure(kind: .other, message: "this store keeps no work")
  }

  func prolong(_ claim: DueClaim, until moment: Instant) throws(StoreFailure) -> Bool { false }

  func hasten(_ key: Owned<DueKey>) throws(StoreFailure) -> DueHastening { .none }

  func retry(_ key: Owned<DueKey>) throws(StoreFailure) -> Bool { false }
}
