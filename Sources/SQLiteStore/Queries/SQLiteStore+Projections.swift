import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// The tenants of which a projection has not read all events, by number. One look into the index for each tenant.
  func tenants(_ question: TenantsBehind) throws(StoreFailure) -> [Tenant.ID] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        SELECT tenant FROM tenant AS t
        WHERE EXISTS (
          SELECT 1 FROM event INDEXED BY event_of_tenant
          WHERE event.tenant = t.tenant AND event.position > ifnull((
            SELECT position FROM projection WHERE tenant = t.tenant AND name = ?1 AND version >= ?2), 0))
        ORDER BY tenant
        """
      ) {
        $0.bind(question.name.text)
        $0.bind(question.version)
      } read: {
        $0.tenant(0)
      }
    }
  }

  /// The last position of a tenant's events, from the index's end.
  func lastPosition(of tenant: Tenant.ID) throws(StoreFailure) -> Int64 {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.first(
        "SELECT max(position) FROM event INDEXED BY event_of_tenant WHERE tenant = ?1"
      ) {
        $0.bind(tenant)
      } read: {
        $0.isNull(0) ? 0 : $0.int64(0)
      } ?? 0
    }
  }

  private static let cursors = StatementText(
    made: "SELECT \(SQLiteTable.columns(ProjectionCursor.self)) FROM projection ORDER BY tenant, name")

  /// How far projections have read, of every tenant.
  func projectionCursors() throws(StoreFailure) -> ProjectionCursors.Found {
    let found = try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(SQLiteStore.cursors) { (row) throws(StoreFailure) in
        try row.row(ProjectionCursor.self)
      }
    }
    return Dictionary(uniqueKeysWithValues: found.map { ($0.key, $0.row) })
  }
}
