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
    if next == .active {
      if let ends = coupons[coupon].terms.ends, ends <= now { return .refused("window_over") }
      let campaign = coupons[coupon].terms.campaign.map { campaigns[$0] }
      if let ends = campaign?.ends, ends <= now { return .refused("window_over") }
      // Subscriptions and invoices may name it itself.
      if coupons[coupon].terms.billing == nil, !coupons[coupon].hasCode {
        return .refused("coupon_without_code")
      }
    }
    coupons[coupon].state = next
    coupons[coupon].revokes = next == .disabled && revokes
    if coupons[coupon].revokes { doom(coupon) }
    return .done
  }

  /// The locks that hold a use of the coupon.
  private func holding(_ coupon: Int) -> [Int] {
    applications.indices.filter { index in
      applications[index].state == .locked && applications[index].uses.contains { uses[$0].coupon == coupon }
    }
  }

  /// Its locks, and those that have run out already, can never be redeemed.
  private mutating func doom(_ coupon: Int) {
    for index in uses.indices
    where uses[index].coupon == coupon && (uses[index].state == .locked || uses[index].isBilled) {
      uses[index].isDoomed = true
    }
    for index in applications.indices
    where applications[index].uses.contains(where: { uses[$0].coupon == coupon })
      && (applications[index].state == .locked || applications[index].cause == "expired")
    {
      applications[index].isDoomed = true
    }
  }

  /// Somebody gives back what coupons have revoked that are still disabled.
  mutating func giveBackRevoked() {
    for coupon in coupons.indices where coupons[coupon].revokes {
      for index in holding(coupon) { giveBack(index, cause: "revoked") }
    }
  }

  mutating func edit(_ coupon: Int, _ terms: Terms) -> Verdict {
    if coupons[coupon].state == .archived { return .refused("coupon_archived") }
    coupons[coupon].terms = terms
    return .done
  }

  mutating func add(
    _ code: Name, to coupon: Int, owner: Name?, limit: Int?, isGenerated: Bool = false
  ) -> Verdict {
    if coupons[coupon].state == .archived { return .refused("coupon_archived") }
    let rivals = codes.keys.filter { name in
      guard let other = opened(by: name) else { return false }
      return name == code || (name.likeness == code.likeness && (isGenerated || other.isGenerated))
    }
    if !rivals.isEmpty { return .refused("code_taken") }
    codes[code] = Code(coupon: coupon, owner: owner, limit: limit, isGenerated: isGenerated)
    coupons[coupon].hasCode = true
    return .made
  }
}
