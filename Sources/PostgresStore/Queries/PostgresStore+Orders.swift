import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of orders that are kept here, newest first.
  func orders(_ filter: OrderFilter, of tenant: Tenant.ID) throws(StoreFailure) -> ListPage<Order> {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(upTo: filter.limit) { (last: Order?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last.map { OrderFilter.Place(of: $0) } ?? filter.after
        rest.limit = limit
        return try transaction.orders(rest, of: tenant, unreadable)
      }
    }
  }
}

extension ReadTransaction {
  fileprivate func orders(
    _ filter: OrderFilter, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> ListPage<WeighedRow<Order>> {
    let found = try found(filter, tenant)
    let bytes = PostgresTable.columnCount(OrderRow.self)
    let rows = try found.map { (row) throws(StoreFailure) in
      let id: Order.ID = try row.identifier(1)
      let order = try unreadable.read("order", id.description, of: tenant) { () throws(StoreFailure) in
        try row.row(OrderRow.self).row.order
      }
      return WeighedRow(order, bytes: Int(row.int64(bytes)))
    }
    let all = found.first.map { Int($0.int64(bytes + 1)) } ?? 0
    return ListPage(rows, isCut: rows.count < all)
  }

  /// For each condition that leaves few there is an index in the order of the list. A buyer has few orders, of which the
  /// state is looked at row by row.
  private func found(_ filter: OrderFilter, _ tenant: Tenant.ID) throws(StoreFailure) -> ResultRows {
    if let buyer = filter.buyer {
      return try rows(ReadTransaction.ordersOfBuyer) {
        ReadTransaction.bind(filter, tenant, to: &$0)
        $0.bind(buyer.stored)
        $0.bind(filter.state?.stored)
      }
    }
    guard let state = filter.state else {
      return try rows(ReadTransaction.everyOrder) { ReadTransaction.bind(filter, tenant, to: &$0) }
    }
    return try rows(ReadTransaction.ordersByState) {
      ReadTransaction.bind(filter, tenant, to: &$0)
      $0.bind(state.stored)
    }
  }

  /// Binds `$1` to `$5`.
  private static func bind(_ filter: OrderFilter, _ tenant: Tenant.ID, to parameters: inout Parameters) {
    let after = filter.after ?? .last
    parameters.bind(tenant)
    parameters.bind(after.createdAt)
    parameters.bind(after.id)
    parameters.bind(filter.limit.entries)
    parameters.bind(filter.limit.bytes)
  }

  /// A statement that lists orders that meet a condition. Those behind the page's bytes are counted, and never fetched:
  /// how many bytes a value has is known without it.
  private static func page(_ condition: String) -> StatementText {  // String: SQL of ours
    StatementText(
      made: """
        SELECT \(PostgresTable.columns(OrderRow.self, of: "o")), o.bytes, o.found FROM (
          SELECT o.*, octet_length(o.content)::bigint AS bytes, count(*) OVER () AS found,
            sum(octet_length(o.content)) OVER (ORDER BY o.created_at DESC, o.id DESC) AS bytes_so_far
          FROM (
            SELECT * FROM scrip.shop_order AS o
            WHERE o.tenant = $1 AND (o.created_at, o.id) < ($2, $3) \(condition)
            ORDER BY o.created_at DESC, o.id DESC LIMIT $4) AS o
        ) AS o WHERE o.bytes_so_far - o.bytes < $5 ORDER BY o.created_at DESC, o.id DESC
        """)
  }

  private static let everyOrder = page("")

  private static let ordersByState = page("AND o.state = $6")

  private static let ordersOfBuyer = page(
    "AND o.buyer = $6 AND CASE WHEN $7 IS NULL THEN true ELSE o.state = $7 END")
}
