import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of orders that are kept here, newest first.
  func orders(_ filter: OrderFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Order] {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(filter.limit) { (last: Order?, limit) throws(StoreFailure) in
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
  ) throws(StoreFailure) -> [Order?] {
    try found(filter, tenant).map { (row) throws(StoreFailure) in
      let id: Order.ID = try row.identifier(1)
      return try unreadable.read("order", id.description, of: tenant) { () throws(StoreFailure) in
        try row.row(OrderRow.self).row.order
      }
    }
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

  /// Binds `$1` to `$4`.
  private static func bind(_ filter: OrderFilter, _ tenant: Tenant.ID, to parameters: inout Parameters) {
    let after = filter.after ?? .last
    parameters.bind(tenant)
    parameters.bind(after.createdAt)
    parameters.bind(after.id)
    parameters.bind(filter.limit)
  }

  private static let everyOrder = StatementText(
    made: """
      SELECT \(PostgresTable.columns(OrderRow.self, of: "o")) FROM scrip.shop_order AS o
      WHERE o.tenant = $1 AND (o.created_at, o.id) < ($2, $3)
      ORDER BY o.created_at DESC, o.id DESC LIMIT $4
      """)

  private static let ordersByState = StatementText(
    made: """
      SELECT \(PostgresTable.columns(OrderRow.self, of: "o")) FROM scrip.shop_order AS o
      WHERE o.tenant = $1 AND o.state = $5 AND (o.created_at, o.id) < ($2, $3)
      ORDER BY o.created_at DESC, o.id DESC LIMIT $4
      """)

  private static let ordersOfBuyer = StatementText(
    made: """
      SELECT \(PostgresTable.columns(OrderRow.self, of: "o")) FROM scrip.shop_order AS o
      WHERE o.tenant = $1 AND o.buyer = $5 AND (o.created_at, o.id) < ($2, $3)
        AND CASE WHEN $6 IS NULL THEN true ELSE o.state = $6 END
      ORDER BY o.created_at DESC, o.id DESC LIMIT $4
      """)
}
