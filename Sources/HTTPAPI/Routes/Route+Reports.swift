import Engine
import JSON
import Scrip
import Wire

extension Route {
  private static let eventParameters = [
    Operation.Parameter(
      "after", #"{"type":"integer","minimum":0,"default":0}"#, "Only behind this position."),
    Operation.Parameter(
      "limit", #"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#, "Page size."),
  ]

  static let couponReports: [Route] = [
    Route(
      .get, "/v1/coupons/{coupon_id}/stats", .admin,
      Operation(
        id: "getCouponStats", tag: "Reports", summary: "How a coupon was used.",
        successes: [.ok("CouponStats")]),
      .asking(getStatistics)),
    Route(
      .get, "/v1/coupons/{coupon_id}/events", .admin,
      Operation(
        id: "listCouponEvents", tag: "Reports", summary: "What happened to a coupon, oldest first.",
        query: eventParameters, successes: [.ok("EventList")]),
      .asking(listCouponEvents)),
    Route(
      .get, "/v1/events", .admin,
      Operation(
        id: "listEvents", tag: "Reports",
        summary: "Everything that happened, oldest first; read on with after=next_after.",
        query: eventParameters, successes: [.ok("EventList")]),
      .asking(listEvents)),
  ]

  static let tidying: [Route] = [
    Route(
      .get, "/v1/stuck-locks", .admin,
      Operation(
        id: "listStuckLocks", tag: "Reports",
        summary: "Locks that should be given back and can't be, as far as this node has tried.",
        successes: [.ok("StuckLockList")]),
      .asking { exchange async throws(Problem) in
        .json(exchange.engine.committer.tidier.stuckLocks(of: exchange.tenant).json)
      })
  ]

  @Sendable private static func getStatistics(_ exchange: Exchange) async throws(Problem) -> Reply {
    let coupon = try await exchange.coupon()
    let tenant = exchange.tenant
    let statistics = try await exchange.query { (store) throws(StoreFailure) in
      try store.statistics(of: coupon.id, tenant: tenant)
    }
    return .json(statistics.json)
  }

  @Sendable private static func listCouponEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: exchange.coupon().id)
  }

  @Sendable private static func listEvents(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.events(of: nil)
  }
}

extension Exchange {
  fileprivate func events(of couponID: Coupon.ID?) async throws(Problem) -> Reply {
    var query = Query(request)
    let after = query.integer("after", in: 0...Int64.max, usually: 0)
    let limit = query.integer("limit", in: 1...1000, usually: 100)
    try query.finish()
    let filter = EventFilter(tenant: tenant, couponID: couponID, after: after, limit: Int(limit) + 1)
    let found = try await self.query { (store) throws(StoreFailure) in try store.shownEvents(filter) }
    let page = Page(found, limit: limit)
    var writer = JSONWriter(capacity: 4096)
    writer.beginObject()
    writer.key("data")
    writer.beginArray()
    for event in page.entries { event.write(to: &writer) }
    writer.endArray()
    writer.key("has_more")
    writer.bool(page.hasMore)
    writer.key("next_after")
    writer.int(page.entries.last?.position ?? after)
    writer.endObject()
    return .json(writer.finish())
  }
}

extension CouponStatistics: JSONWritable {
  /// `{"uses":{…},"unique_users":…,"per_currency":[…],"per_day":[…]}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("uses")
      writer.object { writer in
        for state in Usage.State.allCases {
          writer.key(named: state.rawValue)
          writer.int(uses[state] ?? 0)
        }
      }
      writer.key("unique_users")
      writer.int(uniqueUsers)
      writer.key("per_currency")
      writer.array { writer in for entry in perCurrency { entry.write(to: &writer) } }
      writer.key("per_day")
      writer.array { writer in for entry in perDay { entry.write(to: &writer) } }
    }
  }
}

extension CouponStatistics.PerCurrency {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("currency")
      writer.string(discount.currency.code)
      writer.key("discount")
      writer.int(discount.minorUnits)
      writer.key("saturated")
      writer.bool(isSaturated)
      writer.key("uses")
      writer.int(uses)
    }
  }
}

extension CouponStatistics.PerDay {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("day")
      writer.string(day.description)
      writer.key("uses")
      writer.int(uses)
      writer.key("discount")
      discount.write(to: &writer)
      writer.key("saturated")
      writer.bool(isSaturated)
    }
  }
}

extension [StuckLock] {
  /// `{"data":[{"application_id":…,"order_id":…,"since":…,"attempts":…,"next_try":…,"reason":…}]}`.
  fileprivate var json: [UInt8] {
    JSONWriter.bytes { writer in
      writer.object { writer in
        writer.key("data")
        writer.array { writer in for lock in self { lock.write(to: &writer) } }
      }
    }
  }
}

extension StuckLock {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("application_id")
      if let lock { writer.string(lock.key.value.description) } else { writer.null() }
      writer.key("order_id")
      if let lock { writer.string(lock.orderID.text) } else { writer.null() }
      writer.key("since")
      writer.string(since.description)
      writer.key("attempts")
      writer.int(attempts)
      writer.key("next_try")
      writer.string(nextTry.description)
      writer.key("reason")
      writer.string(reason)
    }
  }
}
