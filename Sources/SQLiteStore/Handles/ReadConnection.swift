import Glibc
import Ledger
import Promotions
import Scrip

/// A read-only connection that keeps its snapshot between reads for as long as it shows the newest state.
///
/// `@unchecked Sendable`: the pool hands it to one thread at a time.
final class ReadConnection: StoreReader, @unchecked Sendable {
  private struct Snapshot {
    /// How many transactions this process had committed when it began.
    let commits: UInt64
    let beganAt: Int64
  }

  /// How long a snapshot may hide what another process has written.
  static let snapshotMillisecondsMax: Int64 = 10

  private let connection: SQLiteConnection
  private let cache = SnapshotCache()
  private var snapshot: Snapshot?
  private var lastUsedAt: Int64 = 0
  private var dataVersion: Int64 = -1
  let rows: RowReader

  init(path: String, terms: TermsCache) throws(StoreFailure) {
    connection = try SQLiteConnection(path: path, .readOnly)
    try connection.execute("PRAGMA cache_size = -1024;")
    rows = RowReader(connection: connection, terms: terms, cache: cache)
  }

  /// Whether a snapshot is held, and with it the log's pages.
  var holdsSnapshot: Bool { snapshot != nil }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try rows.load(request, into: &set)
  }

  /// Makes sure that every transaction is seen which was committed before so many commits were counted.
  func refresh(commits: UInt64) throws(StoreFailure) {
    let now = monotonicMilliseconds()
    lastUsedAt = now
    if let snapshot, snapshot.commits == commits,
      now - snapshot.beganAt < ReadConnection.snapshotMillisecondsMax
    {
      return
    }
    try endSnapshot()
    try connection.run("BEGIN")
    // Also what takes the snapshot: BEGIN alone reads nothing.
    let version = try connection.first("PRAGMA data_version") { $0.int64(0) } ?? -1
    if version != dataVersion {
      cache.removeAll()
      dataVersion = version
    }
    snapshot = Snapshot(commits: commits, beganAt: now)
  }

  /// Lets go of the snapshot. What was read stays known until the next one shows a change.
  func endSnapshot() throws(StoreFailure) {
    snapshot = nil
    if connection.isInTransaction { try connection.run("COMMIT") }
  }

  /// Whether nobody has read for so long.
  func isIdle(milliseconds: Int64) -> Bool { monotonicMilliseconds() - lastUsedAt >= milliseconds }
}

/// Milliseconds of a clock that never goes back, exact to a tick of the kernel.
func monotonicMilliseconds() -> Int64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
  return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}
