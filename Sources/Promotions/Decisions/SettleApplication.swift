import Forms
import Ledger
import Scrip

/// Gives a lock back: the payment failed, or the cart was abandoned.
public struct ReleaseApplication: PromotionAction {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(applicationID: DiscountApplication.ID, reason: String? = nil) {
    self.applicationID = applicationID
    self.reason = reason
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.addApplication(applicationID, of: tenant, given: set)
  }

  /// Releases a lock once; a retry gets the same application.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let application = try set.application(applicationID, of: context.tenant)
    try set.checkNotKept(application.orderID, context.tenant)
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
public struct ExtendApplication: PromotionAction {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// How long it lasts from now on, in seconds; nil for the tenant's default. It never ends earlier than before, nor
  /// later than seven days after it was made.
  public var lockSeconds: Int64?

  /// Makes an action.
  public init(applicationID: DiscountApplication.ID, lockSeconds: Int64? = nil) {
    self.applicationID = applicationID
    self.lockSeconds = lockSeconds
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application and the tenant's settings.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addApplication(applicationID, of: tenant, given: set)
  }

  /// Extends a lock that still holds.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let application = try set.application(applicationID, of: context.tenant)
    try set.checkNotKept(application.orderID, context.tenant)
    switch (application.state, application.releaseCause) {
    case (.redeemed, _): throw Refusal(.alreadyRedeemed, "The application was redeemed.")
    case (.released, .expired):
      try set.checkNotRevoked(application, context.tenant)
      throw Refusal(.lockExpired, "The lock ran out; apply the codes again.")
    case (.released, .revoked): throw Refusal.lockRevoked
    case (.released, _): throw Refusal(.alreadyReleased, "The application was given back before.")
    case (.locked, _): try set.checkNotRevoked(application, context.tenant)
    }
    let wanted = context.now.adding(seconds: lockSeconds ?? set.settings(context.tenant).lockSeconds)
    let expiresAt = max(application.expiresAt, min(wanted, application.latestExpiry))
    let facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = application.liveUsages.map { usage in
      (.coupon(usage.couponID), LockExtended(application.reference(to: usage), expiresAt: expiresAt))
    }
    return Decision(
      expiresAt == application.expiresAt ? [] : facts, reply: .application(application.id, isNew: false))
  }
}

/// Gives redeemed usages back after the order was canceled or refunded in full, where their coupons say so.
public struct RestoreApplication: PromotionAction {
  /// Which application.
  public var applicationID: DiscountApplication.ID
  /// What became of the order.
  public var cause: CouponTerms.RestoreCause
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(applicationID: DiscountApplication.ID, cause: CouponTerms.RestoreCause, reason: String? = nil) {
    self.applicationID = applicationID
    self.cause = cause
    self.reason = reason
  }

  /// About the application.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(applicationID) }

  /// Asks for the application and the versions that it is pinned to.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.addApplication(applicationID, of: tenant, given: set)
    guard let application = set.applications[Owned(tenant, applicationID)]?.application else { return }
    Repricing.ask(for: application, request: &request, of: tenant, given: set)
  }

  /// Restores each usage at most once; usages whose coupon does not restore for this cause stay redeemed.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let application = try set.application(applicationID, of: context.tenant)
    try set.checkNotKept(application.orderID, context.tenant)
    let wasRestored =
      application.state == .released
      && (application.releaseCause == .canceled || application.releaseCause == .fullyRefunded)
    if application.state != .redeemed, !wasRestored {
      throw Refusal(.notRedeemed, "Only a redeemed application can be restored; release a locked one.")
    }
    let facts = try application.restore(because: cause, reason: reason, in: set, context.tenant)
    return Decision(facts, reply: .application(application.id, isNew: false))
  }
}

extension DiscountApplication {
  /// The facts that give back the redeemed usages whose coupons restore them for this cause.
  ///
  /// - Throws: `coupon_unreadable`: whether a usage comes back stands in the terms that it was made with.
  func restore(
    because cause: CouponTerms.RestoreCause, reason: String?, in set: WorkingSet, _ tenant: Tenant.ID
  ) throws(Refusal) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    var restored: [Usage] = []
    for usage in usages where usage.state == .redeemed {
      if try set.readTerms(of: usage, tenant).restoreOn.contains(cause) { restored.append(usage) }
    }
    return restored.map {
      giveBack($0, because: cause == .canceled ? .canceled : .fullyRefunded, reason: reason)
    }
  }
}

