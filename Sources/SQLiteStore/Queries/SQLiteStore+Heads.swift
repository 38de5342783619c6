import Engine
import Scrip

extension SQLiteStore {
  /// How many heads one page holds.
  static let headsPerPage = 1000

  /// The heads of all streams: each tenant's own, then those of its coupons. The body may use the store.
  public func forEachHead(
    _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    var tenant: Tenant.ID? = Tenant.ID(Int64.min)
    while let last = tenant {
      guard let (next, head) = try tenantHead(after: last) else { return }
      try body(next, .tenant, head)
      try forEachCouponHead(of: next, body)
      tenant = next
    }
  }

  private func forEachCouponHead(
    of tenant: Tenant.ID, _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    var after: Coupon.ID?
    while true {
      let page = try couponHeads(of: tenant, after: after)
      for (id, head) in page { try body(tenant, .coupon(id), head) }
      guard page.count == SQLiteStore.headsPerPage else { return }
      after = page.last?.0
    }
  }

  private func tenantHead(after last: Tenant.ID) throws(StoreFailure) -> (Tenant.ID, StreamHead)? {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.first(
        "SELECT number, head_sequence, head_hash FROM tenant WHERE number > ?1 ORDER BY number LIMIT 1"
      ) {
        $0.bind(last)
      } read: { (row) throws(StoreFailure) in
        (row.tenant(0), StreamHead(sequence: row.int64(1), hash: try row.hash(2)))
      }
    }
  }

  private func couponHeads(
    of tenant: Tenant.ID, after: Coupon.ID?
  ) throws(StoreFailure) -> [(Coupon.ID, StreamHead)] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        SELECT id, head_sequence, head_hash FROM coupon
        WHERE tenant = ?1 AND id > ifnull(?2, x'') ORDER BY id LIMIT ?3
        """
      ) {
        $0.bind(tenant)
        $0.bind(after)
        $0.bind(SQLiteStore.headsPerPage)
      } read: { (row) throws(StoreFailure) in
        (try row.identifier(0), StreamHead(sequence: row.int64(1), hash: try row.hash(2)))
      }
    }
  }
}
