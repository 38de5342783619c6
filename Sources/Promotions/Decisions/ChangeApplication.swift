import Forms
import Ledger
import Scrip

/// Gives a lock other codes, another cart or another customer in one step: codes that stay keep their place, others are
/// given back or locked, all of it or nothing.
public struct ChangeApplication: PromotionAction {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// All codes that the order is to have, as typed, 1 to 10. One that is given again changes nothing.
  public var codes: [TypedCode]
  /// Who buys.
  public let customer: Customer
  /// What is bought.
  public let cart: Cart
  /// What the caller believes the discount to be, in minor units; any other is refused.
  public var expectedDiscount: Int64?
  /// How long the lock lasts from now on, in seconds; nil leaves it its end.
  public var lockSeconds: Int64?
  /// What was seen in the customer beforehand; nil where nobody looks.
  public var screening: FraudScreening?

  /// Makes an action.
  public init(
    applicationID: DiscountApplication.ID, codes: [String], customer: Customer, cart: Cart,
    expectedDiscount: Int64? = nil, lockSeconds: Int64? = nil
  ) {
    self.applicationID = applicationID
    self.codes = codes.map(TypedCode.init)
    self.customer = customer
    self.cart = cart
    self.expectedDiscount = expectedDiscount
    self.lockSeconds = lockSeconds
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application and everything behind the old and the new codes.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.applications.insert(Owned(tenant, applicationID))
    CodeResolution.ask(
      for: codes, customer: customer, currency: cart.currency, now: now, request: &request, of: tenant,
      given: set)
    Suspicion.ask(for: codes, screening, request: &request, of: tenant, given: set)
    guard let application = set.applications[Owned(tenant, applicationID)]?.application else { return }
    request.addOrder(application.orderID, of: tenant)
    Repricing.ask(for: application, request: &request, of: tenant, given: set)
  }

  /// Changes a lock. One that ran out is taken again with what stays of it if there is room.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let application = try set.application(applicationID, of: context.tenant)
    try set.checkNotKept(application.orderID, context.tenant)
    var usages = application.liveUsages
    switch (application.state, application.releaseCause) {
    case (.redeemed, _):
      throw Refusal(.alreadyRedeemed, "The application was redeemed; a paid order is not changed.")
    case (.released, .expired):
      try set.checkNotRevoked(application, context.tenant)
      usages = application.agreedUsages()
    case (.released, .revoked): throw Refusal.lockRevoked
    case (.released, _): throw Refusal(.alreadyReleased, "The application was given back before.")
    case (.locked, _): try set.checkNotRevoked(application, context.tenant)
    }
    try application.checkCurrency(cart)
    let holding = Holding(
      application, usages: usages, customer: customer, now: context.now, tenant: context.tenant, in: set)
    let proposal = try Proposal(
      codes, customer: customer, cart: cart, holding: holding, screening: screening, in: set, context)
    let kept = usages.filter { usage in
      proposal.candidates.contains { $0.isHeld && $0.couponID == usage.couponID }
    }
    let expiresAt = try self.expiresAt(application, set, context)
    if application.state == .released {
      try Relocking(application: application, usages: kept, set: set, context: context, isRepriced: true)
        .check()
    }
    if let rejection = proposal.rejection(orderID: application.orderID, in: set, context) { return rejection }
    try proposal.check(expectedDiscount: expectedDiscount)
    let change = Change(
      application: application, usages: usages, kept: kept, proposal: proposal, expiresAt: expiresAt)
    let suspicions = proposal.suspicions(
      orderID: application.orderID, applicationID: application.id, in: set, context)
    return Decision(
      proposal.endings(in: set, context) + change.facts(context) + suspicions,
      reply: .application(application.id, isNew: false),
      isShort: proposal.isShort)
  }

  /// When the lock ends: as before, unless it ran out or the caller wants more time.
  private func expiresAt(
    _ application: DiscountApplication, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> Instant {
    let hasRunOut = application.state == .released
    if !hasRunOut, lockSeconds == nil { return application.expiresAt }
    let seconds = lockSeconds ?? set.settings(context.tenant).lockSeconds
    let wanted = min(context.now.adding(seconds: seconds), application.latestExpiry)
    if hasRunOut, wanted <= context.now {
      throw .lockExpired("The lock ran out, and no lock lasts longer than seven days.")
    }
    return max(application.expiresAt, wanted)
  }
}

