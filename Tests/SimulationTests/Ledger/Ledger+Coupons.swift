/// What becomes of coupons and their codes.
extension Ledger {
  mutating func change(_ coupon: Int, to next: CouponState, revokes: Bool) -> Verdict {
    let state = coupons[coupon].state
    let isStricter = next == .disabled && revokes && !coupons[coupon].revokes
    if state == next && !isStricter { return .done }
    switch (state, next) {
    case (.archived, _), (.draft, .disabled), (_, .draft): return .refused("invalid_transition")
    default: break
    }
    // The doomed locks must be given back before anything ends the revocation.
    let holdsDoomed = holding(coupon).contains { applications[$0].isDoomed }
    if next != .disabled, coupons[coupon].revokes, holdsDoomed { return .refused("invalid_transition") }
    coupons[coupon].state = next
    coupons[coupon].revokes = next == .disabled && revokes
    if coupons[coupon].revokes { for index in holding(coupon) { applications[index].isDoomed = true } }
    return .done
  }

  /// The locks that hold a use of the coupon.
  private func holding(_ coupon: Int) -> [Int] {
    applications.indices.filter { index in
      applications[index].state == .locked && applications[index].uses.contains { uses[$0].coupon == coupon }
    }
  }

  mutating func revokeLocks(_ coupon: Int) -> Verdict {
    if coupons[coupon].revokes { for index in holding(coupon) { giveBack(index, cause: "revoked") } }
    return .done
  }

  mutating func edit(_ coupon: Int, _ terms: Terms) -> Verdict {
    if coupons[coupon].state == .archived { return .refused("coupon_archived") }
    coupons[coupon].terms = terms
    return .done
  }

  mutating func add(_ code: Name, to coupon: Int, owner: Name?, limit: Int?) -> Verdict {
    if coupons[coupon].state == .archived { return .refused("coupon_archived") }
    if opened(by: code) != nil { return .refused("code_taken") }
    codes[code] = Code(coupon: coupon, owner: owner, limit: limit)
    return .made
  }
}
