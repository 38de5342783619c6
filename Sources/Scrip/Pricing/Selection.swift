/// What one set of coupons comes to.
struct Combination {
  var applied: [AppliedDiscount] = []
  var refused: [RefusedCode] = []
  var discount: Int64 = 0
  var isExclusive = false

  /// Saves more; or as much and promises more shipping discounts; or as much without being exclusive, which has to
  /// beat the others, not to equal them; or as much with lower coupon ids.
  fileprivate func isBetter(than other: Combination) -> Bool {
    if discount != other.discount { return discount > other.discount }
    if pendingCount != other.pendingCount { return pendingCount > other.pendingCount }
    if isExclusive != other.isExclusive { return other.isExclusive }
    return couponIDs.lexicographicallyPrecedes(other.couponIDs)
  }

  private var pendingCount: Int { applied.count(where: \.pending) }
  private var couponIDs: [Coupon.ID] { applied.map(\.couponID).sorted() }
}

/// Finds the coupons that apply together: prices each set that consents and can't be enlarged.
struct Selection: ~Copyable {
  private let candidates: [Candidate]
  // In the order in which they are computed.
  private let eligible: [Eligible]
  private let combinations: Combinations
  private var discounting: Discounting

  init(_ candidates: [Candidate], _ eligible: [Eligible], _ discounting: consuming Discounting) {
    self.candidates = candidates
    self.eligible = eligible
    combinations = Combinations(eligible)
    self.discounting = discounting
  }

  /// The set that saves the most, and why the coupons outside of it do not apply.
  mutating func best() -> Combination {
    if combinations.allConsent { return price(combinations.everything) }
    var best: Combination?
    var bestSet: UInt32 = 0
    for set in combinations.maximalSets() {
      discounting.startAgain()
      let combination = price(set)
      if let best, !combination.isBetter(than: best) { continue }
      best = combination
      bestSet = set
    }
    guard var best else { preconditionFailure("every coupon stands in some set") }
    for loser in eligible.indices where bestSet & 1 << UInt32(loser) == 0 {
      best.refused.append(refusal(of: loser, beside: best))
    }
    return best
  }

  /// Why a coupon outside the best set does not apply: an applied coupon is in its way; or if none is (it met only
  /// coupons that do not apply themselves), what it would come to beside the applied ones, which is nothing more.
  private mutating func refusal(of loser: Int, beside best: Combination) -> RefusedCode {
    let coupon = eligible[loser]
    let winners = eligible.indices.filter { place in
      best.applied.contains { $0.couponID == eligible[place].couponID }
    }
    let blockers = winners.filter { !combinations.allow(loser, $0) }
    if blockers.isEmpty {
      discounting.startAgain()
      let together = price(winners.reduce(1 << UInt32(loser)) { $0 | 1 << UInt32($1) })
      return together.refused.first { $0.couponID == coupon.couponID }
        ?? candidates[coupon.place].refused(.noEffect)
    }
    let lostByAmount = blockers.allSatisfy { isRivalry(coupon.terms.stacking, eligible[$0].terms.stacking) }
    return candidates[coupon.place].refused(lostByAmount ? .betterDiscountApplied : .combinationDisallowed)
  }

  /// What the coupons at the places of a bit set come to, on a cart from which nothing is taken yet.
  private mutating func price(_ set: UInt32) -> Combination {
    var combination = Combination()
    combination.applied.reserveCapacity(set.nonzeroBitCount)
    for place in bits(of: set) {
      let terms = eligible[place].terms
      do throws(Hindrance) {
        let taken = try discounting.apply(
          terms, to: eligible[place].targets, used: candidates[eligible[place].place].used)
        combination.discount += taken.amount
        combination.isExclusive = terms.stacking.policy == .exclusive
        combination.applied.append(applied(eligible[place].place, terms, taken))
      } catch {
        combination.refused.append(candidates[eligible[place].place].refused(error))
      }
    }
    return combination
  }

  private func applied(_ place: Int, _ terms: CouponTerms, _ taken: Discounting.Taken) -> AppliedDiscount {
    AppliedDiscount(
      code: candidates[place].code, couponID: candidates[place].couponID,
      version: candidates[place].version, title: terms.name, amount: taken.amount,
      uncappedAmount: taken.uncapped, scope: terms.scope, discountClass: terms.discountClass,
      priority: terms.priority, pending: taken.isPending, allocations: taken.allocations)
  }

  /// Two coupons of which only one is meant to apply, so that the other lost by its amount and not by a missing
  /// consent: one of them is exclusive, or both are of one group.
  private func isRivalry(_ left: Stacking, _ right: Stacking) -> Bool {
    switch (left.policy, right.policy) {
    case (.exclusive, _), (_, .exclusive): true
    case (.group(let one), .group(let other)): one == other
    default: false
    }
  }
}
