import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// For how many tenants the last commit is looked up when the store is opened.
  private static let comparedTenantsMax = 1000

  /// Compares the database's clock with the last commit.
  func compareClock() throws(StoreFailure) {
    let tenants = Array(try tenantIDs().suffix(PostgresStore.comparedTenantsMax))
    guard let last = try lastCommit(of: tenants), let now = clock.now else { return }
    clock.begin(databaseSays: now, lastCommit: last.at, isLatest: last.isLatest)
  }

  /// The moment of the last event of some tenants that live in real time, and whether no sandbox has one after it; nil if
  /// there is none.
  private func lastCommit(of tenants: [Tenant.ID]) throws(StoreFailure) -> (at: Instant, isLatest: Bool)? {
    try query(of: tenants) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(
        """
        SELECT last.at, tenant.test_clock IS NOT NULL FROM unnest($1) AS wanted (tenant)
        JOIN scrip.tenant ON tenant.tenant = wanted.tenant
        CROSS JOIN LATERAL (
          SELECT position, at FROM scrip.event WHERE event.tenant = wanted.tenant ORDER BY position DESC LIMIT 1
        ) AS last
        ORDER BY last.position DESC
        """
      ) {
        $0.bind(tenants)
      }
      var isLatest = true
      for row in rows {
        // A moment that can't be read is its own event's affair, and nothing to compare a clock with.
        if !row.bool(1) { return Instant(exactly: row.int64(0)).map { ($0, isLatest) } }
        isLatest = false
      }
      return nil
    }
  }
}
