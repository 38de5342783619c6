import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// For how many tenants the last commit is looked up when the store is opened.
  private static let comparedTenantsMax = 1000

  /// Compares the database's clock with the last commit.
  func compareClock() throws(StoreFailure) {
    let tenants = Array(try tenantIDs().suffix(PostgresStore.comparedTenantsMax))
    guard let lastCommit = try lastCommit(of: tenants), let now = clock.now else { return }
    clock.begin(databaseSays: now, lastCommit: lastCommit)
  }

  /// The moment of the last event of some tenants; nil if there is none. What sandboxes do is no measure of real time.
  private func lastCommit(of tenants: [Tenant.ID]) throws(StoreFailure) -> Instant? {
    try query(of: tenants) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(
        """
        SELECT last.at FROM unnest($1) AS wanted (tenant)
        JOIN scrip.tenant ON tenant.tenant = wanted.tenant AND tenant.test_clock IS NULL
        CROSS JOIN LATERAL (
          SELECT position, at FROM scrip.event WHERE event.tenant = wanted.tenant ORDER BY position DESC LIMIT 1
        ) AS last
        ORDER BY last.position DESC LIMIT 1
        """
      ) {
        $0.bind(tenants)
      }
      // A moment that can't be read is its own event's affair, and nothing to compare a clock with.
      return rows.first.flatMap { Instant(exactly: $0.int64(0)) }
    }
  }
}
