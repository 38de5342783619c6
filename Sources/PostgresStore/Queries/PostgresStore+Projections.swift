import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// The tenants of which a projection has not read all events, by number.
  func tenants(_ question: TenantsBehind) throws(StoreFailure) -> [Tenant.ID] {
    try query(of: []) { (transaction) throws(StoreFailure) in
      try transaction.rows("SELECT tenant FROM scrip.tenants_behind($1, $2) ORDER BY tenant") {
        $0.bind(question.name.text)
        $0.bind(question.version)
      }.map { $0.tenant(0) }
    }
  }

  /// The last position of a tenant's events that are committed.
  func lastPosition(of tenant: Tenant.ID) throws(StoreFailure) -> Int64 {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows("SELECT coalesce(max(position), 0) FROM scrip.event WHERE tenant = $1") {
        $0.bind(tenant)
      }.map { $0.int64(0) }.first ?? 0
    }
  }

  private static let cursors = StatementText(
    made: "SELECT \(PostgresTable.columns(ProjectionCursor.self, of: "p")) FROM scrip.projection AS p")

  /// How far projections have read, of every tenant.
  func projectionCursors() throws(StoreFailure) -> ProjectionCursors.Found {
    try queryEveryTenant { (transaction) throws(StoreFailure) in
      let found = try transaction.rows(PostgresStore.cursors).map { (row) throws(StoreFailure) in
        try row.row(ProjectionCursor.self)
      }
      return Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.row) })
    }
  }
}
