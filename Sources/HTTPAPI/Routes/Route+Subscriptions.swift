import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let subscription = PathParameter<SubscriptionID>.name("subscription_id", notFound: .subscription)
  static let association = PathParameter<Association.ID>.id("association_id", notFound: .associationNotFound)
}

extension PathParameter {
  /// What callers call something.
  static func name<Subject>(_ name: String, notFound kind: StreamKind) -> Self
  where Value == ExactText<Subject> {
    Self(
      name,
      { text in
        guard let text = HTTPRequest.decodedSegment(text), (1...200).contains(text.unicodeScalars.count),
          !text.unicodeScalars.contains("\0"), !text.isBlank
        else { return nil }
        return ExactText(text)
      }, else: Problem(.notFound(kind), "There is no \(kind.name) of this name."),
      { NameForm<Subject>.name(ExactText<Subject>.self).schema(&$0) })
  }
}

extension Route {
  static let subscriptions: [Route] = [
    Route(
      .put, "/v1/subscriptions/{subscription_id}", .servers,
      Operation(
        id: "saveSubscription", tag: "Billing",
        summary: "Tell of a subscription, for the first time or anew. What is old changes nothing.",
        body: .required(.input(Subscription.Content.self)),
        successes: [
          .created(.output(Subscription.self), headers: ["ETag", "Location"]),
          .ok(.output(Subscription.self), headers: ["ETag"]),
        ], problems: [409]),
      .deciding(saveSubscription)),
    Route(
      .get, "/v1/subscriptions", .servers,
      Operation(
        id: "listSubscriptions", tag: "Billing", summary: "Subscriptions, newest first.",
        query: SubscriptionListQuery.self, successes: [.ok(.page(of: Subscription.self))]),
      .asking(listSubscriptions)),
    Route(
      .get, "/v1/subscriptions/{subscription_id}", .servers,
      Operation(
        id: "getSubscription", tag: "Billing", summary: "A subscription with its coupons.",
        successes: [.ok(.output(Subscription.self), headers: ["ETag"])]),
      .asking(getSubscription)),
    Route(
      .get, "/v1/subscriptions/{subscription_id}/events", .servers,
      Operation(
        id: "listSubscriptionEvents", tag: "Billing",
        summary: "What was told of a subscription, oldest first. Its coupons' events tell of those.",
        query: EventListQuery.self, successes: [.ok(.output(EventPage.self))]),
      .asking(listSubscriptionEvents)),
    Route(
      .get, "/v1/subscriptions/{subscription_id}/coupons", .servers,
      Operation(
        id: "listSubscriptionCoupons", tag: "Billing",
        summary: "The coupons that a subscription has and had, in the order in which they were attached.",
        successes: [.ok(.page(of: Association.self))]),
      .asking(listCoupons)),
    Route(
      .post, "/v1/subscriptions/{subscription_id}/coupons", .servers,
      Operation(
        id: "attachCoupon", tag: "Billing",
        summary: "Give a subscription, or one of its line items, a coupon: one use of it for all invoices.",
        body: .required(.input(AttachRequest.self)),
        successes: [
          .created(.output(SubscriptionCoupon.self), headers: ["ETag", "Location"]),
          .ok(.output(SubscriptionCoupon.self), headers: ["ETag"]),
        ], problems: [409]),
      .deciding(attachCoupon)),
    Route(
      .post, "/v1/subscriptions/{subscription_id}/coupons/{association_id}/detach", .servers,
      Operation(
        id: "detachCoupon", tag: "Billing",
        summary: "Take a coupon from a subscription, from the next invoice on.",
        body: .optional(.input(DetachRequest.self)),
        successes: [.ok(.output(SubscriptionCoupon.self), headers: ["ETag"])], problems: [409]),
      .deciding(detachCoupon)),
  ]

  @Sendable private static func saveSubscription(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(naming: PathParameters.subscription)
    var content = try exchange.body(Subscription.Content.self)
    var persons = exchange.persons()
    content.customer = persons.pseudonym(of: content.customer)
    return Reply(
      try await exchange.submit(SaveSubscription(subscriptionID: id, content: content), naming: persons))
  }

