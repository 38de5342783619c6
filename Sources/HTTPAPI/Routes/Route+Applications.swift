import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let applications: [Route] = [
    Route(
      .post, "/v1/applications", .servers,
      Operation(
        id: "applyCodes", tag: "Applications",
        summary: "Lock one use of each code's coupon for an order, all or none.",
        body: .required(.input(ApplicationRequest.self)),
        successes: [
          .created(.output(ShownApplication.self), headers: ["Location"]),
          .ok(.output(ShownApplication.self)),
        ], problems: [409]),
      .deciding(applyCodes)),
    Route(
      .get, "/v1/applications", .servers,
      Operation(
        id: "findApplications", tag: "Applications",
        summary: "The live application of an order, or its last one.",
        query: OrderQuery.self, successes: [.ok(.page(of: ShownApplication.self))]),
      .asking(findApplications)),
    Route(
      .get, "/v1/applications/{application_id}", .servers,
      Operation(
        id: "getApplication", tag: "Applications", summary: "An application with its usages and its quote.",
        successes: [.ok(.output(ShownApplication.self))]),
      .asking(getApplication)),
    Route(
      .post, "/v1/applications/{application_id}/redeem", .servers,
      Operation(
        id: "redeemApplication", tag: "Applications",
        summary: "Use the lock up: the order is paid. A code that no longer applies is given back.",
        body: .optional(.input(RedeemRequest.self)), successes: [.ok(.output(ShownApplication.self))],
        problems: [409]),
      .deciding(redeem)),
    Route(
      .post, "/v1/applications/{application_id}/change", .servers,
      Operation(
        id: "changeApplication", tag: "Applications",
        summary: "Give the lock other codes, cart or customer in one step; codes that stay keep their place.",
        body: .required(.input(LockedOrder.self)), successes: [.ok(.output(ShownApplication.self))],
        problems: [409]),
      .deciding(change)),
    Route(
      .post, "/v1/applications/{application_id}/release", .servers,
      Operation(
        id: "releaseApplication", tag: "Applications",
        summary: "Give the lock back: the payment failed, or the cart was abandoned.",
        body: .optional(.input(ReleaseRequest.self)), successes: [.ok(.output(ShownApplication.self))],
        problems: [409]),
      .deciding(release)),
    Route(
      .post, "/v1/applications/{application_id}/extend", .servers,
      Operation(
        id: "extendApplication", tag: "Applications", summary: "Give the lock more time, counted from now.",
        body: .optional(.input(ExtendRequest.self)), successes: [.ok(.output(ShownApplication.self))],
        problems: [409]),
      .deciding(extend)),
    Route(
      .post, "/v1/applications/{application_id}/restore", .servers,
      Operation(
        id: "restoreApplication", tag: "Applications",
        summary: "Give redeemed usages back where their coupons say so: the paid order was undone.",
        body: .required(.input(RestoreRequest.self)), successes: [.ok(.output(ShownApplication.self))],
        problems: [409]),
      .deciding(restore)),
  ]

  @Sendable private static func applyCodes(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(ApplicationRequest.self)
    var persons = exchange.persons()
    let customer = persons.customer(request.order.customer)
    var action = ApplyCodes(
      orderID: request.orderID, codes: request.order.codes, customer: customer,
      cart: request.order.cart, expectedDiscount: request.order.expectedDiscount,
      lockSeconds: request.order.lockSeconds)
    action.screening = await exchange.screening(customer, action.codes)
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func change(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.application)
    let order = try exchange.body(LockedOrder.self)
    var persons = exchange.persons()
    let customer = persons.customer(order.customer)
    var action = ChangeApplication(
      applicationID: id, codes: order.codes, customer: customer, cart: order.cart,
      expectedDiscount: order.expectedDiscount, lockSeconds: order.lockSeconds)
    action.screening = await exchange.screening(customer, action.codes)
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func findApplications(_ exchange: Exchange) async throws(Problem) -> Reply {
    let orderID = try exchange.query(as: OrderQuery.self).orderID
    let application = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.application(ofOrder: orderID, tenant: exchange.tenant)
    }
    let page = Page(application.map { [$0] } ?? [], limit: 1)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getApplication(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.application)
    let application = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.application(id, tenant: exchange.tenant)
    }
    guard let application else { throw Problem(.applicationNotFound, "There is no application \(id).") }
    return .json(application.json)
  }

  @Sendable private static func redeem(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.application)
    let request = try exchange.optionalBody(RedeemRequest.self)
    var persons = exchange.persons()
    let action = RedeemApplication(
      applicationID: id, expectedTotal: request.expectedTotal, cart: request.cart,
      customer: request.customer.map { persons.customer($0) }, isAllOrNothing: request.isAllOrNothing,
      withoutRoom: request.withoutRoom)
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func release(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.application)
    let request = try exchange.optionalBody(ReleaseRequest.self)
    let action = ReleaseApplication(applicationID: id, reason: request.reason)
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func extend(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.application)
    let request = try exchange.optionalBody(ExtendRequest.self)
    let action = ExtendApplication(applicationID: id, lockSeconds: request.lockSeconds)
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func restore(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.application)
    let request = try exchange.body(RestoreRequest.self)
    let action = RestoreApplication(applicationID: id, cause: request.cause, reason: request.reason)
    return Reply(try await exchange.submit(action))
  }
}

/// The order whose application is asked for.
private struct OrderQuery: QueryForm {
  static let formName = "OrderQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var orderID: OrderID

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    walk.required("order_id", query?.orderID, .name(OrderID.self), "The order; required.").map(Self.init)
  }
}
