/// What becomes of locks.
extension Ledger {
  mutating func redeem(
    _ index: Int, _ cart: Cart?, customer: Customer? = nil, expected: Int? = nil,
    isAllOrNothing: Bool = false, isHonoured: Bool = false
  ) -> Verdict {
    if applications[index].isKept { return .refused("order_kept_here") }
    return use(
      index, cart, customer: customer, expected: expected, isAllOrNothing: isAllOrNothing,
      isHonoured: isHonoured)
  }

  /// The same, whoever keeps the order.
  mutating func use(
    _ index: Int, _ cart: Cart?, customer: Customer? = nil, expected: Int? = nil,
    isAllOrNothing: Bool = false, isHonoured: Bool = false
  ) -> Verdict {
    var honoured: Set<Int> = []
    let application = applications[index]
    let total = application.cart.goods + application.cart.shipping - application.quote.discount
    switch (application.state, application.cause) {
    case (.redeemed, _), (.released, "nothing applied"):
      let isSame =
        cart == nil || (cart == application.cart && customer ?? application.customer == application.customer)
      return isSame && expected ?? total == total ? .done : .refused("already_redeemed")
    case (.released, "expired"):
      if application.isDoomed { return .refused("lock_revoked") }
      if liveApplication(application.order) != nil { return .refused("lock_expired") }
      if isHonoured, cart == nil {
        honoured = usesWithoutRoom(application)
        break
      }
      if !application.uses.allSatisfy({ hasRoomAgain($0, isRepriced: cart != nil) }) {
        return .refused("lock_expired")
      }
      let found = found(by: [], for: application)
      if !found.haveRoomAgain(application.uses, isRepriced: cart != nil) { return .refused("lock_expired") }
    case (.released, "revoked"): return .refused("lock_revoked")
    case (.released, _): return .refused("already_released")
    case (.locked, _): if application.isDoomed { return .refused("lock_revoked") }
    }
    let wish = Wish(expectedTotal: expected, isAllOrNothing: isAllOrNothing, isPaid: true)
    if let cart {
      if let reason = reprice(index, cart, customer ?? application.customer, wish) { return .refused(reason) }
    } else if let expected, expected != total {
      return .refused("total_changed")
    }
    let kept = applications[index].uses
    if kept.isEmpty {
      applications[index].state = .released
      applications[index].cause = "nothing applied"
      return .done
    }
    for use in kept {
      uses[use].state = .redeemed
      uses[use].isOverLimit = honoured.contains(use)
    }
    if application.state == .released { for use in kept where !honoured.contains(use) { audit(use) } }
    if application.isDoomed { breaches.append("a revoked lock of order \(application.order) was redeemed") }
    applications[index].state = .redeemed
    applications[index].cause = ""
    return .done
  }

  /// Whether a use whose lock ran out can be taken again. Its window is not judged: the customer was in time.
  func hasRoomAgain(_ index: Int, isRepriced: Bool) -> Bool {
    let use = uses[index]
    let limits = coupons[use.coupon].terms.limits
    if coupons[use.coupon].state != .active { return false }
    if let total = limits.total, live(use.coupon).count >= total { return false }
    if let limit = codes[use.code]?.limit ?? limits.perCode, used(use.coupon, code: use.code) >= limit {
      return false
    }
    let isPersonal = use.codeOwner != nil || coupons[use.coupon].terms.owner != nil
    if let limit = limits.perUser ?? (isPersonal ? 1 : nil),
      use.keys.contains(where: { used(use.coupon, by: $0) >= limit })
    {
      return false
    }
    for span in use.spans {
      if let limit = limits.perPeriod[span.period], used(use.coupon, in: span) >= limit { return false }
    }
    if !isRepriced, let budget = use.budget, let limit = limits.budget[budget] {
      return spent(use.coupon, budget) + use.amount <= limit
    }
    return true
  }

  /// The uses of a lock that ran out that can't be taken again: each is judged beside those before it that can, by coupon.
  private func usesWithoutRoom(_ application: Application) -> Set<Int> {
    let found = found(by: [], for: application)
    var taken: [Int] = []
    for use in application.uses.sorted(by: { coupons[uses[$0].coupon].id < coupons[uses[$1].coupon].id })
    where hasRoomAgain(use, isRepriced: false) && found.haveRoomAgain(taken + [use], isRepriced: false) {
      taken.append(use)
    }
    return Set(application.uses).subtracting(taken)
  }

  mutating func release(_ index: Int) -> Verdict {
    if applications[index].isKept { return .refused("order_kept_here") }
    switch applications[index].state {
    case .redeemed: return .refused("already_redeemed")
    case .released: return .done
    case .locked:
      giveBack(index, cause: "requested")
      return .done
    }
  }

  mutating func extend(_ index: Int, seconds: Int) -> Verdict {
    let application = applications[index]
    if application.isKept { return .refused("order_kept_here") }
    switch (application.state, application.cause) {
    case (.redeemed, _): return .refused("already_redeemed")
    case (.released, "expired"): return .refused(application.isDoomed ? "lock_revoked" : "lock_expired")
    case (.released, "revoked"): return .refused("lock_revoked")
    case (.released, _): return .refused("already_released")
    case (.locked, _): if application.isDoomed { return .refused("lock_revoked") }
    }
    let latest = application.lockedAt + 7 * 86_400
    applications[index].expiresAt = max(application.expiresAt, min(now + seconds, latest))
    return .done
  }

  mutating func restore(_ index: Int, _ cause: Cause) -> Verdict {
    if applications[index].isKept { return .refused("order_kept_here") }
    return undo(index, cause)
  }

  /// The same, whoever keeps the order.
  mutating func undo(_ index: Int, _ cause: Cause) -> Verdict {
    let application = applications[index]
    if application.state == .released {
      return ["canceled", "refunded"].contains(application.cause) ? .done : .refused("not_redeemed")
    }
    if application.state == .locked { return .refused("not_redeemed") }
    for use in application.uses
    where uses[use].state == .redeemed && uses[use].terms.restores.contains(cause) {
      uses[use].state = .released
    }
    if application.uses.allSatisfy({ uses[$0].state == .released }) {
      applications[index].state = .released
      applications[index].cause = cause == .refunded ? "refunded" : "canceled"
    }
    return .done
  }
}
