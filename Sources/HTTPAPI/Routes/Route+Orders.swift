import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let order = PathParameter<OrderID>(
    "order_id",
    { text in
      guard let text = HTTPRequest.decodedSegment(text), (1...200).contains(text.unicodeScalars.count),
        !text.unicodeScalars.contains("\0")
      else { return nil }
      return OrderID(text)
    }, else: Problem(.notFound(.order), "There is no order of this name."),
    { NameForm<Named.Order>.name(OrderID.self).schema(&$0) })
}

extension Route {
  static let orders: [Route] = [
    Route(
      .post, "/v1/orders", .servers,
      Operation(
        id: "createOrder", tag: "Orders",
        summary: "Make an order that is kept here: price its cart and hold its codes' coupons.",
        body: .required(.input(OrderRequest.self)),
        successes: [
          .created(.output(Order.self), headers: ["ETag", "Location"]),
          .ok(.output(Order.self), headers: ["ETag"]),
        ], problems: [409]),
      .deciding(createOrder)),
    Route(
      .get, "/v1/orders", .servers,
      Operation(
        id: "listOrders", tag: "Orders", summary: "Orders that are kept here, newest first.",
        query: OrderListQuery.self, successes: [.ok(.page(of: Order.self))]),
      .asking(listOrders)),
    Route(
      .get, "/v1/orders/{order_id}", .servers,
      Operation(
        id: "getOrder", tag: "Orders", summary: "An order that is kept here.",
        successes: [.ok(.output(Order.self), headers: ["ETag"])]),
      .asking(getOrder)),
    Route(
      .get, "/v1/orders/{order_id}/events", .servers,
      Operation(
        id: "listOrderEvents", tag: "Orders", summary: "What happened to an order, oldest first.",
        query: EventListQuery.self, successes: [.ok(.output(EventPage.self))]),
      .asking(listOrderEvents)),
  ]

  @Sendable private static func createOrder(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(OrderRequest.self)
    var persons = exchange.persons()
    let customer = persons.buyer(request.customer)
    var action = CreateOrder(
      orderID: request.id, codes: request.codes, customer: customer,
      cart: request.cart, locale: request.locale, isReachable: request.customer?.contact != nil,
      metadata: request.metadata,
      expectedTotal: request.expectedTotal, lockSeconds: request.lockSeconds,
      isAllOrNothing: request.isAllOrNothing)
    if !action.codes.isEmpty { action.screening = await exchange.screening(customer, action.codes) }
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func listOrders(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: OrderListQuery.self)
    var persons = exchange.persons()
    let filter = OrderFilter(
      state: query.state, userID: query.userID.map { persons.pseudonym(of: $0) }, after: query.after,
      limit: Int(query.limit) + 1)
    let question = OrderSearch(filter, of: exchange.tenant)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(
      try await exchange.naming(found.entries, knowing: persons), limit: query.limit, isCut: found.isCut)
    return .json(page.json(cursor: { OrderFilter.Place(of: $0).cursor }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getOrder(_ exchange: Exchange) async throws(Problem) -> Reply {
    let order = try await exchange.order()
    return .json(try await exchange.naming(order).json, headers: [("ETag", "\"v\(order.version)\"")])
  }

  @Sendable private static func listOrderEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: .order(exchange.order().id))
  }
}

extension Exchange {
  /// The order in the path.
  fileprivate func order() async throws(Problem) -> Order {
    let id = try path(PathParameters.order)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.keptOrder(id, tenant: tenant)
    }
    guard let row else { throw PathParameters.order.problem() }
    return row.order
  }
}

/// The page of orders that is asked for.
private struct OrderListQuery: QueryForm {
  static let formName = "OrderListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var state: OrderState?
  var userID: UserID?
  var limit: Int64
  var after: OrderFilter.Place?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let state = walk.optional("state", query?.state, .choice(named: "OrderState"), "Only in this state.")
    let userID = walk.optional("user_id", query?.userID, .visibleName(UserID.self), "Only of this user.")
    let limit = walk.member("limit", query?.limit, else: 20, .integer(1, to: 100), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .orderPlace(), "The next_cursor of an earlier page.")
    guard let state, let userID, let limit, let after else { return nil }
    return OrderListQuery(state: state, userID: userID, limit: limit, after: after)
  }
}

extension ValueForm where Self == CursorForm<OrderFilter.Place> {
  /// A place in a list of orders.
  fileprivate static func orderPlace() -> Self { CursorForm({ OrderFilter.Place(cursor: $0) }, \.cursor) }
}

extension OrderFilter.Place {
  /// The moment in microseconds, and the identifier.
  fileprivate var cursor: String { "\(createdAt.microseconds) \(id)" }

  fileprivate init?(cursor: String) {
    let parts = cursor.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let microseconds = Int64(parts[0]), let id = Order.ID(String(parts[1])),
      (Instant.earliest.microseconds...Instant.latest.microseconds).contains(microseconds)
    else { return nil }
    self.init(createdAt: Instant(microseconds: microseconds), id: id)
  }
}
