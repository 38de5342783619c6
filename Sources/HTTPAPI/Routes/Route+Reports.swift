import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let couponReports: [Route] = [
    Route(
      .get, "/v1/coupons/{coupon_id}/stats", .admin,
      Operation(
        id: "getCouponStats", tag: "Reports", summary: "How a coupon was used.",
        successes: [.ok(.output(CouponStatistics.self))]),
      .asking(getStatistics)),
    Route(
      .get, "/v1/coupons/{coupon_id}/billing-stats", .admin,
      Operation(
        id: "getCouponBillingStats", tag: "Reports",
        summary: "What a coupon gave to subscriptions and invoices, some moments behind.",
        successes: [.ok(.output(CouponBillingStatistics.self))]),
      .asking(getBillingStatistics)),
    Route(
      .get, "/v1/coupons/{coupon_id}/events", .admin,
      Operation(
        id: "listCouponEvents", tag: "Reports", summary: "What happened to a coupon, oldest first.",
        query: EventListQuery.self, successes: [.ok(.output(EventPage.self))]),
      .asking(listCouponEvents)),
    Route(
      .get, "/v1/events", .admin,
      Operation(
        id: "listEvents", tag: "Reports",
        summary: "Everything that happened, oldest first; read on with after=next_after.",
        query: EventListQuery.self, successes: [.ok(.output(EventPage.self))]),
      .asking(listEvents)),
    Route(
      .get, "/v1/events/stream", .admin,
      Operation(
        id: "streamEvents", tag: "Reports",
        summary: "Events as they happen, as server-sent events whose data are CloudEvents. It does not end.",
        query: EventStreamQuery.self,
        successes: [
          Operation.Success(
            status: 200, description: "Server-sent events: id is the position, data a CloudEvent.",
            content: [("text/event-stream", nil)], headers: ["Cache-Control"])
        ]),
      .asking(streamEvents)),
  ]

  static let tidying: [Route] = [
    Route(
      .get, "/v1/stuck-locks", .admin,
      Operation(
        id: "listStuckLocks", tag: "Reports",
        summary: "Locks that should be given back and can't be, as far as this node has tried.",
        successes: [.ok(.output(StuckLockList.self))]),
      .asking { exchange async throws(Problem) in
        .json(
          form: StuckLockList(
            data: exchange.engine.committer.tidier.stuckLocks(of: exchange.tenant).map(ShownStuckLock.init)))
      })
  ]

  @Sendable private static func getStatistics(_ exchange: Exchange) async throws(Problem) -> Reply {
    let couponID = try await exchange.couponID()
    let tenant = exchange.tenant
    let statistics = try await exchange.query { (store) throws(StoreFailure) in
      try store.statistics(of: couponID, tenant: tenant)
    }
    return .json(form: statistics)
  }

  @Sendable private static func getBillingStatistics(_ exchange: Exchange) async throws(Problem) -> Reply {
    let couponID = try await exchange.couponID()
    let key = Owned(exchange.tenant, couponID)
    let found = try await exchange.query { (store) throws(StoreFailure) in
      try store.find(BillingOfCoupon(of: key))
    }
    let coupon = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.coupon(couponID, tenant: exchange.tenant)
    }
    return .json(
      form: CouponBillingStatistics(
        cadence: coupon?.terms.billing?.cadence, perCurrency: found.map { .init($0) }))
  }

  @Sendable private static func listCouponEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: .coupon(exchange.couponID()))
  }

  @Sendable private static func streamEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: EventStreamQuery.self)
    let tenant = exchange.tenant
    let known = try exchange.header(RequestHeaders.lastEventID) ?? query.after
    let last = try await exchange.query { (store) throws(StoreFailure) in
      try store.find(LastPosition(of: tenant))
    }
    // Behind the log's end there is nothing to miss: what comes next is what happens next.
    let start = min(known ?? last, last)
    return try EventStream(exchange, types: query.types, after: start).reply
  }

  @Sendable private static func listEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: nil)
  }
}

extension Exchange {
  /// A page of what happened, to everything or to one thing.
  func events(of stream: StreamID?) async throws(Problem) -> Reply {
    let query = try query(as: EventListQuery.self)
    let filter = EventFilter(
      tenant: tenant, stream: stream, after: query.after, limit: Int(query.limit) + 1,
      bytes: PageLimit.bytesMax)
    let found = try await self.query { (store) throws(StoreFailure) in try store.shownEvents(filter) }
    let bytes = found.reduce(0) { $0 + $1.storedBytes }
    let page = Page(found, limit: query.limit, isCut: bytes >= filter.bytes)
    return .json(
      form: EventPage(
        data: Array(page.entries), hasMore: page.hasMore,
        nextAfter: page.entries.last?.position ?? query.after))
  }
}

/// The page of events that is asked for.
struct EventListQuery: QueryForm {
  static let formName = "EventListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var after: Int64
  var limit: Int64

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let after = walk.member(
      "after", query?.after, else: 0, .integer(0, to: .max), "Only behind this position.")
    let limit = walk.member("limit", query?.limit, else: 100, .integer(1, to: 1000), "Page size.")
    guard let after, let limit else { return nil }
    return EventListQuery(after: after, limit: limit)
  }
}
