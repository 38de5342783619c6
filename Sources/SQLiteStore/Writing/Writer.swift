import Dispatch
import Ledger
import Promotions
import Scrip
import Synchronization

/// The writing connection: transactions one after the other, and checkpoints between them.
///
/// `@unchecked Sendable`: the connection is used by whoever holds the gate.
final class Writer: @unchecked Sendable {
  /// Pages in the log, of 4 KiB each, after which it is copied into the database and begun anew.
  static let checkpointPages = 4000
  /// Pages after which that is tried again if a reader stood in the way.
  private static let retryPages = 1000
  /// How long new reads are held back for those under way, so that the log can be begun anew.
  private static let patienceMilliseconds = 20
  /// The same once the log is longer than `longLogBytes`: then its length matters more.
  private static let lastPatienceMilliseconds = 1000
  /// Four times what the log should have.
  static let longLogBytes: Int64 = 64 << 20

  private let path: String
  private let gate = DispatchSemaphore(value: 1)
  private let connection: SQLiteConnection
  private let terms: TermsCache
  private let keys: AccessKeyCache
  private let pool: ReaderPool
  private let clock: @Sendable () -> Instant
  private let clockGuard: ClockGuard
  private let enforcesLimits: Bool
  private var pagesSinceCheckpoint = 0
  private let commitCount = Atomic<UInt64>(0)
  private let lastCheckpointFailure = Mutex<StoreFailure?>(nil)
  private let checkpointFailureCount = Atomic<Int>(0)
  private let wasHeldUp = Atomic<Bool>(false)

  init(
    path: String, purpose: SQLiteStore.Purpose, terms: TermsCache, keys: AccessKeyCache,
    pool: ReaderPool,
    clock: @escaping @Sendable () -> Instant, tolerance: ClockTolerance, migrates: Bool
  ) throws(StoreFailure) {
    try DatabaseFile.prepare(path)
    let connection = try SQLiteConnection(path: path, .readWrite)
    try connection.execute(
      """
      PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = 20971520;
      PRAGMA cache_size = -8192;
      PRAGMA recursive_triggers = ON;
      PRAGMA secure_delete = ON;
      """)
    switch purpose {
    case .live:
      try connection.execute("PRAGMA synchronous = FULL;")
      enforcesLimits = true
    case .scratch:
      try connection.execute("PRAGMA synchronous = OFF;")
      enforcesLimits = false
    }
    let migrator = SQLiteMigrator(connection: connection, clock: clock)
    if migrates { try migrator.up() }
    try migrator.requireCurrent()
    // What sandboxes do is no measure of real time; those many in a row are enough to look through.
    let lastEvent = try connection.first(
      """
      SELECT at, position = (SELECT max(position) FROM event)
      FROM (SELECT tenant, position, at FROM event ORDER BY position DESC LIMIT 1000) AS last
      WHERE NOT EXISTS (SELECT 1 FROM tenant WHERE tenant = last.tenant AND test_clock IS NOT NULL)
      ORDER BY position DESC LIMIT 1
      """
    ) {
      // A moment that can't be read is its own event's affair, and nothing to compare a clock with.
      (at: Instant(exactly: $0.int64(0)), isLatest: $0.bool(1))
    }
    clockGuard = ClockGuard(tolerance)
    if let lastEvent, let at = lastEvent.at {
      clockGuard.begin(clock(), lastCommit: at, isLatest: lastEvent.isLatest)
    }
    self.path = path
    self.connection = connection
    self.terms = terms
    self.keys = keys
    self.pool = pool
    self.clock = clock
    // What a process that was killed left behind is shortened by the first transaction.
    if DatabaseFile.logBytes(of: path) >= Int64(Writer.checkpointPages) * 4096 {
      pagesSinceCheckpoint = Writer.checkpointPages
    }
  }

  /// How many transactions this process has committed: raised after each commit, before it is acknowledged.
  var commits: UInt64 { commitCount.load(ordering: .acquiring) }

  /// The moment that reads are judged at: never before the last transaction's.
  var readingMoment: Instant { clockGuard.readingMoment(clock()) }

  /// Why the clock is not believed.
  var clockFailure: StoreFailure? { clockGuard.failure }

  var checkpointFailure: StoreFailure? { lastCheckpointFailure.withLock { $0 } }

