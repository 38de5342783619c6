import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let quotes: [Route] = [
    Route(
      .post, "/v1/quotes", .everyKey,
      Operation(
        id: "quoteCart", tag: "Quotes", summary: "What would these codes do to this cart? Writes nothing.",
        body: .required(.input(QuoteRequest.self)), successes: [.ok(.output(ShownQuote.self))]),
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
    let address = ClientAddress(of: exchange.request, proxies: exchange.services.configuration.proxies)
    let caller = MissThrottle.Caller(
      tenant: exchange.tenant, address: address,
      customers: question.customer.identityKeys.filter { $0.kind == .user || $0.kind == .email })
    if !question.codes.isEmpty, let seconds = exchange.services.throttle.wait(for: caller) {
      return try await quoteWithoutCodes(question, seconds, exchange)
    }
    if !question.codes.isEmpty,
      let screening = await exchange.services.fraud?.screenStranger(
        from: address, codes: question.codes, of: exchange.tenant),
      screening.assessment(of: []).consequence == .block
    {
      return .json(
        try await exchange.quoteWithoutCodes(question, .suspectedFraud).json(disclosing: .blurred))
    }
    let quote = try await exchange.quote(question)
    let missed = quote.hiddenCodes.map { question.codes[$0.index].spelling }
    if !missed.isEmpty {
      exchange.services.throttle.record(missed, by: caller)
      await exchange.services.fraud?.noteMisses(missed, from: address, of: exchange.tenant)
    }
    return .json(quote.json(disclosing: .blurred))
  }

  private static func quoteWithoutCodes(
    _ question: QuoteCart, _ seconds: Int64, _ exchange: Exchange
  ) async throws(Problem) -> Reply {
    let quote = try await exchange.quoteWithoutCodes(question, .unknownCode)
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
    let request = try body(QuoteRequest.self, forgiving: "codes")
    return QuoteCart(
      codes: request.codes, customer: customer(request.customer), cart: request.cart,
      orderID: request.orderID,
      isStranger: caller.role == .publishable)
  }

  /// What the cart costs, and nothing about the codes.
  fileprivate func quoteWithoutCodes(
    _ question: QuoteCart, _ reason: RefusalReason
  ) async throws(Problem) -> Quote {
    var plain = question
    plain.codes = []
    // Without codes no order's place matters, and a paid order asks for the codes that it was paid with.
    plain.orderID = nil
    var quote = try await quote(plain)
    quote.notApplied = question.codes.enumerated().map { index, typed in
      RefusedCode(code: typed.text, index: index, reason: reason)
    }
    return quote
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

  /// The customer that a caller tells of; nobody in particular if it does not.
  func customer(_ input: CustomerInput?) -> Customer {
    var persons = persons()
    return persons.customer(input)
  }
}
