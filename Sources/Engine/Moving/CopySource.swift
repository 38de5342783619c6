import Digest
import Scrip

/// A store whose whole content another store can be filled with.
public protocol CopySource: KeyedStore {
  /// How many rows each table has.
  func counts() throws(StoreFailure) -> [StoredTable: Int64]

  /// The kept answers in pages of so many, each once, in any order. The body may use other stores.
  func forEachAnswers(
    page: Int, _ body: ([KeptAnswer]) throws(StoreFailure) -> Void
  ) throws(StoreFailure)

  /// What names persons, in pages of so many, each person once, in any order. The body may use other stores.
  func forEachPersons(
    page: Int, _ body: ([KeptPerson]) throws(StoreFailure) -> Void
  ) throws(StoreFailure)
}

/// A store that can be filled from another one.
public protocol CopyTarget: Store {
  /// Runs a body in the one transaction that fills the store, and commits it; whatever ends it early leaves nothing.
  /// It may take hours. A store that was filled is opened anew before it is used.
  func receive<Result>(
    _ body: (any CopyTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result
}

/// The transaction that fills a store. It refuses no count for being over a limit: one that was lowered later says
/// nothing about earlier uses. What it has written it can load again.
public protocol CopyTransaction: StoreReader {
  /// How many rows each table has by now.
  func counts() throws(StoreFailure) -> [StoredTable: Int64]

  /// Keeps the check value of the key under which the source's identities are hashed, and says which one is kept.
  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256

  /// Writes rows and answers of a working set, and events as they are stored elsewhere, each at its position.
  ///
  /// - Precondition: no event is among the working set's changes.
  func write(_ set: WorkingSet, events: [StoredEvent]) throws(StoreFailure)
}

/// What names a person, with the pseudonym.
public struct KeptPerson: Hashable, Sendable {
  /// The tenant's pseudonym for the person.
  public var key: Owned<UserID>
  /// What names the person.
  public var row: PersonRow

  /// Makes a kept person.
  public init(key: Owned<UserID>, row: PersonRow) {
    self.key = key
    self.row = row
  }
}

/// An answer with the idempotency key that it is kept under.
public struct KeptAnswer: Hashable, Sendable {
  /// The tenant's key.
  public var key: Owned<IdempotencyKey.Name>
  /// The answer.
  public var stored: StoredAnswer

  /// Makes a kept answer.
  public init(key: Owned<IdempotencyKey.Name>, stored: StoredAnswer) {
    self.key = key
    self.stored = stored
  }
}
