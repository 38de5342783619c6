import Forms
import Ledger
import Scrip

/// Uses a lock up: the order is paid.
public struct RedeemApplication: PromotionAction {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// What the caller believes the order to cost after discounts, in minor units; anything else is refused.
  public var expectedTotal: Int64?
  /// The cart as it is now, if it has changed since the lock or its shipping was not known then.
  public var cart: Cart?
  /// The customer to price the changed cart for; the locked one if absent. Without a cart it says nothing.
  public var customer: Customer?
  /// Whether a code that no longer applies refuses the redemption, instead of being given back.
  public var isAllOrNothing: Bool
  /// What becomes of usages whose lock was lost and whose place is gone. With a cart they are refused: it is priced again,
  /// and so is judged by what there is.
  public var withoutRoom: WithoutRoom

  /// Makes an action.
  public init(
    applicationID: DiscountApplication.ID, expectedTotal: Int64? = nil, cart: Cart? = nil,
    customer: Customer? = nil, isAllOrNothing: Bool = false, withoutRoom: WithoutRoom = .refuse
  ) {
    self.applicationID = applicationID
    self.expectedTotal = expectedTotal
    self.cart = cart
    self.customer = customer
    self.isAllOrNothing = isAllOrNothing
    self.withoutRoom = withoutRoom
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application, its coupons, and the versions it is pinned to.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.applications.insert(Owned(tenant, applicationID))
    if cart != nil, let customer { request.addHistory(of: customer, tenant, given: set) }
    guard let application = set.applications[Owned(tenant, applicationID)]?.application else { return }
    request.addOrder(application.orderID, of: tenant)
    Repricing.ask(for: application, request: &request, of: tenant, given: set)
  }

  /// Redeems a lock; a retry gets the same application; a lock that ran out is taken again if there is room.
  ///
  /// Without a cart the agreed quote stands. With one it is priced again: the money is in, so that a code that fits no
  /// longer is given back and the others are redeemed.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let application = try set.application(applicationID, of: context.tenant)
    try set.checkNotKept(application.orderID, context.tenant)
    return try redeem(application, set, context)
  }

  /// The same, whoever keeps the order.
  func redeem(
    _ application: DiscountApplication, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> Decision<WorkingSet> {
    var usages = application.liveUsages
    var withoutRoom: Set<Usage.ID> = []
    switch (application.state, application.releaseCause) {
    case (.redeemed, _), (.released, .noLongerApplies):
      // A customer without a cart was not looked at the first time either.
      try RepeatedOrder(cart: cart, customer: cart == nil ? nil : customer, expectedTotal: expectedTotal)
        .check(against: application)
      return Decision(reply: .application(application.id, isNew: false))
    case (.released, .expired):
      try set.checkNotRevoked(application, context.tenant)
      usages = application.agreedUsages()
      let relocking = Relocking(
        application: application, usages: usages, set: set, context: context, isRepriced: cart != nil)
      if self.withoutRoom == .honour, cart == nil {
        withoutRoom = try relocking.usagesWithoutRoom()
      } else {
        try relocking.check()
      }
    case (.released, .revoked): throw Refusal.lockRevoked
    case (.released, _): throw Refusal(.alreadyReleased, "The application was given back before.")
    case (.locked, _): try set.checkNotRevoked(application, context.tenant)
    }
    guard let cart else {
      try check(application.total, application.discount, [])
      return Decision(
        usages.map { application.redeem($0, isOverLimit: withoutRoom.contains($0.id)) },
        reply: .application(application.id, isNew: false), isShort: !withoutRoom.isEmpty)
    }
    let repricing = try Repricing(
      of: application, usages: usages, cart: cart, customer: customer ?? application.agreedCustomer,
      set: set, context: context)
    return try redeem(application, usages, repricing)
  }

  private func redeem(
    _ application: DiscountApplication, _ usages: [Usage], _ repricing: Repricing
  ) throws(Refusal) -> Decision<WorkingSet> {
    let quote = repricing.quote
    let refused = quote.notApplied
    if application.state == .released {
      if refused.contains(where: \.reason.isConflict) { throw Refusal.lockExpired }
      if quote.applied.isEmpty {
        throw Refusal.lockExpired(
          "The lock ran out, and no code of it applies to this cart any more.",
          items: Refusal(codes: refused, at: "/cart").items)
      }
    }
    try check(quote.total, quote.discount, refused)
    if isAllOrNothing, !refused.isEmpty {
      throw Refusal(
        codes: refused, at: "/cart",
        facts: ["discount": .integer(quote.discount), "total": .integer(quote.total)])
    }
    let (kept, left) = usages.partitioned { usage in
      quote.applied.contains { $0.couponID == usage.couponID }
    }
    // What was not taken again is not given back once more.
    let givenBack = left.filter(\.state.isLive).map { usage in
      let reason = refused.first { $0.couponID == usage.couponID }?.reason.rawValue
      return application.giveBack(usage, because: .noLongerApplies, reason: reason)
    }
    return Decision(
      repricing.facts + givenBack + kept.map { application.redeem($0.priced(in: quote)) },
      reply: .application(application.id, isNew: false),
      isShort: repricing.isShort || refused.contains(where: \.reason.isConflict))
  }

  /// Refuses a total that the caller did not expect, with the new figures and what they come from.
  private func check(_ total: Int64, _ discount: Int64, _ refused: [RefusedCode]) throws(Refusal) {
    guard let expectedTotal, expectedTotal != total else { return }
    let figures = Refusal.Item(
      pointer: "/expected_total", code: Refusal.Code.totalChanged.rawValue,
      message: "Redeem with the new total, or apply the codes to the changed cart before.",
      facts: [
        "expected": .integer(expectedTotal), "actual": .integer(total), "discount": .integer(discount),
      ])
    throw Refusal(
      .totalChanged, "The total is not the one that was expected.",
      items: [figures] + (refused.isEmpty ? [] : Refusal(codes: refused, at: "/cart").items))
  }
}

extension DiscountApplication {
  fileprivate func redeem(
    _ usage: Usage, isOverLimit: Bool = false
  ) -> (stream: StreamID, fact: any Fact<WorkingSet>) {
    let redeemed = CouponRedeemed(
      usage: reference(to: usage), before: standing(of: usage),
      wasRelocked: usage.state == .released && !isOverLimit, isOverLimit: isOverLimit)
    return (.coupon(usage.couponID), redeemed)
  }

  /// The fact that gives one usage back.
  func giveBack(
    _ usage: Usage, because cause: ReleaseCause, reason: String? = nil
  ) -> (stream: StreamID, fact: any Fact<WorkingSet>) {
    let released = CouponReleased(
      usage: reference(to: usage), before: standing(of: usage), cause: cause, reason: reason)
    return (.coupon(usage.couponID), released)
  }
}

extension Usage {
  /// With the amount that a quote gives it: what stands before it is redeemed.
  fileprivate func priced(in quote: Quote) -> Usage {
    var priced = self
    if let discount = quote.applied.first(where: { $0.couponID == couponID }) {
      priced.amount = discount.amount
    }
    return priced
  }
}

extension Array {
  fileprivate func partitioned(by isFirst: (Element) -> Bool) -> ([Element], [Element]) {
    (filter(isFirst), filter { !isFirst($0) })
  }
}
