import Engine
import JSON
import Scrip
import Wire

extension Route {
  static let quotes: [Route] = [
    Route(
      .post, "/v1/quotes", .everyKey,
      Operation(
        id: "quoteCart", tag: "Quotes", summary: "What would these codes do to this cart? Writes nothing.",
        body: .required("QuoteRequest"), successes: [.ok("Quote")], problems: [429]),
      .asking(quoteCart))
  ]

  @Sendable private static func quoteCart(_ exchange: Exchange) async throws(Problem) -> Reply {
    if exchange.caller.role == .publishable { return try await quoteForStranger(exchange) }
    let quote = try await exchange.quote(exchange.quoteQuestion())
    return .json(quote.json(disclosing: .exact))
  }

  /// A browser or an app learns nothing about codes that do not work, and can't try many.
  private static func quoteForStranger(_ exchange: Exchange) async throws(Problem) -> Reply {
    let address = MissThrottle.Subject.address(
      exchange.tenant,
      ClientAddress(
        of: exchange.request, trustsForwardedFor: exchange.services.configuration.trustsForwardedFor))
    try exchange.refuseIfThrottled([address])
    let question = try exchange.quoteQuestion()
    let customers = question.customer.identityKeys.filter { $0.kind == .user || $0.kind == .email }
      .map { MissThrottle.Subject.customer(exchange.tenant, $0) }
    try exchange.refuseIfThrottled(customers)
    let quote = try await exchange.quote(question)
    let misses = quote.notApplied.count { $0.reason.isBlurred }
    if misses > 0 { exchange.services.throttle.record(misses: misses, by: [address] + customers) }
    return .json(quote.json(disclosing: .blurred))
  }
}

extension Exchange {
  fileprivate func quoteQuestion() throws(Problem) -> QuoteCart {
    try body { object in
      let codes = object.member("codes", else: []) { readTypedCodes($0, isRequired: false) }
      let customer = readCustomer(&object)
      let cart = object.required("cart").flatMap { Cart(reading: $0) }
      let orderID = object.member("order_id") { $0.name(OrderID.self) }
      guard let codes, let customer, let cart, let orderID else { return nil }
      return QuoteCart(
        codes: codes, customer: customer, cart: cart, orderID: orderID,
        isStranger: caller.role == .publishable)
    }
  }

  fileprivate func quote(_ question: QuoteCart) async throws(Problem) -> Quote {
    let answer = try await ask { (engine) async throws(StoreFailure) in
      try await engine.quote(question, tenant: tenant)
    }
    do throws(Refusal) {
      let quote = try answer.get()
      services.metrics.quoted(quote)
      return quote
    } catch {
      throw Problem(error)
    }
  }

  fileprivate func refuseIfThrottled(_ subjects: [MissThrottle.Subject]) throws(Problem) {
    guard let seconds = services.throttle.wait(for: subjects) else { return }
    throw Problem(
      .tooManyAttempts, "Too many codes that do not work were tried; wait before trying again.",
      headers: [("Retry-After", String(seconds))])
  }

  /// The member `customer`; nobody in particular if it is not there.
  func readCustomer(_ object: inout ObjectReader) -> Customer? {
    object.member("customer", else: Customer()) { readCustomer($0) }
  }

  func readCustomer(_ value: ValueReader) -> Customer? {
    Customer(reading: value) { kind, text in services.identities(kind, text, tenant: tenant) }
  }
}
