import struct Forms.ShownEvent
import struct Scrip.Instant
import struct Scrip.StreamID
import struct Scrip.Tenant

/// A consistent view of the database.
public protocol StoreReader<State> {
  /// What it loads into.
  associatedtype State: LedgerState

  /// Loads what a request names into a state. What it holds already stays as it is, because it may have been
  /// changed since: a batch may load more after it has begun to decide.
  func load(_ request: State.Request, into state: inout State) throws(StoreFailure)
}

/// A transaction of the committer: nothing else writes what it has loaded until it ends.
public protocol StoreTransaction<State>: StoreReader {
  /// The one moment of the transaction.
  var now: Instant { get }

  /// Writes the rows that changed, the events and the answers of the state, each kind in bulk.
  ///
  /// Counters are written conditionally, so that a mistake in memory can't pass a limit.
  /// - Throws: `StoreFailure` with kind `refusedByDatabase` if a limit or a unique key stands in the way.
  func write(_ state: State) throws(StoreFailure)

  /// Due work.
  var due: any DueTransaction { get }

  /// Forgets up to so many answers that are older than a moment; says how many there were.
  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int

  /// Deletes all rows of a tenant's in a projection's tables.
  func empty(_ tables: [TableShape], of tenant: Tenant.ID) throws(StoreFailure)
}

/// Where everything is kept. All calls block: transactions are called from a committer's thread, reads from anywhere.
public protocol Store<State>: Sendable {
  /// What is loaded from it.
  associatedtype State: LedgerState

  /// Runs a body in one transaction and commits it; rolls back if it throws.
  func transaction<Result>(
    _ body: (any StoreTransaction<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result

  /// The same for what nobody was told of, and what is found to do again if it is lost with the computer's power: no disk is
  /// waited for. What is committed after it is never kept without it.
  func unhurried<Result>(
    _ body: (any StoreTransaction<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result

  /// Writes, beside what commands write, something that changes nothing, and commits it.
  func probe(_ size: ProbeSize) throws(StoreFailure)

  /// Runs a body on one consistent view that shows every transaction acknowledged before the call.
  func read<Result>(
    _ body: (any StoreReader<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result

  /// Loads what questions ask for, and what that leads to, from one consistent view.
  ///
  /// No store has a way of its own. It is a requirement so that it is compiled for each: one for all of them asks for every
  /// type at run time.
  func load(_ questions: [Asking<State>]) throws(StoreFailure) -> State

  /// The moment that reads are judged at.
  var now: Instant { get }

  /// Why the clock is not believed, so that nothing is written; nil while it is.
  var clockFailure: StoreFailure? { get }

  /// Whether a read waits for nothing but this computer's own disk. Other reads are done on threads of their own.
  var readsAreLocal: Bool { get }

  /// Whether positions of the log have no gaps, so that a missing one is a missing event.
  var positionsAreContiguous: Bool { get }

  /// Which forms facts are written in: those that every program can read which may work on the store beside this one.
  var forms: FormStep { get }

  /// What the store knows of its own troubles. Waits for nothing.
  var health: StoreHealth { get }

  /// The rows that its lists had to leave out; nil for a store whose rows can't be damaged.
  var unreadableRows: UnreadableRows? { get }

  /// Answers a question that is declared by its type.
  func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found

  /// The answer to a question as far as the store remembers it and still vouches for it; nil if it has to be asked.
  func recall<Question: Search>(_ question: Question) -> Question.Found?

  /// A page of events after a position, oldest first; of one stream, of one tenant, or of all tenants.
  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent]

  /// The same for whoever only shows them: an event that can't be read stands in its place with what can be, and is told
  /// of, where `events` would fail.
  func shownEvents(_ filter: EventFilter) throws(StoreFailure) -> [ShownEvent]

  /// A page of the whole log after a position, oldest first, for whoever looks for damage: a row that can't be read is
  /// told of, where `events` would fail.
  func log(after position: Int64, limit: Int) throws(StoreFailure) -> [LoggedRow]

  /// The heads of all streams, in pages by tenant and stream.
  func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure)

  /// The same for whoever looks for damage: a head that can't be read is told of, where `forEachHead` would fail.
  func forEachStoredHead(_ body: (StoredHead) throws(StoreFailure) -> Void) throws(StoreFailure)
}

/// A question with a list or a number for an answer. Each store says in one place for each question how it finds that; a
/// store that only stands before another one has nothing to say.
public protocol Search: Sendable {
  /// The answer.
  associatedtype Found: Sendable
}

/// What is so for a store on this computer.
extension Store {
  /// The clock is believed.
  public var clockFailure: StoreFailure? { nil }

  /// Reads are local.
  public var readsAreLocal: Bool { true }

  /// Positions have no gaps.
  public var positionsAreContiguous: Bool { true }

  /// No row can be damaged.
  public var unreadableRows: UnreadableRows? { nil }

  /// No other program works on it.
  public var forms: FormStep { .newest }

  /// There is nothing to say.
  public var health: StoreHealth { StoreHealth() }

  /// Every event can be read.
  public func shownEvents(_ filter: EventFilter) throws(StoreFailure) -> [ShownEvent] {
    try events(filter).map(\.shown)
  }

  /// Every row can be read.
  public func log(after position: Int64, limit: Int) throws(StoreFailure) -> [LoggedRow] {
    try events(EventFilter(after: position, limit: limit, bytes: EventFilter.bytesOfPass)).map {
      LoggedRow($0)
    }
  }

  /// Every head can be read.
  public func forEachStoredHead(_ body: (StoredHead) throws(StoreFailure) -> Void) throws(StoreFailure) {
    try forEachHead { (tenant, stream, head) throws(StoreFailure) in
      try body(StoredHead(tenant: tenant, stream: stream, sequence: head.sequence, hash: head.hash))
    }
  }

  /// There is no disk.
  public func probe(_ size: ProbeSize) throws(StoreFailure) {
    try transaction { (_: any StoreTransaction<State>) throws(StoreFailure) in }
  }

  /// There is no disk, or whoever stands before a store has nothing to say of it.
  public func unhurried<Result>(
    _ body: (any StoreTransaction<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result { try transaction(body) }

  /// Nothing is remembered besides what a read finds anyway.
  public func recall<Question: Search>(_ question: Question) -> Question.Found? { nil }
}
