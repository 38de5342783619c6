import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of orders that are kept here, newest first.
  func orders(_ filter: OrderFilter, of tenant: Tenant.ID) throws(StoreFailure) -> ListPage<Order> {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(upTo: filter.limit) { (last: Order?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last.map { OrderFilter.Place(of: $0) } ?? filter.after
        rest.limit = limit
        return try rows.orders(rest, of: tenant, unreadable)
      }
    }
  }
}

extension RowReader {
  fileprivate func orders(
    _ filter: OrderFilter, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> ListPage<WeighedRow<Order>> {
    let after = filter.after ?? .last
    let found = try connection.rows(
      OrderListStatement.text(for: filter), upTo: filter.limit.bytes, of: OrderListStatement.content
    ) {
      $0.bind(tenant)
      $0.bind(after.createdAt)
      $0.bind(after.id)
      $0.bind(filter.state?.stored)
      $0.bind(filter.buyer?.stored)
      $0.bind(filter.limit.entries)
    } read: { (row) throws(StoreFailure) -> Order? in
      let id: Order.ID? = row.readableIdentifier(1)
      return try unreadable.read("order", id?.description, of: tenant) { () throws(StoreFailure) in
        try row.row(OrderRow.self).row.order
      }
    }
    return ListPage(found.entries.map { WeighedRow($0.row, bytes: $0.bytes) }, isCut: found.isCut)
  }
}

/// The statements that list orders: for each condition that leaves few, the index that finds them in the order of the list.
/// A buyer has few orders, of which the state is looked at row by row.
private enum OrderListStatement {
  static func text(for filter: OrderFilter) -> StatementText {
    if filter.userID != nil { return ofBuyer }
    return filter.state == nil ? all : byState
  }

  /// What is large of an order.
  static let content = SQLiteTable.place(of: "content", in: OrderRow.self)

  private static let all = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(OrderRow.self)) FROM shop_order INDEXED BY shop_order_newest
      WHERE tenant = ?1 AND (created_at, id) < (?2, ?3) AND ?4 IS NULL AND ?5 IS NULL
      ORDER BY created_at DESC, id DESC LIMIT ?6
      """)

  private static let byState = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(OrderRow.self)) FROM shop_order INDEXED BY shop_order_by_state
      WHERE tenant = ?1 AND state = ?4 AND (created_at, id) < (?2, ?3) AND ?5 IS NULL
      ORDER BY created_at DESC, id DESC LIMIT ?6
      """)

  private static let ofBuyer = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(OrderRow.self)) FROM shop_order INDEXED BY shop_order_of_buyer
      WHERE tenant = ?1 AND buyer = ?5 AND (created_at, id) < (?2, ?3) AND (?4 IS NULL OR state = ?4)
      ORDER BY created_at DESC, id DESC LIMIT ?6
      """)
}
