import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// The oldest transaction that has taken positions in the log and is not over; the highest number if there is none,
  /// zero if that can't be told.
  ///
  /// Whoever inserts into the log locks the table first, then takes a position, and keeps the lock until what it wrote is
  /// visible or gone. So of the events that come before one that was visible before this call, those that a read after
  /// it does not show belong to a transaction that had the lock.
  func oldestEventWriter(of tenant: Tenant.ID?) throws(StoreFailure) -> Int64 {
    try query(of: tenant.map { [$0] }) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(
        """
        WITH held AS MATERIALIZED (SELECT * FROM pg_locks WHERE granted)
        SELECT own.transactionid::text::bigint, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
          pg_is_in_recovery()
        FROM (VALUES (true)) AS always LEFT JOIN held AS writing
          ON writing.locktype = 'relation' AND writing.relation = 'scrip.event'::regclass
          AND writing.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND writing.mode = 'RowExclusiveLock'
        LEFT JOIN held AS own ON own.virtualtransaction = writing.virtualtransaction
          AND own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock'
        WHERE writing.virtualtransaction IS NOT NULL OR pg_is_in_recovery()
        """)
      return rows.map(PostgresStore.number).min() ?? Int64.max
    }
  }

  /// A transaction's number with the rounds that its 32 bits in a lock have gone through; zero for one that has none yet.
  /// A server that only repeats what another one does knows nothing of that one's locks.
  private static func number(_ row: ResultRow) -> Int64 {
    guard let number = row.optionalInt64(0), !row.bool(2) else { return 0 }
    let reference = row.int64(1)
    let distance = Int32(truncatingIfNeeded: number &- reference)
    return reference + Int64(distance)
  }
}
