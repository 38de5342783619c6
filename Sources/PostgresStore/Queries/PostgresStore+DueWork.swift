import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of a tenant's work in the order of its keys.
  func dueWork(_ search: DueWorkOfTenant) throws(StoreFailure) -> [DueEntry] {
    let now = now
    return try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows(
        """
        SELECT tenant, kind, key, due_at, coalesce(attempt, 0), try_at, lease_holder, parked_at, reason
        FROM scrip.due_work WHERE tenant = $1 AND (kind, key) > ($2, $3) AND (NOT $4 OR parked_at IS NOT NULL)
        ORDER BY kind, key LIMIT $5
        """
      ) {
        $0.bind(search.tenant)
        $0.bind(search.after?.kind ?? "")
        $0.bind(search.after?.name ?? "")
        $0.bind(search.isParked)
        $0.bind(search.limit)
      }.map { (row) throws(StoreFailure) in
        DueEntry(
          key: Owned(row.tenant(0), DueKey(row.name(1), row.name(2))), dueAt: try row.instant(3),
          attempts: row.int64(4), tryAt: row.isNull(5) ? nil : try row.instant(5),
          holder: try row.optionalIdentifier(6), parkedAt: row.isNull(7) ? nil : try row.instant(7),
          reason: row.optionalText(8), now: now)
      }
    }
  }

  /// How much work stands how.
  func dueCounts(at moment: Instant) throws(StoreFailure) -> DueCounts.Numbers {
    try query(of: []) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows("SELECT due, leased, parked FROM scrip.count_due_work($1)") {
        $0.bind(moment)
      }
      guard let row = rows.first else { throw .corrupt("the numbers of due work") }
      return DueCounts.Numbers(
        due: Int(row.int64(0)), leased: Int(row.int64(1)), parked: Int(row.int64(2)))
    }
  }

  /// When work of some kinds can be claimed next.
  func nextDue(_ kinds: [DueWork.Kind]) throws(StoreFailure) -> Instant? {
    try query(of: []) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows("SELECT scrip.next_due_work($1)") { $0.bind(kinds) }
      guard let row = rows.first, !row.isNull(0) else { return nil }
      return try row.instant(0)
    }
  }
}
