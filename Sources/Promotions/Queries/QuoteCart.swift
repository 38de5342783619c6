import Ledger
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

  /// The answer, or the refusal that it is.
  func answer(
    from set: WorkingSet, tenant: Tenant.ID, now: Instant
  ) -> Result<Quote, Refusal> {
    do throws(Refusal) {
      return .success(try quote(from: set, tenant: tenant, now: now))
    } catch {
      return .failure(error)
    }
  }

  /// Coupons of which locks may hold what a code lacks, also locks whose time is over: all that the question is about,
  /// because those of a campaign share what it may give. None if nothing is lacking. Of a coupon's uses as a whole it is
  /// known when the first of its locks ends.
  func couponsThatMayBeHeld(
    _ quote: Quote, of tenant: Tenant.ID, at now: Instant, in set: WorkingSet
  ) -> Set<Coupon.ID> {
    let isHeld = quote.notApplied.contains { mayBeHeld($0, of: tenant, at: now, in: set) }
    let isClipped = quote.applied.contains { discount in
      discount.amount < discount.uncappedAmount
        && set.coupons[Owned(tenant, discount.couponID)]?.limits?.onBudgetShort == .clip
    }
    guard isHeld || isClipped else { return [] }
    return Set(set.coupons.all.keys.lazy.filter { $0.tenant == tenant }.map(\.value))
  }

  private func mayBeHeld(
    _ refusal: RefusedCode, of tenant: Tenant.ID, at now: Instant, in set: WorkingSet
  ) -> Bool {
    if refusal.reason.mayBeHeld { return true }
    guard let id = refusal.couponID else { return false }
    switch refusal.reason {
    case .usageLimitReached:
      if refusal.facts["limit_of"] != nil { return true }
      return set.found.heldUntil[Owned(tenant, id)].map { $0 <= now } ?? false
    // Another code of the coupon goes before one that is used up.
    case .alreadyApplied: return refusal.isSecret
    // A rival may be worth more than a coupon that lacks money.
    case .betterDiscountApplied, .combinationDisallowed:
      guard let terms = set.coupons[Owned(tenant, id)]?.coupon?.terms else { return false }
      return !terms.limits.budget.isEmpty || terms.campaignID != nil
    case .codeMalformed, .suspectedFraud, .unknownCode, .couponUnreadable, .couponNotActive, .couponDisabled,
      .notStarted,
      .expired, .ownerMismatch, .identityRequired, .currencyMismatch, .notEligible, .noEligibleLines,
      .minimumNotReached, .codeLimitReached, .userLimitReached, .periodLimitReached, .budgetExhausted,
      .noEffect, .billingOnly, .checkoutOnly, .couponRevoked, .subscriptionCancelled, .alreadyAttached,
      .budgetOfCheckouts, .associationNotStarted, .associationEnded, .phaseNotCurrent, .onceViolated,
      .repeatedLimitReached, .lineNotInvoiced, .exceedsAmount:
      return false
    }
  }

  /// The pure answer, given what was loaded.
  ///
  /// - Throws: `already_redeemed` for an order that is paid, unless a server asks about the very order that was paid: a
  ///   price that no lock and no change would give is no answer. `amount_overflow`.
  private func quote(from set: WorkingSet, tenant: Tenant.ID, now: Instant) throws(Refusal) -> Quote {
    let application = application(set, tenant)
    if let application, application.state == .redeemed {
      // What differs from the paid order would tell a stranger what it was.
      if isStranger { throw Refusal(.alreadyRedeemed, "The order is paid.") }
      let stored = codes.map { typed in typed.code.map { set.code($0, of: tenant)?.grant.code ?? $0 } }
      try RepeatedOrder(codes: stored, cart: cart, customer: customer).check(against: application)
      if let agreed = application.agreedQuote { return agreed }
    }
    let holding = application.map {
      Holding($0, customer: customer, now: now, tenant: tenant, in: set)
    }
    let resolution = try CodeResolution(
      codes, customer: customer, currency: cart.currency, now: now, tenant: tenant, holding: holding, in: set)
    var quote = try set.settings(tenant).pricing.quote(
      resolution.candidates, refused: resolution.refused + resolution.repeated,
      in: EligibilityContext(customer: knownCustomer(set, tenant, now), cart: cart, now: now))
    quote.place(resolution.candidates, of: tenant, in: set)
    return quote
  }

  /// What somebody has bought is no stranger's affair: to them nothing is known of it.
  private func knownCustomer(_ set: WorkingSet, _ tenant: Tenant.ID, _ now: Instant) -> Customer {
    let customer = set.knowing(customer, tenant, at: now)
    return isStranger && customer.factsFrom == .orders
      ? customer.withFacts(ofOrders: nil, since: nil) : customer
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

  /// The order's application, as far as whoever asks may know of it.
  private func application(_ set: WorkingSet, _ tenant: Tenant.ID) -> DiscountApplication? {
    guard let orderID, let application = Holding.application(ofOrder: orderID, tenant, set) else {
      return nil
    }
    if isStranger {
      let agreed = application.agreedCustomer.identityKeys
      // Somebody of whom nothing is known is nobody's same customer.
      if agreed.isEmpty || agreed != customer.identityKeys { return nil }
    }
    return application
  }
}

extension Quote {
  /// Says of each discount which of the typed codes it is, and how to show that code.
  mutating func place(_ candidates: [Candidate], of tenant: Tenant.ID, in set: WorkingSet) {
    for discount in applied.indices {
      let code = applied[discount].code
      guard let typed = candidates.first(where: { $0.couponID == applied[discount].couponID }) else {
        continue
      }
      // An archived coupon's code may be another coupon's by now.
      let record = set.codes[Owned(tenant, code)].flatMap { $0.couponID == typed.couponID ? $0 : nil }
      let display = record?.grant.display ?? code.canonical
      applied[discount].place = TypedPlace(index: typed.index, display: display)
    }
  }

  /// Says of each discount what an earlier quote said of its code, for a request that types no codes.
  mutating func place(asIn earlier: Quote?) {
    for discount in applied.indices {
      let same = earlier?.applied.first { $0.couponID == applied[discount].couponID }
      applied[discount].place = same?.place
    }
  }
}
