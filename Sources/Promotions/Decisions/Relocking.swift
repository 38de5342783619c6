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

  /// - Throws: `lock_expired`, with what stands in the way.
  func check() throws(Refusal) {
    let other = set.found.applicationOfOrder[Owned(context.tenant, application.orderID)]
    let isReplaced =
      other.flatMap { set.applications[Owned(context.tenant, $0)] }?.application.state.isLive ?? false
    if isReplaced { throw .lockExpired("The lock ran out, and the order has another application by now.") }
    for usage in usages {
      let state = set.life(of: Owned(context.tenant, usage.couponID))?.state
      guard state == .active else {
        throw .lockExpired(
          "The lock ran out, and the coupon of \(usage.code.canonical) is no longer in use.",
          of: usage, state == .disabled ? .couponDisabled : .couponNotActive)
      }
      if try !hasRoom(usage, set.coupon(usage.couponID, of: context.tenant)) { throw .lockExpired }
    }
  }

  private func hasRoom(_ usage: Usage, _ coupon: Coupon) -> Bool {
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
      set.counters[Owned(context.tenant, CounterKey(couponID: usage.couponID, counter: counter))]?.used ?? 0
    return used + counter.increment(amount: usage.amount) <= limit
  }
}
