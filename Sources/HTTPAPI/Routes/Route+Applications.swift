import Engine
import JSON
import Scrip
import Wire

extension Route {
  static let applications: [Route] = [
    Route(
      .post, "/v1/applications", .servers,
      Operation(
        id: "applyCodes", tag: "Applications",
        summary: "Lock one use of each code's coupon for an order, all or none.",
        body: .required("ApplicationRequest"),
        successes: [.created("Application", headers: ["Location"]), .ok("Application")], problems: [409]),
      .deciding(applyCodes)),
    Route(
      .get, "/v1/applications", .servers,
      Operation(
        id: "findApplications", tag: "Applications",
        summary: "The live application of an order, or its last one.",
        query: [
          Operation.Parameter(
            "order_id", #"{"type":"string","minLength":1,"maxLength":200}"#, "The order; required.")
        ], successes: [.ok("ApplicationList")]),
      .asking(findApplications)),
    Route(
      .get, "/v1/applications/{application_id}", .servers,
      Operation(
        id: "getApplication", tag: "Applications", summary: "An application with its usages and its quote.",
        successes: [.ok("Application")]),
      .asking(getApplication)),
    Route(
      .post, "/v1/applications/{application_id}/redeem", .servers,
      Operation(
        id: "redeemApplication", tag: "Applications",
        summary: "Use the lock up: the order is paid. A code that no longer applies is given back.",
        body: .optional("RedeemRequest"), successes: [.ok("Application")], problems: [409]),
      .deciding(redeem)),
    Route(
      .post, "/v1/applications/{application_id}/change", .servers,
      Operation(
        id: "changeApplication", tag: "Applications",
        summary: "Give the lock other codes, cart or customer in one step; codes that stay keep their place.",
        body: .required("ChangeRequest"), successes: [.ok("Application")], problems: [409]),
      .deciding(change)),
    Route(
      .post, "/v1/applications/{application_id}/release", .servers,
      Operation(
        id: "releaseApplication", tag: "Applications",
        summary: "Give the lock back: the payment failed, or the cart was abandoned.",
        body: .optional("ReleaseRequest"), successes: [.ok("Application")], problems: [409]),
      .deciding(release)),
    Route(
      .post, "/v1/applications/{application_id}/extend", .servers,
      Operation(
        id: "extendApplication", tag: "Applications", summary: "Give the lock more time, counted from now.",
        body: .optional("ExtendRequest"), successes: [.ok("Application")], problems: [409]),
      .deciding(extend)),
    Route(
      .post, "/v1/applications/{application_id}/restore", .servers,
      Operation(
        id: "restoreApplication", tag: "Applications",
        summary: "Give redeemed usages back where their coupons say so: the paid order was undone.",
        body: .required("RestoreRequest"), successes: [.ok("Application")], problems: [409]),
      .deciding(restore)),
  ]

  @Sendable private static func applyCodes(_ exchange: Exchange) async throws(Problem) -> Reply {
    let wish = try exchange.body { object -> ApplyCodes? in
      let orderID = object.required("order_id")?.name(OrderID.self)
      let codes = object.required("codes").flatMap { readLockedCodes($0) }
      let customer = exchange.readCustomer(&object)
      let cart = object.required("cart").flatMap { Cart(reading: $0) }
      let expected = object.member("expected_discount") { $0.int64(in: 0...Money.minorUnitsMax) }
      let seconds = object.member("ttl_seconds") { $0.int64(in: TenantSettings.lockSecondsRange) }
      guard let orderID, let codes, let customer, let cart, let expected, let seconds else { return nil }
      return ApplyCodes(
        orderID: orderID, codes: codes, customer: customer, cart: cart, expectedDiscount: expected,
        lockSeconds: seconds)
    }
    let outcome = try await exchange.submit(wish)
    return Reply(outcome, headers: outcome.location(under: "/v1/applications/"))
  }

  @Sendable private static func change(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: DiscountApplication.ID = try exchange.identifier(notFound: .applicationNotFound)
    let wish = try exchange.body { object -> ChangeApplication? in
      let codes = object.required("codes").flatMap { readLockedCodes($0) }
      let customer = exchange.readCustomer(&object)
      let cart = object.required("cart").flatMap { Cart(reading: $0) }
      let expected = object.member("expected_discount") { $0.int64(in: 0...Money.minorUnitsMax) }
      let seconds = object.member("ttl_seconds") { $0.int64(in: TenantSettings.lockSecondsRange) }
      guard let codes, let customer, let cart, let expected, let seconds else { return nil }
      return ChangeApplication(
        applicationID: id, codes: codes, customer: customer, cart: cart, expectedDiscount: expected,
        lockSeconds: seconds)
    }
    return Reply(try await exchange.submit(wish))
  }

  @Sendable private static func findApplications(_ exchange: Exchange) async throws(Problem) -> Reply {
    var query = Query(exchange.request)
    let orderID: OrderID? = query.exact("order_id")
    try query.finish()
    guard let orderID else {
      throw Problem(invalid: [FieldError(pointer: "?order_id", code: .required, message: "is required")])
    }
    let application = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.application(ofOrder: orderID, tenant: exchange.tenant)
    }
    let page = Page(application.map { [$0] } ?? [], limit: 1)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getApplication(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: DiscountApplication.ID = try exchange.identifier(notFound: .applicationNotFound)
    let application = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.application(id, tenant: exchange.tenant)
    }
    guard let application else { throw Problem(.applicationNotFound, "There is no application \(id).") }
    return .json(application.json)
  }

