import Scrip

/// Asks what codes would do to a cart. Writes nothing, waits for no write, promises nothing.
public struct QuoteCart: Sendable {
  /// The codes as typed, up to 10.
  public var codes: [TypedCode]
  /// Who buys.
  public var customer: Customer
  /// What is bought.
  public var cart: Cart
  /// The order that the quote is for: what it holds is not counted against it.
  public var orderID: OrderID?
  /// Whether an order counts only if it is known to be the same customer's: whoever asks may be anybody.
  public var isStranger: Bool

  /// Makes a question.
  public init(
    codes: [String], customer: Customer, cart: Cart, orderID: OrderID? = nil, isStranger: Bool = false
  ) {
    self.codes = codes.map(TypedCode.init)
    self.customer = customer
    self.cart = cart
    self.orderID = orderID
    self.isStranger = isStranger
  }

  /// The pure answer, given what was loaded.
  func answer(from set: WorkingSet, tenant: Tenant.ID, now: Instant) throws(Refusal) -> Quote {
    let resolution = try CodeResolution(
      codes, customer: customer, currency: cart.currency, now: now, tenant: tenant,
      holding: holding(set, tenant, now), in: set)
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
    guard let orderID else { return }
    request.orders.insert(Owned(tenant, orderID))
    if let held = Holding.application(ofOrder: orderID, tenant, set) {
      Repricing.ask(for: held, request: &request, of: tenant, given: set)
    }
  }

  /// What the order holds, as far as whoever asks may know of it.
  private func holding(_ set: WorkingSet, _ tenant: Tenant.ID, _ now: Instant) -> Holding? {
    guard let orderID, let application = Holding.application(ofOrder: orderID, tenant, set) else {
      return nil
    }
    if isStranger {
      let agreed = application.agreedCustomer.identityKeys
      // Somebody of whom nothing is known is nobody's same customer.
      if agreed.isEmpty || agreed != customer.identityKeys { return nil }
    }
    return Holding(application, customer: customer, now: now, tenant: tenant, in: set)
  }
}