  /// Whether the last attempt to shorten the log found a reader in the way.
  var isHeldUp: Bool { wasHeldUp.load(ordering: .relaxed) }

  var checkpointFailures: Int { checkpointFailureCount.load(ordering: .relaxed) }

  /// - Parameter waitsForDisk: whether what was committed has to outlast a loss of power at once, and not only together with
  ///   the next transaction that has to.
  func transaction<Result>(
    waitsForDisk: Bool = true, _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try exclusively { (connection) throws(StoreFailure) in
      let isEased = !waitsForDisk && enforcesLimits
      if isEased { try connection.execute("PRAGMA synchronous = NORMAL") }
      defer { if isEased { restoreSynchronous() } }
      var changesAccess = false
      // Also if nobody knows whether it was committed.
      defer { if changesAccess { keys.removeAll() } }
      let result = try connection.immediately { () throws(StoreFailure) -> Result in
        let now = try clockGuard.moment(clock())
        let transaction = WriteTransaction(
          connection: connection, terms: terms, now: now, enforcesLimits: enforcesLimits)
        defer { changesAccess = transaction.changesAccess }
        return try body(transaction)
      }
      commitCount.add(1, ordering: .acquiringAndReleasing)
      pagesSinceCheckpoint += connection.pagesWritten()
      if pagesSinceCheckpoint >= Writer.checkpointPages { tryCheckpoint(.begunAnew) }
      return result
    }
  }

  /// A connection that can't be told to wait for the disk again had better not be used at all.
  private func restoreSynchronous() {
    do throws(StoreFailure) { try connection.execute("PRAGMA synchronous = FULL") } catch {
      preconditionFailure("the database does not wait for the disk any more: \(error)")
    }
  }

  /// Lends the writing connection outside of a transaction; whatever it commits is seen by reads that follow.
  func exclusively<Result>(
    _ body: (SQLiteConnection) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    gate.wait()
    defer { gate.signal() }
    return try body(connection)
  }

  /// Tells reads that something was committed outside of `transaction`.
  func noteCommit() {
    commitCount.add(1, ordering: .acquiringAndReleasing)
    keys.removeAll()
  }

  /// Copies the log into the database and empties it: what was deleted from the database is then in neither.
  func checkpoint() {
    gate.wait()
    defer { gate.signal() }
    tryCheckpoint(.emptied)
  }

  /// What was committed stays committed if this fails: the log is only longer than it need be.
  private func tryCheckpoint(_ end: SQLiteConnection.LogEnd) {
    do throws(StoreFailure) {
      let isShortened = try shortenLog(end)
      pagesSinceCheckpoint = isShortened ? 0 : Writer.checkpointPages - Writer.retryPages
      wasHeldUp.store(!isShortened, ordering: .relaxed)
      if !isShortened { checkpointFailureCount.add(1, ordering: .relaxed) }
      lastCheckpointFailure.withLock { $0 = nil }
    } catch {
      pagesSinceCheckpoint = 0
      checkpointFailureCount.add(1, ordering: .relaxed)
      lastCheckpointFailure.withLock { $0 = error }
    }
  }

  /// Copies the log into the database and ends it; false if a reader stood in the way.
  ///
  /// SQLite begins the log anew only while nobody reads from it, and under steady reads somebody always does: hence the
  /// short pauses. Reads that begin when all of the log was copied read from the database alone and are in nobody's way,
  /// so the copying itself, with its syncs, holds no read up. In the first pass older snapshots may hide the log's end
  /// from the copy; they are gone in the second one, since nothing is written meanwhile.
  private func shortenLog(_ end: SQLiteConnection.LogEnd) throws(StoreFailure) -> Bool {
    let patience =
      DatabaseFile.logBytes(of: path) > Writer.longLogBytes
      ? Writer.lastPatienceMilliseconds : Writer.patienceMilliseconds
    for _ in 0..<2 {
      let isCopied = try connection.checkpoint()
      let isRestarted = try pool.withoutSnapshots(withinMilliseconds: patience) {
        () throws(StoreFailure) -> Bool in
        if isCopied { return try connection.endLog(end) }
        return false
      }
      guard let isRestarted else { return false }
      if isRestarted { return true }
    }
    return false
  }
}
