import Ledger
import Scrip

/// Locks whose time is over take their counts with them only when somebody wants their place, or a round of tidying
/// comes by. A quote, which changes nothing, leaves them out instead, so that it says what a lock would find.
extension WorkingSet {
  /// Takes the uses of a tenant's coupons out of all counts whose locks are over, as far as they were looked for.
  ///
  /// - Parameter kept: locks that stay counted: the order's own, which is left out elsewhere, and those that can't be
  ///   given back.
  mutating func leaveOutEndedUses(
    of tenant: Tenant.ID, at now: Instant, but kept: Set<DiscountApplication.ID>
  ) {
    for (key, uses) in found.heldUses where key.tenant == tenant {
      let ended = uses.filter { $0.expiresAt <= now && !kept.contains($0.applicationID) }
      if ended.isEmpty { continue }
      for use in ended { leaveOut(use, of: key) }
      let rest = uses.filter { !ended.contains($0) }
      found.heldUses[key] = rest
      found.heldUntil[key] = rest.first?.expiresAt
    }
  }

  private mutating func leaveOut(_ use: HeldUse, of key: Owned<Coupon.ID>) {
    coupons.suppose(key) { $0.life.uses.locked.takeBack(1) }
    codes.suppose(Owned(key.tenant, use.code)) { $0.used.takeBack(1) }
    for counter in use.counters {
      counters.suppose(Owned(key.tenant, CounterKey(couponID: key.value, counter: counter))) {
        $0.used.takeBack(counter.increment(amount: use.amount))
      }
    }
  }
}

extension PersonalCoupon {
  /// The entry without what these uses have taken.
  func leavingOut(_ uses: [HeldUse], of userID: UserID) -> PersonalCoupon {
    var entry = self
    let user = UsageCounter.identity(IdentityKey(userID))
    for use in uses {
      entry.coupon.uses.locked.takeBack(1)
      if use.counters.contains(user) { entry.used.takeBack(1) }
      if let campaign = entry.campaign, use.counters.contains(.campaign(campaign.id)) {
        entry.campaign?.total.takeBack(1)
      }
      for place in entry.codes.indices where entry.codes[place].grant.code == use.code {
        entry.codes[place].used.takeBack(1)
      }
    }
    return entry
  }
}

extension Int64 {
  /// A count of a damaged row may be too low already.
  fileprivate mutating func takeBack(_ count: Int64) { self = Swift.max(0, self - count) }
}