  @Sendable private static func redeem(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: DiscountApplication.ID = try exchange.identifier(notFound: .applicationNotFound)
    let wish = try exchange.optionalBody { object -> RedeemApplication? in
      let total = object.member("expected_total") { $0.int64(in: 0...Money.minorUnitsMax) }
      let cart = object.member("cart") { Cart(reading: $0) }
      let customer = object.member("customer") { exchange.readCustomer($0) }
      let isAllOrNothing = object.member("all_or_nothing", else: false) { $0.bool() }
      guard let total, let cart, let customer, let isAllOrNothing else { return nil }
      return RedeemApplication(
        applicationID: id, expectedTotal: total, cart: cart, customer: customer,
        isAllOrNothing: isAllOrNothing)
    }
    return Reply(try await exchange.submit(wish))
  }

  @Sendable private static func release(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: DiscountApplication.ID = try exchange.identifier(notFound: .applicationNotFound)
    let wish = try exchange.optionalBody { object -> ReleaseApplication? in
      guard let reason = object.reason() else { return nil }
      return ReleaseApplication(applicationID: id, reason: reason)
    }
    return Reply(try await exchange.submit(wish))
  }

  @Sendable private static func extend(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: DiscountApplication.ID = try exchange.identifier(notFound: .applicationNotFound)
    let wish = try exchange.optionalBody { object -> ExtendApplication? in
      let seconds = object.member("ttl_seconds") { $0.int64(in: TenantSettings.lockSecondsRange) }
      guard let seconds else { return nil }
      return ExtendApplication(applicationID: id, lockSeconds: seconds)
    }
    return Reply(try await exchange.submit(wish))
  }

  @Sendable private static func restore(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: DiscountApplication.ID = try exchange.identifier(notFound: .applicationNotFound)
    let wish = try exchange.body { object -> RestoreApplication? in
      let cause = object.required("cause").flatMap { $0.enumeration(CouponTerms.RestoreCause.self) }
      let reason = object.reason()
      guard let cause, let reason else { return nil }
      return RestoreApplication(applicationID: id, cause: cause, reason: reason)
    }
    return Reply(try await exchange.submit(wish))
  }
}

extension ObjectReader {
  /// A caller's own words.
  fileprivate mutating func reason() -> String?? { member("reason") { $0.string(maxLength: 200) } }
}
