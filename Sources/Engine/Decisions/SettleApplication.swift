import Scrip
import Wire

/// Uses a lock up: the order is paid.
public struct RedeemApplication: Decidable {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// What the caller believes the order to cost after discounts, in minor units; anything else is refused.
  public var expectedTotal: Int64?
  /// The cart as it is now, if it has changed since the lock or its shipping was not known then.
  public var cart: Cart?
  /// The customer to price the changed cart for; the locked one if absent.
  public var customer: Customer?

  /// Makes a wish.
  public init(
    applicationID: DiscountApplication.ID, expectedTotal: Int64? = nil, cart: Cart? = nil,
    customer: Customer? = nil
  ) {
    self.applicationID = applicationID
    self.expectedTotal = expectedTotal
    self.cart = cart
    self.customer = customer
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application, its coupons, and the versions it is pinned to.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.applications.insert(Owned(tenant, applicationID))
    guard let application = set.applications[Owned(tenant, applicationID)]?.application else { return }
    request.orders.insert(Owned(tenant, application.orderID))
    Repricing.ask(for: application, request: &request, of: tenant, given: set)
    for usage in application.usages {
      for counter in usage.counters {
        request.counters.insert(Owned(tenant, CounterKey(couponID: usage.couponID, counter: counter)))
      }
    }
  }

  /// Redeems a lock; a retry gets the same application; a lock that ran out is taken again if there is room.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    let application = try set.application(applicationID, of: context.tenant)
    switch (application.state, application.releaseCause) {
    case (.redeemed, _): return Decision(reply: .application(application.id, isNew: false))
    case (.released, .expired):
      try set.checkNotRevoked(application, context.tenant)
      try Relocking(application: application, set: set, context: context, isRepriced: cart != nil).check()
    case (.released, .revoked): throw Refusal.lockRevoked
    case (.released, _): throw Refusal(.alreadyReleased, "The application was given back before.")
    case (.locked, _): try set.checkNotRevoked(application, context.tenant)
    }
    var facts: [(stream: EventStream, fact: Event.Fact)] = []
    var total = application.total
    var isShort = false
    if let cart {
      let repricing = try Repricing(
        of: application, cart: cart, customer: customer ?? application.agreedCustomer, set: set,
        context: context)
      try check(repricing.quote.notApplied, isRelock: application.state == .released)
      facts = repricing.facts
      total = repricing.quote.total
      isShort = repricing.isShort
    }
    try check(total)
    for usage in application.usages {
      let reference = UsageReference(
        applicationID: application.id, usageID: usage.id, orderID: application.orderID)
      let redeemed = RedeemedUsage(usage: reference, wasRelocked: usage.state == .released)
      facts.append((.coupon(usage.couponID), .couponRedeemed(redeemed)))
    }
    return Decision(facts, reply: .application(application.id, isNew: false), isShort: isShort)
  }

  private func check(_ refused: [RefusedCode], isRelock: Bool) throws(Refusal) {
    if refused.isEmpty { return }
    if isRelock, refused.contains(where: \.reason.isConflict) { throw Refusal.lockExpired }
    throw Refusal(codes: refused)
  }

  private func check(_ total: Int64) throws(Refusal) {
    guard let expectedTotal, expectedTotal != total else { return }
    throw Refusal(
      .totalChanged, "The total is not the one that was expected.",
      items: [
        Refusal.Item(
          pointer: "/expected_total", code: Refusal.Code.totalChanged.rawValue,
          message: "Apply the codes to the changed cart before redeeming.",
          facts: ["expected": .integer(expectedTotal), "actual": .integer(total)])
      ])
  }
}

/// Judges whether a lock that ran out can be taken again: its coupons are in use and have room.
///
/// The window is not judged again: the customer was in time when the lock was made, and has paid.
private struct Relocking {
  let application: DiscountApplication
  let set: WorkingSet
  let context: DecisionContext
  let isRepriced: Bool

  func check() throws(Refusal) {
    let other = set.applicationOfOrder[Owned(context.tenant, application.orderID)]
    let isReplaced =
      other.flatMap { set.applications[Owned(context.tenant, $0)] }?.application.state.isLive ?? false
    if isReplaced || !application.usages.allSatisfy(hasRoom) {
      throw Refusal.lockExpired
    }
  }

  private func hasRoom(_ usage: Usage) -> Bool {
    guard let coupon = set.coupons[Owned(context.tenant, usage.couponID)]?.coupon, coupon.state == .active
    else { return false }
    let limits = coupon.terms.limits
    if let total = limits.total, coupon.uses.live >= total { return false }
    if let record = set.codes[Owned(context.tenant, usage.code)], record.couponID == usage.couponID,
      let limit = record.grant.limit ?? limits.perCode, record.used >= limit
    {
      return false
    }
    return usage.counters.allSatisfy { hasRoom($0, for: usage) }
  }

  private func hasRoom(_ counter: UsageCounter, for usage: Usage) -> Bool {
    // A changed cart has another amount: pricing it looks at the budget.
    if isRepriced, case .budget = counter { return true }
    guard let limit = set.limit(of: counter, for: usage, context.tenant) else { return true }
    let used =
      set.counters[Owned(context.tenant, CounterKey(couponID: usage.couponID, counter: counter))] ?? 0
    return used + counter.increment(amount: usage.amount) <= limit
  }
}

/// Gives a lock back: the payment failed, or the cart was abandoned.
public struct ReleaseApplication: Decidable {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes a wish.
  public init(applicationID: DiscountApplication.ID, reason: String? = nil) {
    self.applicationID = applicationID
    self.reason = reason
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.applications.insert(Owned(tenant, applicationID))
  }