  @Sendable private static func listSubscriptions(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: SubscriptionListQuery.self)
    var persons = exchange.persons()
    let customer = query.customer.map { persons.pseudonym(of: $0) }
    let question = LatestRows<SubscriptionRow, SubscriptionSubject>(
      SubscriptionRow.self, of: exchange.tenant,
      where: customer.map { customer in
        RowCondition("customer", customer) { $0.content.value.customer == customer }
      }, after: query.after, limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(
      try await exchange.naming(found.map(\.subscription), knowing: persons), limit: query.limit)
    return .json(
      page.json(
        cursor: {
          LatestRows<SubscriptionRow, SubscriptionSubject>.Place(
            createdAt: $0.createdAt, id: Subscription.ID(of: $0.id)
          ).cursor
        }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getSubscription(_ exchange: Exchange) async throws(Problem) -> Reply {
    let subscription = try await exchange.subscription()
    return .json(
      try await exchange.naming(subscription).json, headers: [("ETag", "\"v\(subscription.version)\"")])
  }

  @Sendable private static func listSubscriptionEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: .subscription(exchange.subscription().id))
  }

  @Sendable private static func listCoupons(_ exchange: Exchange) async throws(Problem) -> Reply {
    .json(form: ListPage(data: try await exchange.subscription().associations, nextCursor: nil))
  }

  @Sendable private static func attachCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.subscription)
    let request = try exchange.body(AttachRequest.self)
    let action = AttachCoupon(
      subscriptionID: id, name: request.name, lineID: request.lineID, phaseID: request.phaseID,
      startsAt: request.startsAt, endsAt: request.endsAt, appliesNow: request.appliesNow,
      priority: request.priority, metadata: request.metadata)
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func detachCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.subscription)
    let association = try exchange.path(PathParameters.association)
    let request = try exchange.optionalBody(DetachRequest.self)
    let action = DetachCoupon(
      subscriptionID: id, associationID: association, givesBack: request.givesBack, reason: request.reason)
    return Reply(try await exchange.submit(action))
  }
}

extension Exchange {
  /// The subscription in the path.
  fileprivate func subscription() async throws(Problem) -> Subscription {
    let id = try path(PathParameters.subscription)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(SubscriptionRow.self, Owned(tenant, Subscription.ID(of: id)))
    }
    guard let row else { throw PathParameters.subscription.problem() }
    return row.subscription
  }
}

/// The page of subscriptions that is asked for.
private struct SubscriptionListQuery: QueryForm {
  static let formName = "SubscriptionListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var customer: UserID?
  var limit: Int64
  var after: LatestRows<SubscriptionRow, SubscriptionSubject>.Place?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let customer = walk.optional(
      "customer_id", query?.customer, .visibleName(UserID.self), "Only of this customer.")
    let limit = walk.member("limit", query?.limit, else: 20, .integer(1, to: 50), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .place(in: SubscriptionRow.self), "The next_cursor of an earlier page.")
    guard let customer, let limit, let after else { return nil }
    return Self(customer: customer, limit: limit, after: after)
  }
}

extension LatestRows.Place {
  /// The moment in microseconds, and the identifier.
  var cursor: String { "\(createdAt.microseconds) \(id)" }

  fileprivate init?(cursor: String) {
    let parts = cursor.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 2, let moment = Int64(parts[0]).flatMap({ Instant(exactly: $0) }),
      let id = Identifier<Subject>(String(parts[1]))
    else { return nil }
    self.init(createdAt: moment, id: id)
  }
}

extension ValueForm {
  /// A place in a list of rows that were made one after the other.
  static func place<Row: DatedRow, Subject: Identified>(in _: Row.Type) -> Self
  where Row.Key == Owned<Identifier<Subject>>, Self == CursorForm<LatestRows<Row, Subject>.Place> {
    CursorForm({ LatestRows<Row, Subject>.Place(cursor: $0) }, \.cursor)
  }
}
