import Digest
import Engine
import Scrip

extension SQLiteStore {
  /// How many heads one page holds.
  static let headsPerPage = 1000

  /// The heads of all streams: each tenant's own, then those of its coupons. The body may use the store.
  public func forEachHead(
    _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
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
      try forEachCouponHead(of: head.tenant, body)
      tenant = head.tenant
    }
  }

  private func forEachCouponHead(
    of tenant: Tenant.ID, _ body: (StoredHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    // By its bytes, since what stands there may be no identifier.
    var after: [UInt8] = []
    while true {
      let page = try couponHeads(of: tenant, after: after)
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

  private func couponHeads(
    of tenant: Tenant.ID, after: [UInt8]
  ) throws(StoreFailure) -> [(id: [UInt8], head: StoredHead)] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        SELECT id, head_sequence, head_hash FROM coupon
        WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3
        """
      ) {
        $0.bind(tenant)
        $0.bind(after)
        $0.bind(SQLiteStore.headsPerPage)
      } read: { row in
        (
          row.bytes(0),
          StoredHead(
            tenant: tenant, stream: row.readableIdentifier(0).map { .coupon($0) }, sequence: row.int64(1),
            hash: Hash256(bytes: row.bytes(2)))
        )
      }
    }
  }
}
