import Digest

/// A store whose whole content another store can be filled with.
public protocol CopySource<State>: KeyedStore {
  /// How many rows each table has.
  func counts() throws(StoreFailure) -> [StoredTable: Int64]

  /// The rows of a table that the log does not lead to, as new ones, in pages of so many, each once, in any order. The
  /// body may use other stores.
  func forEachPage<Row: StoredRow>(
    of row: Row.Type, size: Int, _ body: (Rows<Row>) throws(StoreFailure) -> Void
  ) throws(StoreFailure)
}

/// A store that can be filled from another one.
public protocol CopyTarget<State>: Store {
  /// Runs a body in the one transaction that fills the store, and commits it; whatever ends it early leaves nothing.
  /// It may take hours. A store that was filled is opened anew before it is used.
  func receive<Result>(
    _ body: (any CopyTransaction<State>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result
}

/// The transaction that fills a store. It refuses no count for being over a limit: one that was lowered later says
/// nothing about earlier uses. What it has written it can load again.
public protocol CopyTransaction<State>: StoreReader {
  /// How many rows each table has by now.
  func counts() throws(StoreFailure) -> [StoredTable: Int64]

  /// Keeps the check value of the key under which the source's identities are hashed, and says which one is kept.
  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256

  /// Writes rows of a state, and events as they are stored elsewhere, each at its position.
  ///
  /// - Precondition: no event is among the state's changes.
  func write(_ state: State, events: [StoredEvent]) throws(StoreFailure)

  /// Writes rows of a table that the log does not lead to.
  func write<Row: StoredRow>(_ rows: Rows<Row>) throws(StoreFailure)
}