extension LoadRequest {
  /// Asks for an application, and whether its order is kept here.
  fileprivate mutating func addApplication(
    _ id: DiscountApplication.ID, of tenant: Tenant.ID, given set: WorkingSet
  ) {
    applications.insert(Owned(tenant, id))
    if let found = set.applications[Owned(tenant, id)] { addOrder(found.application.orderID, of: tenant) }
  }
}

extension WorkingSet {
  func application(_ id: DiscountApplication.ID, of tenant: Tenant.ID) throws(Refusal) -> DiscountApplication
  {
    guard let record = applications[Owned(tenant, id)] else {
      throw Refusal(.applicationNotFound, "There is no application \(id).")
    }
    try checkReadable(record.application, tenant)
    return record.application
  }

  /// What becomes of an application depends on its coupons: one that can't be read may have revoked its locks.
  func checkReadable(_ application: DiscountApplication, _ tenant: Tenant.ID) throws(Refusal) {
    for usage in application.usages {
      if let failure = coupons.unreadable[Owned(tenant, usage.couponID)] { throw .unreadable(failure) }
    }
  }

  /// The terms that a usage was made with.
  ///
  /// - Throws: `coupon_unreadable`.
  func readTerms(of usage: Usage, _ tenant: Tenant.ID) throws(Refusal) -> CouponTerms {
    if let terms = terms(tenant, usage.couponID, version: usage.version) { return terms }
    throw .unreadable("version \(usage.version) of coupon \(usage.couponID)")
  }

  /// A lock is void from the moment on in which one of its coupons was disabled together with its locks: before it is
  /// given back, after it ran out, and also when the coupon is in use again.
  func checkNotRevoked(_ application: DiscountApplication, _ tenant: Tenant.ID) throws(Refusal) {
    if isRevoked(application, tenant) { throw Refusal.lockRevoked }
  }

  /// Whether a coupon of the application has revoked its locks since the application was locked. What the application
  /// gave up before does not count.
  func isRevoked(_ application: DiscountApplication, _ tenant: Tenant.ID) -> Bool {
    let usages = application.state == .released ? application.agreedUsages() : application.liveUsages
    return usages.contains { isRevoked($0, tenant) }
  }

  /// Whether the coupon has revoked its locks since the usage was locked.
  func isRevoked(_ usage: Usage, _ tenant: Tenant.ID) -> Bool {
    (life(of: Owned(tenant, usage.couponID))?.revocations ?? 0) > usage.revocations
  }
}

extension Refusal {
  static let lockExpired = Refusal(.lockExpired, "The lock ran out and its place was taken.")

  /// A lock that ran out and can't be taken again, for another reason than that its place was taken.
  static func lockExpired(_ detail: String, items: [Item] = []) -> Refusal {
    Refusal(.lockExpired, detail, items: items)
  }

  /// The same, for what became of the coupon of one usage.
  static func lockExpired(_ detail: String, of usage: Usage, _ reason: RefusalReason) -> Refusal {
    let refused = RefusedCode(
      code: usage.code.canonical, index: 0, couponID: usage.couponID, reason: reason)
    return lockExpired(detail, items: Refusal(codes: [refused], at: "").items)
  }

  static let lockRevoked = Refusal(
    .lockRevoked, "A coupon of the application was disabled together with its locks.")
}

extension DiscountApplication {
  /// No lock lasts longer than this, however often it is extended.
  var latestExpiry: Instant { lockedAt.adding(seconds: TenantSettings.lockSecondsRange.upperBound) }

  func reference(to usage: Usage) -> UsageReference {
    UsageReference(applicationID: id, usageID: usage.id, orderID: orderID)
  }

  /// The facts that give every live usage back.
  func release(
    because cause: ReleaseCause, reason: String? = nil
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    liveUsages.map { usage in
      (
        .coupon(usage.couponID),
        CouponReleased(
          usage: reference(to: usage), before: standing(of: usage), cause: cause, reason: reason)
      )
    }
  }
}