  /// Releases a lock once; a retry gets the same application.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    let application = try set.application(applicationID, of: context.tenant)
    switch application.state {
    case .released: return Decision(reply: .application(application.id, isNew: false))
    case .redeemed:
      throw Refusal(.alreadyRedeemed, "The application was redeemed; restore it if the order is canceled.")
    case .locked:
      return Decision(
        application.release(because: .requested, reason: reason),
        reply: .application(application.id, isNew: false))
    }
  }
}

/// Gives a lock more time, counted from now.
public struct ExtendApplication: Decidable {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// How long it lasts from now on, in seconds; nil for the tenant's default. It never ends earlier than before, nor
  /// later than seven days after it was made.
  public var lockSeconds: Int64?

  /// Makes a wish.
  public init(applicationID: DiscountApplication.ID, lockSeconds: Int64? = nil) {
    self.applicationID = applicationID
    self.lockSeconds = lockSeconds
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application and the tenant's settings.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.applications.insert(Owned(tenant, applicationID))
  }

  /// Extends a lock that still holds.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    let application = try set.application(applicationID, of: context.tenant)
    switch (application.state, application.releaseCause) {
    case (.redeemed, _): throw Refusal(.alreadyRedeemed, "The application was redeemed.")
    case (.released, .expired):
      try set.checkNotRevoked(application, context.tenant)
      throw Refusal(.lockExpired, "The lock ran out; apply the codes again.")
    case (.released, .revoked): throw Refusal.lockRevoked
    case (.released, _): throw Refusal(.alreadyReleased, "The application was given back before.")
    case (.locked, _): try set.checkNotRevoked(application, context.tenant)
    }
    let wished = context.now.adding(seconds: lockSeconds ?? set.settings(context.tenant).lockSeconds)
    let latest = application.lockedAt.adding(seconds: TenantSettings.lockSecondsRange.upperBound)
    let expiresAt = max(application.expiresAt, min(wished, latest))
    let facts: [(stream: EventStream, fact: Event.Fact)] = application.usages.map { usage in
      (.coupon(usage.couponID), .lockExtended(application.reference(to: usage), expiresAt: expiresAt))
    }
    return Decision(
      expiresAt == application.expiresAt ? [] : facts, reply: .application(application.id, isNew: false))
  }
}

/// Gives redeemed usages back after the order was canceled or refunded in full, where their coupons say so.
public struct RestoreApplication: Decidable {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// What became of the order.
  public var cause: CouponTerms.RestoreCause
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes a wish.
  public init(applicationID: DiscountApplication.ID, cause: CouponTerms.RestoreCause, reason: String? = nil) {
    self.applicationID = applicationID
    self.cause = cause
    self.reason = reason
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application and the versions that it is pinned to.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.applications.insert(Owned(tenant, applicationID))
    guard let application = set.applications[Owned(tenant, applicationID)]?.application else { return }
    Repricing.ask(for: application, request: &request, of: tenant, given: set)
  }

  /// Restores each usage at most once; usages whose coupon does not restore for this cause stay redeemed.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    let application = try set.application(applicationID, of: context.tenant)
    let wasRestored =
      application.state == .released
      && (application.releaseCause == .canceled || application.releaseCause == .fullyRefunded)
    if application.state != .redeemed, !wasRestored {
      throw Refusal(.notRedeemed, "Only a redeemed application can be restored; release a locked one.")
    }
    let facts = application.usages.filter { usage in
      usage.state == .redeemed
        && set.terms(context.tenant, usage.couponID, version: usage.version)?.restoreOn.contains(cause)
          ?? false
    }.map { usage in
      (
        stream: EventStream.coupon(usage.couponID),
        fact: Event.Fact.couponReleased(
          ReleasedUsage(
            usage: application.reference(to: usage), cause: cause == .canceled ? .canceled : .fullyRefunded,
            reason: reason))
      )
    }
    return Decision(facts, reply: .application(application.id, isNew: false))
  }
}

extension WorkingSet {
  func application(_ id: DiscountApplication.ID, of tenant: Tenant.ID) throws(Refusal) -> DiscountApplication
  {
    guard let record = applications[Owned(tenant, id)] else {
      throw Refusal(.applicationNotFound, "There is no application \(id).")
    }
    return record.application
  }

  /// A lock is void from the moment on in which one of its coupons was disabled together with its locks: before it is
  /// given back, after it ran out, and also when the coupon is in use again.
  func checkNotRevoked(_ application: DiscountApplication, _ tenant: Tenant.ID) throws(Refusal) {
    if isRevoked(application, tenant) { throw Refusal.lockRevoked }
  }

  /// Whether a coupon of the application has revoked its locks since the application was locked.
  func isRevoked(_ application: DiscountApplication, _ tenant: Tenant.ID) -> Bool {
    application.usages.contains { usage in
      (coupons[Owned(tenant, usage.couponID)]?.coupon.revocations ?? 0) > usage.revocations
    }
  }
}

extension Refusal {
  static let lockExpired = Refusal(.lockExpired, "The lock ran out and its place was taken.")

  static let lockRevoked = Refusal(
    .lockRevoked, "A coupon of the application was disabled together with its locks.")
}

extension DiscountApplication {
  func reference(to usage: Usage) -> UsageReference {
    UsageReference(applicationID: id, usageID: usage.id, orderID: orderID)
  }

  /// The facts that give every live usage back.
  func release(
    because cause: ReleasedUsage.Cause, reason: String? = nil
  ) -> [(stream: EventStream, fact: Event.Fact)] {
    usages.filter(\.state.isLive).map { usage in
      (
        .coupon(usage.couponID),
        .couponReleased(ReleasedUsage(usage: reference(to: usage), cause: cause, reason: reason))
      )
    }
  }
}
