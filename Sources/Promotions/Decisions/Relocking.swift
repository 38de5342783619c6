import Ledger
import Scrip

/// Judges whether a lock that ran out can be taken again: its coupons are in use and have room.
///
/// The window is not judged again: the customer was in time when the lock was made, and has paid.
struct Relocking {
  let application: DiscountApplication
  let usages: [Usage]
  let set: WorkingSet
  let context: DecisionContext
  let isRepriced: Bool

  /// Whether all of them can be taken again.
  ///
  /// - Throws: `lock_expired`, with what stands in the way.
  func check() throws(Refusal) {
    try checkNotReplaced()
    for (place, usage) in usages.enumerated() {
      if let hindrance = try hindrance(to: usage, beside: usages[..<place]) { throw hindrance }
    }
  }

  /// Those that can't be taken again. Of several that share a campaign's room the first ones get it.
  ///
  /// - Throws: `lock_expired` if the order holds others by now.
  func usagesWithoutRoom() throws(Refusal) -> Set<Usage.ID> {
    try checkNotReplaced()
    var (taken, left): (ArraySlice<Usage>, Set<Usage.ID>) = ([], [])
    for usage in usages {
      if try hindrance(to: usage, beside: taken) == nil {
        taken.append(usage)
      } else {
        left.insert(usage.id)
      }
    }
    return left
  }

  private func checkNotReplaced() throws(Refusal) {
    let other = set.found.applicationOfOrder[Owned(context.tenant, application.orderID)]
    let isReplaced =
      other.flatMap { set.applications[Owned(context.tenant, $0)] }?.application.state.isLive ?? false
    if isReplaced { throw .lockExpired("The lock ran out, and the order has another application by now.") }
  }

  /// Why a usage can't be taken again beside others that are; nil if it can.
  private func hindrance(
    to usage: Usage, beside taken: ArraySlice<Usage>
  ) throws(Refusal) -> Refusal? {
    let state = set.life(of: Owned(context.tenant, usage.couponID))?.state
    guard state == .active else {
      return .lockExpired(
        "The lock ran out, and the coupon of \(usage.code.canonical) is no longer in use.",
        of: usage, state == .disabled ? .couponDisabled : .couponNotActive)
    }
    return try hasRoom(usage, set.coupon(usage.couponID, of: context.tenant), taken) ? nil : .lockExpired
  }

  private func hasRoom(_ usage: Usage, _ coupon: Coupon, _ taken: ArraySlice<Usage>) -> Bool {
    let limits = coupon.terms.limits
    if let total = limits.total, coupon.uses.live >= total { return false }
    if let record = set.codes[Owned(context.tenant, usage.code)], record.couponID == usage.couponID,
      let limit = record.grant.limit ?? limits.perCode, record.used >= limit
    {
      return false
    }
    return usage.counters.allSatisfy { hasRoom($0, for: usage, taken) }
  }

  private func hasRoom(_ counter: UsageCounter, for usage: Usage, _ taken: ArraySlice<Usage>) -> Bool {
    // A changed cart has another amount: pricing it looks at the budget.
    if isRepriced, counter.isMoney { return true }
    guard
      let limit = set.limit(
        of: counter, for: Owned(context.tenant, usage.couponID), under: usage.code)
    else { return true }
    let used =
      set.counters[Owned(context.tenant, CounterKey(couponID: usage.couponID, counter: counter))]?.used ?? 0
    // Usages of one campaign share its counters.
    let sharing = counter.campaignID == nil ? [] : taken.filter { $0.counters.contains(counter) }
    return used + (sharing + [usage]).reduce(0) { $0 + counter.increment(amount: $1.amount) } <= limit
  }
}
