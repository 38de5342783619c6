import Scrip

/// Gives back the locks whose time ran out. Every batch does so before it decides anything; this wish makes a batch
/// where there is nothing else to do.
public struct TidyExpiredLocks: Decidable {
  /// Whether answers that have been kept for long enough are forgotten on the occasion.
  public var forgetsAnswers: Bool

  /// Makes a wish.
  public init(forgetsAnswers: Bool = true) { self.forgetsAnswers = forgetsAnswers }

  /// Asks for nothing: expired locks are loaded with every batch.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
  }

  /// Says how many the batch has tidied away; the batch adds whether there is more to tidy.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    Decision(
      reply: .tidied(count: set.expired.count, isComplete: set.expired.count < LoadRequest.tidyMax))
  }
}

/// Gives back the locks of a coupon that was disabled together with them, up to `LoadRequest.tidyMax` at a time.
public struct RevokeLocks: Decidable {
  /// Which coupon.
  public var couponID: Coupon.ID

  /// Makes a wish.
  public init(couponID: Coupon.ID) { self.couponID = couponID }

  /// About the coupon.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(couponID) }

  /// Asks for the coupon's locked applications.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.coupons.insert(Owned(tenant, couponID))
    request.lockedOf.insert(Owned(tenant, couponID))
  }

  /// Releases each of them with all of its usages, because the quote that was agreed holds no longer.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision {
    guard let coupon = set.coupons[Owned(context.tenant, couponID)]?.coupon, coupon.revokesLocks else {
      return Decision(reply: .tidied(count: 0, isComplete: true))
    }
    let found = set.lockedOf[Owned(context.tenant, couponID)] ?? []
    // Commands earlier in the batch may have locked more than were found.
    let locked = set.applications.filter { key, record in
      key.tenant == context.tenant && record.application.state == .locked
        && record.application.usages.contains { $0.couponID == couponID }
    }.sorted { $0.key < $1.key }.map(\.value.application)
    return Decision(
      locked.flatMap { $0.release(because: .revoked) },
      reply: .tidied(count: locked.count, isComplete: found.count < LoadRequest.tidyMax))
  }
}
