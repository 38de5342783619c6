import Scrip

/// Asks what codes would do to a cart. Writes nothing, waits for no write, promises nothing.
public struct QuoteCart: Sendable {
  /// The codes as typed, up to 10.
  public var codes: [TypedCode]
  /// Who buys.
  public var customer: Customer
  /// What is bought.
  public var cart: Cart

  /// Makes a question.
  public init(codes: [String], customer: Customer, cart: Cart) {
    self.codes = codes.map(TypedCode.init)
    self.customer = customer
    self.cart = cart
  }

  /// The pure answer, given what was loaded.
  func answer(from set: WorkingSet, tenant: Tenant.ID, now: Instant) throws(Refusal) -> Quote {
    let resolution = CodeResolution(
      codes, customer: customer, currency: cart.currency, now: now, tenant: tenant, in: set)
    var quote = try set.settings(tenant).pricing.quote(
      resolution.candidates, refused: resolution.refused + resolution.repeated,
      in: EligibilityContext(customer: customer, cart: cart, now: now))
    for place in quote.applied.indices {
      let applied = quote.applied[place]
      guard let typed = resolution.candidates.first(where: { $0.couponID == applied.couponID }) else {
        continue
      }
      let display = set.codes[Owned(tenant, applied.code)]?.grant.display ?? applied.code.canonical
      quote.applied[place].place = TypedPlace(index: typed.index, display: display)
    }
    return quote
  }

  func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    CodeResolution.ask(
      for: codes, customer: customer, currency: cart.currency, now: now, request: &request, of: tenant,
      given: set)
  }
}
