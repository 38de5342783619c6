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
        body: .required("QuoteRequest"), successes: [.ok("Quote")]),
      .asking(quoteCart))
  ]

  @Sendable private static func quoteCart(_ exchange: Exchange) async throws(Problem) -> Reply {
    if exchange.caller.role == .publishable { return try await quoteForStranger(exchange) }
    let quote = try await exchange.quote(exchange.quoteQuestion())
    return .json(quote.json(disclosing: .exact))
  }

  /// A browser or an app learns nothing about codes that do not work, and can't try many. Whoever tried too many is
  /// refused codes, not prices.
  private static func quoteForStranger(_ exchange: Exchange) async throws(Problem) -> Reply {
    let question = try exchange.quoteQuestion()
    let caller = MissThrottle.Caller(
      tenant: exchange.tenant,
      address: ClientAddress(of: exchange.request, proxies: exchange.services.configuration.proxies),
      customers: question.customer.identityKeys.filter { $0.kind == .user || $0.kind == .email })
    if !question.codes.isEmpty, let seconds = exchange.services.throttle.wait(for: caller) {
      return try await quoteWithoutCodes(question, seconds, exchange)
    }
    let quote = try await exchange.quote(question)
    let missed = quote.hiddenCodes.map { question.codes[$0.index].spelling }
    if !missed.isEmpty { exchange.services.throttle.record(missed, by: caller) }
    return .json(quote.json(disclosing: .blurred))
  }

  private static func quoteWithoutCodes(
    _ question: QuoteCart, _ seconds: Int64, _ exchange: Exchange
  ) async throws(Problem) -> Reply {
    var plain = question
    plain.codes = []
    // Without codes no order's place matters, and a paid order asks for the codes that it was paid with.
    plain.orderID = nil
    var quote = try await exchange.quote(plain)
    quote.notApplied = question.codes.enumerated().map { index, typed in
      RefusedCode(code: typed.text, index: index, reason: .unknownCode)
    }
    exchange.services.metrics.throttled(codes: question.codes.count)
    return .json(
      quote.json(disclosing: .throttled(seconds: seconds)), headers: [("Retry-After", String(seconds))])
  }
}

extension TypedCode {
  /// What is compared when misses are counted.
  fileprivate var spelling: String { code?.canonical ?? text }
}

extension Exchange {
  fileprivate func quoteQuestion() throws(Problem) -> QuoteCart {
    try body(forgiving: "codes") { object in
      let codes = object.member("codes", else: []) { readQuotedCodes($0) }
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

  /// The member `customer`; nobody in particular if it is not there.
  func readCustomer(_ object: inout ObjectReader) -> Customer? {
    object.member("customer", else: Customer()) { readCustomer($0) }
  }

  func readCustomer(_ value: ValueReader) -> Customer? {
    Customer(reading: value) { kind, text in services.identities(kind, text, tenant: tenant) }
  }
}
