import Digest
import Ledger
import Promotions
import Scrip

extension PostgresStore {
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
    var last = Owned(Tenant.ID(Int64.min), StreamID.tenant)
    while true {
      let page = try heads(after: last)
      for (_, head) in page { try body(head) }
      guard page.count == PostgresStore.headsPerPage, let end = page.last else { return }
      last = end.stream
    }
  }

  private func heads(
    after last: Owned<StreamID>
  ) throws(StoreFailure) -> [(stream: Owned<StreamID>, head: StoredHead)] {
    try queryEveryTenant { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(StreamStatements.heads) {
        $0.bind(last.tenant)
        $0.bind(last.value)
        $0.bind(PostgresStore.headsPerPage)
      }
      return try rows.map { (row) throws(StoreFailure) in
        let (tenant, stream) = (row.tenant(0), try row.stream(1, kind: 2))
        return (
          Owned(tenant, stream),
          StoredHead(
            tenant: tenant, stream: stream, sequence: row.int64(3), hash: Hash256(bytes: row.bytes(4)))
        )
      }
    }
  }
}
