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

extension RowReader {
  /// What a buyer has bought before.
  func history(of key: Owned<IdentityKey>) throws(StoreFailure) -> BuyerHistory {
    let paid = try connection.rows(
      """
      SELECT 1 FROM shop_order INDEXED BY shop_order_paid
      WHERE tenant = ?1 AND buyer = ?2 AND state IN (3, 4, 5) LIMIT ?3
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value.stored)
      $0.bind(Customer.orderCountMax)
    } read: { _ in
      true
    }
    let first = try connection.first(
      """
      SELECT created_at FROM shop_order INDEXED BY shop_order_of_buyer
      WHERE tenant = ?1 AND buyer = ?2 ORDER BY created_at LIMIT 1
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value.stored)
    } read: { (row) throws(StoreFailure) in
      try row.instant(0)
    }
    return BuyerHistory(paid: Int64(paid.count), firstAt: first)
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
