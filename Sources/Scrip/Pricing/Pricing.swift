/// Prices carts: which of the given coupons apply, what each takes off, and why the others do not.
///
/// The result is a function of the set of codes: the order in which they were typed changes nothing but the order of
/// the refusals. Coupons are computed by class (line, order, shipping), then priority, then percentages before fixed
/// amounts, then coupon id. Of all combinations that both sides consent to, the one that saves the most applies;
/// between equals the one with the lowest coupon ids.
public struct Pricing: Sendable {
  /// How discounts are computed.
  public let policy: PricingPolicy

  /// The most codes that one request may carry.
  public static let codesMax = 10

  /// Makes a pricing engine.
  public init(policy: PricingPolicy = PricingPolicy()) { self.policy = policy }

  /// Prices a cart with the coupons behind its codes.
  ///
  /// - Parameters:
  ///   - candidates: the codes that were found, each once.
  ///   - refused: the codes that were turned away before pricing (malformed, unknown, typed twice).
  /// - Throws: `MoneyOverflow` if the cart's amounts do not fit into 64 bits.
  public func quote(
    _ candidates: [Candidate], refused: [RefusedCode] = [], in context: EligibilityContext
  ) throws(MoneyOverflow) -> Quote {
    precondition(candidates.count <= Pricing.codesMax, "more codes than one order may carry")
    let goods = try Goods(context.cart, rounding: policy.rounding)
    let eligibility = Eligibility(context: context, goods: goods)
    var refused = refused
    var eligible: [Candidate] = []
    for candidate in candidates {
      do throws(RefusedCode) {
        try eligibility.check(candidate)
        eligible.append(candidate)
      } catch {
        refused.append(error)
      }
    }
    eligible.sort(by: isComputedBefore)
    let best = bestCombination(of: eligible, goods: goods, cart: context.cart)
    refused += best.refused
    refused.sort { $0.index < $1.index }
    let discount = best.discount
    return Quote(
      currency: context.cart.currency, subtotal: goods.subtotal, shipping: goods.shippingTotal,
      discount: discount,
      total: goods.subtotal + goods.shippingTotal - discount, applied: best.applied, notApplied: refused,
      provisional: context.customer.identityKeys.isEmpty
        && eligible.contains { $0.perUserLimit != nil })
  }

  /// Class, priority, percentage before fixed, coupon id: a total order, since each coupon stands here once.
  private func isComputedBefore(_ left: Candidate, _ right: Candidate) -> Bool {
    let ranks = (rank(left), rank(right))
    if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
    if left.terms.priority != right.terms.priority { return left.terms.priority < right.terms.priority }
    let fixed = (isFixed(left), isFixed(right))
    if fixed.0 != fixed.1 { return fixed.1 }
    return left.couponID < right.couponID
  }

  private func rank(_ candidate: Candidate) -> Int {
    switch candidate.terms.discountClass {
    case .line: 0
    case .order: 1
    case .shipping: 2
    }
  }

  private func isFixed(_ candidate: Candidate) -> Bool {
    if case .fixed = candidate.terms.discount { return true }
    return false
  }
}

/// What one set of coupons comes to.
private struct Combination {
  var applied: [AppliedDiscount] = []
  var refused: [RefusedCode] = []

  var discount: Int64 { applied.reduce(0) { $0 + $1.amount } }
  var couponIDs: [Coupon.ID] { applied.map(\.couponID).sorted() }

  /// Saves more, or as much with lower coupon ids; a pending shipping coupon is worth having at equal savings.
  func isBetter(than other: Combination) -> Bool {
    if discount != other.discount { return discount > other.discount }
    if applied.count != other.applied.count { return applied.count > other.applied.count }
    return couponIDs.lexicographicallyPrecedes(other.couponIDs)
  }
}

extension Pricing {
  private func bestCombination(of candidates: [Candidate], goods: Goods, cart: Cart) -> Combination {
    if candidates.isEmpty { return Combination() }
    let combinations = Combinations(candidates)
    var best = Combination()
    var bestSet: UInt32 = 0
    for set in combinations.maximalSets() {
      let combination = price(bits(of: set).map { candidates[$0] }, goods: goods, cart: cart)
      if bestSet == 0 || combination.isBetter(than: best) {
        best = combination
        bestSet = set
      }
    }
    for index in candidates.indices where bestSet & 1 << UInt32(index) == 0 {
      best.refused.append(
        candidates[index].refused(loss(of: index, to: best, among: candidates, combinations: combinations)))
    }
    return best
  }

  private func price(_ candidates: [Candidate], goods: Goods, cart: Cart) -> Combination {
    let discounting = Discounting(cart: cart, policy: policy)
    var goods = goods
    var combination = Combination()
    for candidate in candidates {
      do throws(RefusedCode) {
        combination.applied.append(try discounting.apply(candidate, to: &goods))
      } catch {
        combination.refused.append(error)
      }
    }
    return combination
  }

  /// A loser that meets an exclusive coupon or one of its own group lost to a better discount; any other loser
  /// lacks the consent of a coupon that applies.
  private func loss(
    of index: Int, to best: Combination, among candidates: [Candidate], combinations: Combinations
  ) -> RefusalReason {
    let winners = candidates.indices.filter { winner in
      best.applied.contains { $0.couponID == candidates[winner].couponID }
        && !combinations.allow(index, winner)
    }
    let isRivalry = winners.contains { winner in
      switch (candidates[index].terms.stacking.policy, candidates[winner].terms.stacking.policy) {
      case (.exclusive, _), (_, .exclusive): true
      case (.group(let one), .group(let other)): one == other
      default: false
      }
    }
    return isRivalry ? .betterDiscountApplied : .combinationDisallowed
  }
}