/// What changes about an application.
struct Change {
  let application: DiscountApplication
  /// What it holds.
  let usages: [Usage]
  /// What it keeps of that.
  let kept: [Usage]
  let proposal: Proposal
  let expiresAt: Instant
  /// Why coupons of it no longer apply; what else is given back nobody wants any more.
  var reasons: [Coupon.ID: RefusalReason] = [:]

  /// The events: first what is given back, so that a coupon may come again under another code; then what stays; then
  /// what is new. The new agreement goes with the first that stays or is new.
  func facts(_ context: DecisionContext) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    let keptIDs = Set(kept.map(\.id))
    let released = usages.filter { $0.state.isLive && !keptIDs.contains($0.id) }
      .map { application.giveBack($0, whoseReasonsAre: reasons) }
    let isSame =
      released.isEmpty && kept.count == proposal.quote.applied.count && application.state == .locked
      && application.wasAgreed(for: proposal.eligibility.cart, proposal.eligibility.customer)
    let changed = isSame ? [] : agreed(context)
    let isExtended = expiresAt != application.expiresAt && application.state == .locked
    let extended = (isExtended ? kept : []).map { usage in
      (
        stream: StreamID.coupon(usage.couponID),
        fact: LockExtended(application.reference(to: usage), expiresAt: expiresAt) as any Fact<WorkingSet>
      )
    }
    return released + changed + extended
  }

  /// What stays, then what is new, each by coupon.
  private func agreed(_ context: DecisionContext) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    var share = application.share
    share.buyer = proposal.eligibility.customer.buyer ?? share.buyer
    let isOtherBuyer = share.buyer != application.buyer
    var agreement: Agreement? = proposal.agreement(buyer: share.buyer)
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = []
    let live = kept.filter(\.state.isLive)
    let isLive = { (couponID: Coupon.ID) in live.contains { $0.couponID == couponID } }
    for (_, discount) in proposal.applied where isLive(discount.couponID) {
      guard let usage = live.first(where: { $0.couponID == discount.couponID }) else { continue }
      // A usage whose amount stays has nothing to tell, unless it carries the agreement or has become another buyer's.
      if agreement == nil, usage.amount == discount.amount, !isOtherBuyer { continue }
      facts.append(
        (
          .coupon(usage.couponID),
          UsageRepriced(
            application.reference(to: usage), before: application.standing(of: usage),
            amount: discount.amount, agreement: agreement,
            buyer: agreement == nil && isOtherBuyer ? share.buyer : nil)
        ))
      agreement = nil
    }
    for (candidate, discount) in proposal.applied where !isLive(discount.couponID) {
      let applied = CouponApplied(
        applicationID: application.id, orderID: application.orderID, expiresAt: expiresAt,
        usage: usage(candidate, discount, context), agreement: agreement, joins: share,
        isAgain: application.usages.contains { $0.couponID == discount.couponID })
      facts.append((.coupon(discount.couponID), applied))
      agreement = nil
    }
    return facts
  }

  /// A new usage, or one of a lock that ran out as it was, with its version and its counters.
  private func usage(_ candidate: Candidate, _ discount: AppliedDiscount, _ context: DecisionContext) -> Usage
  {
    guard let earlier = kept.first(where: { $0.couponID == discount.couponID }) else {
      return proposal.usage(candidate, discount, context)
    }
    var again = earlier
    again.state = .locked
    again.amount = discount.amount
    // Which revocations stood before it is not said: the lock is new, and folding counts them.
    again.revocations = 0
    return again
  }
}

extension DiscountApplication {
  /// The fact that gives one usage back: because its coupon no longer applies, or because nobody wants it any more.
  func giveBack(
    _ usage: Usage, whoseReasonsAre reasons: [Coupon.ID: RefusalReason]
  ) -> (stream: StreamID, fact: any Fact<WorkingSet>) {
    guard let reason = reasons[usage.couponID] else { return giveBack(usage, because: .requested) }
    return giveBack(usage, because: .noLongerApplies, reason: reason.rawValue)
  }
}
