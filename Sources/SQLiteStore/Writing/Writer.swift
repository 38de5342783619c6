import Dispatch
import Engine
import Scrip
import Synchronization

/// The writing connection: transactions one after the other, and checkpoints between them.
///
/// `@unchecked Sendable`: the connection is used by whoever holds the gate.
final class Writer: @unchecked Sendable {
  /// Pages in the log, of 4 KiB each, after which it is copied into the database.
  static let checkpointPages = 4000

  private let gate = DispatchSemaphore(value: 1)
  private let connection: Connection
  private let terms: TermsCache
  private let pool: ReaderPool
  private let clock: @Sendable () -> Instant
  private let enforcesLimits: Bool
  private var pagesSinceCheckpoint = 0
  private let commitCount = Atomic<UInt64>(0)
  private let lastNowMicroseconds: Atomic<Int64>
  private let lastCheckpointFailure = Mutex<StoreFailure?>(nil)

  init(
    path: String, purpose: SQLiteStore.Purpose, terms: TermsCache, pool: ReaderPool,
    clock: @escaping @Sendable () -> Instant, migrates: Bool
  ) throws(StoreFailure) {
    try DatabaseFile.prepare(path)
    let connection = try Connection(path: path, .readWrite)
    try connection.execute(
      """
      PRAGMA journal_mode = WAL;
      PRAGMA wal_autocheckpoint = 0;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -8192;
      PRAGMA recursive_triggers = ON;
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
    let lastEvent = try connection.first("SELECT at FROM event ORDER BY position DESC LIMIT 1") {
      $0.int64(0)
    }
    lastNowMicroseconds = Atomic(lastEvent ?? Int64.min)
    self.connection = connection
    self.terms = terms
    self.pool = pool
    self.clock = clock
  }

  /// How many transactions this process has committed: raised after each commit, before it is acknowledged.
  var commits: UInt64 { commitCount.load(ordering: .acquiring) }

  /// The last transaction's moment.
  var lastNow: Instant { Instant(microseconds: lastNowMicroseconds.load(ordering: .relaxed)) }

  var checkpointFailure: StoreFailure? { lastCheckpointFailure.withLock { $0 } }

  func transaction<Result>(
    _ body: (any StoreTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try exclusively { (connection) throws(StoreFailure) in
      let result = try connection.immediately { () throws(StoreFailure) -> Result in
        let now = max(clock(), lastNow)
        lastNowMicroseconds.store(now.microseconds, ordering: .relaxed)
        return try body(
          WriteTransaction(connection: connection, terms: terms, now: now, enforcesLimits: enforcesLimits))
      }
      commitCount.add(1, ordering: .acquiringAndReleasing)
      pagesSinceCheckpoint += connection.pagesWritten()
      if pagesSinceCheckpoint >= Writer.checkpointPages { tryCheckpoint() }
      return result
    }
  }

  /// Lends the writing connection outside of a transaction; whatever it commits is seen by reads that follow.
  func exclusively<Result>(
    _ body: (Connection) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    gate.wait()
    defer { gate.signal() }
    return try body(connection)
  }

  /// Tells reads that something was committed outside of `transaction`.
  func noteCommit() { commitCount.add(1, ordering: .acquiringAndReleasing) }

  func checkpoint() {
    gate.wait()
    defer { gate.signal() }
    tryCheckpoint()
  }

  /// What was committed stays committed if this fails: the log is only longer than it need be.
  private func tryCheckpoint() {
    do throws(StoreFailure) {
      try pool.releaseIdleSnapshots()
      let isComplete = try connection.checkpoint()
      // A reader was in the way: the next try comes sooner.
      pagesSinceCheckpoint = isComplete ? 0 : Writer.checkpointPages / 2
      lastCheckpointFailure.withLock { $0 = nil }
    } catch {
      pagesSinceCheckpoint = 0
      lastCheckpointFailure.withLock { $0 = error }
    }
  }
}
