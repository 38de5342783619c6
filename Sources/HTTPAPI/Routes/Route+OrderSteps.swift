import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  /// What happens to an order that is kept here: each step is refused by name where the order can't take it.
  static let orderSteps: [Route] = [
    step(
      "change", id: "changeOrder",
      "Give an order that nobody has checked out yet other items, codes or notes; what is left out stays.",
      body: .required(.input(OrderChangeRequest.self)), problems: [409, 412], changeOrder),
    step(
      "checkout", id: "checkOutOrder",
      "The customer wants to pay, for the first time or again. An order that costs nothing is paid with this.",
      body: .optional(.input(CheckoutRequest.self)), checkOut),
    step(
      "confirm", id: "confirmOrder", "The order was paid outside: its coupons are used.",
      body: .optional(.input(PaymentRequest.self)), confirm),
    step(
      "capture", id: "captureOrder",
      "Take the money that a provider has set aside for the order. The order is paid once the provider has said so.",
      body: .optional(.input(CaptureRequest.self)), capture),
    step(
      "fail", id: "failOrder", "The payment will not come: its coupons are given back.",
      body: .optional(.input(OrderReasonRequest.self)), fail),
    step(
      "cancel", id: "cancelOrder", "Call the order off. What was paid is to be given back as a whole.",
      body: .optional(.input(OrderReasonRequest.self)), cancel),
    step(
      "amend", id: "amendOrder",
      "Change the items of a paid order. It is priced again with its coupons, and the difference is to be charged or given back.",
      body: .required(.input(OrderAmendRequest.self)), answer: .output(OrderAmendment.self), amend),
    step(
      "refund", id: "refundOrder", "Give back units and shipping of a paid order.",
      body: .required(.input(RefundOrderRequest.self)), answer: .output(OrderRefund.self), refund),
    step(
      "refund-rest", id: "refundRestOfOrder", "Give back all that is left of a paid order.",
      body: .optional(.input(OrderReasonRequest.self)), answer: .output(OrderRefund.self), refundRest),
  ]

  private static func step(
    _ name: String, id: String, _ summary: String, body: Operation.Body,
    answer: SchemaReference = .output(Order.self), problems: [Int] = [409],
    _ take: @escaping @Sendable (Exchange) async throws(Problem) -> Reply
  ) -> Route {
    Route(
      .post, "/v1/orders/{order_id}/\(name)", .servers,
      Operation(
        id: id, tag: "Orders", summary: summary, body: body, successes: [.ok(answer, headers: ["ETag"])],
        problems: problems),
      .deciding(take))
  }

  @Sendable private static func changeOrder(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.body(OrderChangeRequest.self)
    var persons = exchange.persons()
    let customer = request.customer.map { persons.buyer($0) }
    var action = ChangeOrder(
      orderID: id, codes: request.codes, customer: customer,
      cart: request.cart, locale: request.locale, isReachable: request.customer?.contact != nil,
      metadata: request.metadata,
      expectedTotal: request.expectedTotal, expectedVersion: try exchange.expectedVersion(),
      isAllOrNothing: request.isAllOrNothing)
    action.screening = await exchange.screening(customer, action.codes ?? [], ofOrder: id)
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func checkOut(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.optionalBody(CheckoutRequest.self)
    var action = CheckOutOrder(
      orderID: id, expectedTotal: request.expectedTotal, lockSeconds: request.lockSeconds)
    action.screening = await exchange.screening(nil, [], ofOrder: id)
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func confirm(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.optionalBody(PaymentRequest.self)
    let action = PayOrder(
      orderID: id, reference: request.reference, expectedTotal: request.expectedTotal,
      withoutRoom: request.withoutRoom)
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func capture(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.optionalBody(CaptureRequest.self)
    return Reply(
      try await exchange.submit(CaptureOrder(orderID: id, expectedTotal: request.expectedTotal)))
  }

  @Sendable private static func fail(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.optionalBody(OrderReasonRequest.self)
    return Reply(try await exchange.submit(FailOrder(orderID: id, reason: request.reason)))
  }

  @Sendable private static func cancel(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.optionalBody(OrderReasonRequest.self)
    return Reply(try await exchange.submit(CancelOrder(orderID: id, reason: request.reason)))
  }

  @Sendable private static func amend(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.body(OrderAmendRequest.self)
    let action = AmendOrder(
      orderID: id, cart: request.cart, expectedTotal: request.expectedTotal, reason: request.reason)
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func refund(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.body(RefundOrderRequest.self)
    let parts = RefundOrder.Extent.parts(
      lines: request.lines.map { ($0.id, $0.units) }, charges: request.charges.map { ($0.id, $0.amount) })
    return Reply(try await exchange.submit(RefundOrder(orderID: id, parts, reason: request.reason)))
  }

  @Sendable private static func refundRest(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.order)
    let request = try exchange.optionalBody(OrderReasonRequest.self)
    return Reply(try await exchange.submit(RefundOrder(orderID: id, .rest, reason: request.reason)))
  }
}
