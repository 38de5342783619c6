import Glibc
import Ledger
import Promotions

/// How long a migration waits for others.
struct MigrationPatience: Sendable {
  /// How long another migration may go on, in seconds.
  var migratorSeconds = 60
  /// How long a statement may wait for a lock, in milliseconds. Short, because everybody else queues behind it.
  var lockMilliseconds = 2000
  /// How often it is tried again when a lock was not to be had.
  var retries = 4
  /// The pause before the first of these, in milliseconds; each next one is twice as long.
  var pauseMilliseconds = 500
}

/// The right to change the schema, which one migrator has at a time: an open transaction that holds an advisory lock.
///
/// The lock lasts as long as the transaction, so it also holds behind a pooler that gives a connection to a client for
/// one transaction only, and it ends with a migrator that dies. A step that can't run in a transaction runs on a second
/// connection meanwhile. Building an index there does not wait for this transaction, because it holds no lock on the
/// table and, once it has let go of it, no snapshot.
struct MigrationLock {
  let connection: PostgresConnection

  /// The database bounds each wait for a lock; this bounds a step on a large table.
  static var deadline: Deadline { .after(milliseconds: 24 * 3_600_000) }

  @discardableResult
  func ask(_ build: (inout Pipeline) -> Void) throws(StoreFailure) -> [ResultRows] {
    try connection.roundTrip(MigrationLock.deadline, build)
  }
}

extension PostgresMigrator {
  /// Runs a body in one transaction as the only migrator, and commits it. A lock that was not to be had is tried for
  /// again, the whole body with it.
  func migrating<Result>(
    _ body: (MigrationLock) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    var pause = patience.pauseMilliseconds
    for attempt in 0... {
      do throws(StoreFailure) {
        return try attemptMigration(body)
      } catch {
        guard error.code == "55P03" else { throw error.explained() }
        guard attempt < patience.retries else { throw error.withAdvice() }
      }
      usleep(UInt32(pause * 1000))
      pause *= 2
    }
    preconditionFailure("the attempts are counted")
  }

  private func attemptMigration<Result>(
    _ body: (MigrationLock) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let lock = MigrationLock(connection: try connect())
    let patienceEnd = Deadline.after(milliseconds: patience.migratorSeconds * 1000)
    while try !lock.take(lockMilliseconds: patience.lockMilliseconds) {
      if patienceEnd.hasPassed {
        throw StoreFailure(
          kind: .unavailable,
          message:
            "another migration has been running for \(patience.migratorSeconds) s: try again when it is done")
      }
      usleep(100_000)
    }
    let result = try body(lock)
    try lock.ask { $0.add("COMMIT") }
    return result
  }
}

extension MigrationLock {
  /// Tries to become the only migrator. Whoever does not leaves no transaction open: its snapshot would be waited for
  /// by an index that the other migrator may be building.
  fileprivate func take(lockMilliseconds: Int) throws(StoreFailure) -> Bool {
    try connection.execute(
      script: """
        BEGIN;
        SET LOCAL client_min_messages = warning;
        SET LOCAL statement_timeout = 0;
        SET LOCAL idle_in_transaction_session_timeout = 0;
        SET LOCAL lock_timeout = \(lockMilliseconds);
        """, MigrationLock.deadline)
    // Each schema has its own: nobody waits for another one's migration.
    let isTaken = try ask {
      $0.add("SELECT pg_try_advisory_xact_lock(hashtextextended('scrip.migration', 0))")
    }[0][0].bool(0)
    if !isTaken { try ask { $0.add("ROLLBACK") } }
    return isTaken
  }

  /// The last query's snapshot stays until another statement is run, and one in the simple protocol leaves none.
  func letGoOfSnapshot() throws(StoreFailure) {
    try connection.execute(script: "SET LOCAL statement_timeout = 0", MigrationLock.deadline)
  }
}

extension StoreFailure {
  fileprivate func withAdvice() -> StoreFailure {
    StoreFailure(
      kind: .unavailable, code: code,
      message: """
        \(message): somebody holds a lock on a table of the schema, and waiting for it would block everybody else. \
        Nothing was changed by this step. Look for long transactions in pg_stat_activity, end them, migrate again
        """, statement: statement)
  }
}
