import Digest
import Engine
import Scrip

extension PostgresStore {
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
    var last = Owned(Tenant.ID(Int64.min), EventStream.tenant)
    while true {
      let page = try heads(after: last)
      for (_, head) in page { try body(head) }
      guard page.count == PostgresStore.headsPerPage, let end = page.last else { return }
      last = end.stream
    }
  }

  /// A tenant's own stream is the nil UUID, which is before every coupon's.
  private func heads(
    after last: Owned<EventStream>
  ) throws(StoreFailure) -> [(stream: Owned<EventStream>, head: StoredHead)] {
    try queryEveryTenant { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(
        """
        (
          SELECT tenant, '00000000-0000-0000-0000-000000000000'::uuid AS stream, head_sequence, head_hash
          FROM scrip.tenant WHERE tenant > $1 ORDER BY tenant LIMIT $3
        ) UNION ALL (
          SELECT tenant, id, head_sequence, head_hash
          FROM scrip.coupon WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id LIMIT $3
        )
        ORDER BY tenant, stream LIMIT $3
        """
      ) {
        $0.bind(last.tenant)
        $0.bind(last.value)
        $0.bind(PostgresStore.headsPerPage)
      }
      return try rows.map { (row) throws(StoreFailure) in
        let (tenant, stream) = (row.tenant(0), try row.stream(1))
        return (
          Owned(tenant, stream),
          StoredHead(
            tenant: tenant, stream: stream, sequence: row.int64(2), hash: Hash256(bytes: row.bytes(3)))
        )
      }
    }
  }
}
