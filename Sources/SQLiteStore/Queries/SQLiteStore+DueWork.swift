import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of a tenant's work in the order of its keys.
  func dueWork(_ search: DueWorkOfTenant) throws(StoreFailure) -> [DueEntry] {
    let now = now
    return try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        SELECT tenant, kind, key, due_at, coalesce(attempt, 0), try_at, lease_holder, parked_at, reason FROM due_work
        WHERE tenant = ?1 AND (kind, key) > (?2, ?3) AND (NOT ?4 OR parked_at IS NOT NULL)
        ORDER BY kind, key LIMIT ?5
        """
      ) {
        $0.bind(search.tenant)
        $0.bind(search.after?.kind ?? "")
        $0.bind(search.after?.name ?? "")
        $0.bind(search.isParked)
        $0.bind(search.limit)
      } read: { (row) throws(StoreFailure) in
        DueEntry(
          key: Owned(row.tenant(0), DueKey(row.name(1), row.name(2))), dueAt: try row.instant(3),
          attempts: row.int64(4), tryAt: row.isNull(5) ? nil : try row.instant(5),
          holder: row.readableIdentifier(6), parkedAt: row.isNull(7) ? nil : try row.instant(7),
          reason: row.optionalText(8), now: now)
      }
    }
  }

  /// How much work stands how.
  func dueCounts(at moment: Instant) throws(StoreFailure) -> DueCounts.Numbers {
    try query { (rows) throws(StoreFailure) in
      let due = try rows.connection.first(
        """
        SELECT (
          SELECT count(*) FROM due_work INDEXED BY due_work_open
          WHERE parked_at IS NULL AND max(coalesce(try_at, due_at), due_at) <= ?1
            AND NOT (is_told AND tenant IN (SELECT tenant FROM tenant WHERE test_clock IS NOT NULL))
        ) + (
          SELECT count(*) FROM tenant INDEXED BY tenant_with_clock
          CROSS JOIN due_work ON due_work.tenant = tenant.tenant
          WHERE test_clock IS NOT NULL AND is_told AND parked_at IS NULL AND due_at <= test_clock
            AND coalesce(try_at, ?1) <= ?1
        )
        """
      ) {
        $0.bind(moment)
      } read: {
        Int($0.int64(0))
      }
      let held = try rows.connection.first(
        """
        SELECT count(*) FILTER (WHERE parked_at IS NULL AND try_at > ?1), count(parked_at)
        FROM due_work INDEXED BY due_work_held WHERE parked_at IS NOT NULL OR lease_holder IS NOT NULL
        """
      ) {
        $0.bind(moment)
      } read: {
        (leased: Int($0.int64(0)), parked: Int($0.int64(1)))
      }
      return DueCounts.Numbers(due: due ?? 0, leased: held?.leased ?? 0, parked: held?.parked ?? 0)
    }
  }

  /// When work of some kinds can be claimed next.
  func nextDue(_ kinds: [DueWork.Kind]) throws(StoreFailure) -> Instant? {
    try query { (rows) throws(StoreFailure) in
      var next: Instant?
      for kind in kinds {
        let found = try rows.connection.first(
          """
          SELECT at FROM (
            SELECT max(coalesce(try_at, due_at), due_at) AS at FROM due_work INDEXED BY due_work_open
            WHERE parked_at IS NULL AND kind = ?1
              AND NOT (is_told AND tenant IN (SELECT tenant FROM tenant WHERE test_clock IS NOT NULL))
            ORDER BY max(coalesce(try_at, due_at), due_at) LIMIT 1)
          UNION ALL
          SELECT at FROM (
            SELECT coalesce(try_at, 0) AS at FROM tenant INDEXED BY tenant_with_clock
            CROSS JOIN due_work ON due_work.tenant = tenant.tenant
            WHERE test_clock IS NOT NULL AND kind = ?1 AND is_told AND parked_at IS NULL AND due_at <= test_clock
            ORDER BY coalesce(try_at, 0) LIMIT 1)
          ORDER BY at LIMIT 1
          """
        ) {
          $0.bind(kind)
        } read: { (row) throws(StoreFailure) in
          try row.instant(0)
        }
        next = [next, found].compactMap { $0 }.min()
      }
      return next
    }
  }
}
