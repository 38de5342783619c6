import Digest
import Ledger
import Promotions
import Scrip
import Synchronization

/// Any store, a transaction of which fails before or after its commit, as if a process or a connection died.
final class FlakyStore: Store {
  enum Crash: Sendable { case beforeCommit, afterCommit }

  let base: any PromotionStore
  private let next = Mutex<(crash: Crash?, hasHappened: Bool)>((nil, false))

  init(_ base: any PromotionStore) { self.base = base }

  /// Decides on the next transaction that answers a command; says whether what was decided before has happened.
  @discardableResult func plan(_ crash: Crash?) -> Bool {
    next.withLock { next in
      defer { next = (crash, false) }
      return next.hasHappened
    }
  }

  func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let failure = StoreFailure(kind: .unavailable, code: "9", message: "the connection broke")
    var crash: Crash?
    let result = try base.transaction {
      (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      let watched = WatchedTransaction(base: transaction)
      let result = try body(watched)
      if watched.hasAnswered { crash = takeCrash() }
      if crash == .beforeCommit { throw failure }
      return result
    }
    if crash == .afterCommit { throw failure }
    return result
  }

  private func takeCrash() -> Crash? {
    next.withLock { next in
      defer { if next.crash != nil { next = (nil, true) } }
      return next.crash
    }
  }

  func read<Result>(_ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result) throws(StoreFailure)
    -> Result
  {
    try base.read(body)
  }

  var now: Instant { base.now }

  var readsAreLocal: Bool { base.readsAreLocal }

  var positionsAreContiguous: Bool { base.positionsAreContiguous }

  func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    try base.find(question)
  }

  func recall<Question: Search>(_ question: Question) -> Question.Found? { base.recall(question) }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] { try base.events(filter) }

  func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachHead(body)
  }
}

/// A transaction that remembers whether answers were written in it.
private final class WatchedTransaction: StoreTransaction {
  private let base: any StoreTransaction<WorkingSet>
  private(set) var hasAnswered = false

  init(base: any StoreTransaction<WorkingSet>) { self.base = base }

  var now: Instant { base.now }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try base.load(request, into: &set)
  }

  func write(_ set: WorkingSet) throws(StoreFailure) {
    if !set.answers.isUnchanged { hasAnswered = true }
    try base.write(set)
  }

  var due: any DueTransaction { base.due }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    try base.forgetAnswers(before: moment, max: max)
  }

  func empty(_ tables: [TableShape], of tenant: Tenant.ID) throws(StoreFailure) {
    try base.empty(tables, of: tenant)
  }
}
