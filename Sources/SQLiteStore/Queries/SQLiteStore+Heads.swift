import Digest
import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// How many heads one page holds.
  static let headsPerPage = 1000

  /// The heads of all streams: each tenant's own, then the others. The body may use the store.
  public func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try forEachStoredHead { (stored) throws(StoreFailure) in
      let (stream, head) = try stored.whole()
      try body(stored.tenant, stream, head)
    }
  }

  /// The same, with those that can't be read.
  public func forEachStoredHead(_ body: (StoredHead) throws(StoreFailure) -> Void) throws(StoreFailure) {
    var tenant: Tenant.ID? = Tenant.ID(Int64.min)
    while let last = tenant {
      guard let head = try tenantHead(after: last) else { return }
      try body(head)
      for kind in StreamKind.declared { try forEachHead(of: kind, head.tenant, body) }
      tenant = head.tenant
    }
  }

  private func forEachHead(
    of kind: StreamKind, _ tenant: Tenant.ID, _ body: (StoredHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    guard let statement = StreamStatements.of(kind).heads else { return }
    // By its bytes, since what stands there may be no identifier.
    var after: [UInt8] = []
    while true {
      let page = try heads(statement, of: kind, tenant, after: after)
      for (_, head) in page { try body(head) }
      guard page.count == SQLiteStore.headsPerPage else { return }
      after = page.last?.id ?? []
    }
  }

  private func tenantHead(after last: Tenant.ID) throws(StoreFailure) -> StoredHead? {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.first(
        "SELECT tenant, head_sequence, head_hash FROM tenant WHERE tenant > ?1 ORDER BY tenant LIMIT 1"
      ) {
        $0.bind(last)
      } read: { row in
        StoredHead(
          tenant: row.tenant(0), stream: .tenant, sequence: row.int64(1), hash: Hash256(bytes: row.bytes(2)))
      }
    }
  }

  private func heads(
    _ statement: StatementText, of kind: StreamKind, _ tenant: Tenant.ID, after: [UInt8]
  ) throws(StoreFailure) -> [(id: [UInt8], head: StoredHead)] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(statement) {
        $0.bind(tenant)
        $0.bind(after)
        $0.bind(SQLiteStore.headsPerPage)
      } read: { row in
        (
          row.bytes(0),
          StoredHead(
            tenant: tenant, stream: row.uuid(0).map { StreamID(kind, $0) }, sequence: row.int64(1),
            hash: Hash256(bytes: row.bytes(2)))
        )
      }
    }
  }
}
