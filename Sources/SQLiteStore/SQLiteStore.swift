import Digest
import Dispatch
import Glibc
import Ledger
import Promotions
import Scrip
import Synchronization

/// The embedded store: one SQLite file with a write-ahead log, one writing connection and several reading ones.
///
/// A committed transaction has reached the disk. Other processes may read and write the same file.
public final class SQLiteStore: Store {
  /// What a store is for.
  enum Purpose {
    /// The data of record.
    case live
    /// Folding the events again, beside a live store; the files go with the store.
    case scratch(folder: String)
  }

  let path: String
  let purpose: Purpose
  let pool: ReaderPool
  let writer: Writer
  private let terms: TermsCache
  private let keys: AccessKeyCache
  private let unreadable = UnreadableRows()

  /// Opens a database file, creating it and its folders with private permissions if there are none.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - clock: what says the time.
  ///   - tolerance: how far off the clock may be.
  ///   - readersMax: how many reads run at once; more of them wait.
  ///   - migrates: whether missing steps of the schema are taken; otherwise an older schema is refused.
  /// - Throws: `StoreFailure`, of kind `schema` for a schema that this program can't work with.
  public convenience init(
    path: String, clock: @escaping @Sendable () -> Instant = systemClock,
    tolerance: ClockTolerance = .unlimited, readersMax: Int = 8, migrates: Bool = true
  ) throws(StoreFailure) {
    try self.init(
      path: path, purpose: .live, clock: clock, tolerance: tolerance, readersMax: readersMax,
      migrates: migrates)
  }

  init(
    path: String, purpose: Purpose, clock: @escaping @Sendable () -> Instant, tolerance: ClockTolerance,
    readersMax: Int, migrates: Bool
  ) throws(StoreFailure) {
    let terms = TermsCache()
    let keys = AccessKeyCache()
    let pool = ReaderPool(path: path, terms: terms, connectionsMax: readersMax)
    self.path = path
    self.purpose = purpose
    self.terms = terms
    self.keys = keys
    self.pool = pool
    writer = try Writer(
      path: path, purpose: purpose, terms: terms, keys: keys, pool: pool, clock: clock, tolerance: tolerance,
      migrates: migrates)
  }

  deinit {
    if case .scratch(let folder) = purpose {
      DatabaseFile.remove(path)
      unsafe rmdir(folder)
    }
  }

  /// The moment that reads are judged at: never before the last transaction's.
  public var now: Instant { writer.readingMoment }

  /// Why the clock is not believed, so that nothing is written; nil while it is.
  public var clockFailure: StoreFailure? { writer.clockFailure }

  /// The rows that lists had to leave out.
  public var unreadableRows: UnreadableRows? { unreadable }

  /// Runs a query for a list on one of the reading connections; rows that can't be read are noted.
  func list<Found>(
    _ body: (RowReader, UnreadableRows) throws(StoreFailure) -> Found
  ) throws(StoreFailure) -> Found {
    try query { (rows) throws(StoreFailure) in try body(rows, unreadable) }
  }

  /// How long the log is, and whether shortening it works.
  public var health: StoreHealth {
    let logBytes = DatabaseFile.logBytes(of: path)
    return StoreHealth(
      logBytes: logBytes, checkpointFailures: writer.checkpointFailures,
      checkpointFailure: writer.checkpointFailure,
      isLogHeldUp: writer.isHeldUp && logBytes > Writer.longLogBytes)
  }

  /// Writes a row of its own. A log that was held up is tried again: where nothing else is written, nothing else would.
  public func probe(_ size: ProbeSize) throws(StoreFailure) {
    try writer.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      try (transaction as? WriteTransaction)?.probe(size)
    }
    if health.isLogHeldUp { writer.checkpoint() }
  }

  /// Runs a body in the one writing transaction, waiting for the one before it.
  public func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try writer.transaction(body)
  }

  /// The same without waiting for the disk: the next transaction that does makes this one last as well.
  public func unhurried<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try writer.transaction(waitsForDisk: false, body)
  }

  /// Runs a body on one of the reading connections, waiting for one if all are in use.
  public func read<Result>(
    _ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try pool.read(commits: writer.commits, body)
  }

  /// Runs a query on one of the reading connections.
  func query<Result>(_ body: (RowReader) throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try pool.read(commits: writer.commits) { (reader) throws(StoreFailure) in try body(reader.rows) }
  }

  /// Copies the log into the database file as far as readers let it: before an orderly end.
  public func checkpoint() { writer.checkpoint() }

  /// Forgets what was decoded, when versions may have another meaning than before.
  func forgetTerms() { terms.removeAll() }
}

/// Keys, which every request needs.
extension SQLiteStore {
  /// A key that was found lately, unless this process has changed any since.
  public func recall<Question: Search>(_ question: Question) -> Question.Found? {
    guard let question = question as? KeyOfSecret,
      let key = keys.find(question.secretHash, isListening: false)
    else { return nil }
    return Optional(key) as? Question.Found
  }

  /// Finds a key by the SHA-256 of its secret; nil if no key has it. Revoked keys are found, too.
  public func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    let state = keys.state
    let key = try query { (rows) throws(StoreFailure) in try rows.accessKey(secretHash: secretHash) }
    if let key { keys.insert(key, for: secretHash, seenAt: state) }
    return key
  }
}
