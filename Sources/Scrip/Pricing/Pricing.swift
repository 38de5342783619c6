/// Prices carts: which of the given coupons apply, what each takes off, and why the others do not.
///
/// The result is a function of the set of codes: the order in which they were typed changes nothing but the order of
/// the refusals. Coupons are computed by class (line, order, shipping), then priority, then percentages before fixed
/// amounts, then narrow before wide (what less may be discounted of, at list price), then coupon id. Of all combinations that both sides consent to and that no further coupon could join, the
/// one that saves the most applies; between equals an exclusive coupon gives way, then the lowest coupon ids win.
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
  /// - Throws: `MoneyOverflow` if goods and shipping come to more than `Money.minorUnitsMax`.
  public func quote(
    _ candidates: [Candidate], refused: [RefusedCode] = [], in context: EligibilityContext
  ) throws(MoneyOverflow) -> Quote {
    precondition(candidates.count <= Pricing.codesMax, "more codes than one order may carry")
    for place in candidates.indices {
      for other in 0..<place {
        precondition(
          candidates[other].couponID != candidates[place].couponID, "a coupon stands once in a quote")
      }
    }
    let goods = try Goods(context.cart)
    let eligibility = Eligibility(context: context, goods: goods)
    var refused = refused
    var eligible: [Eligible] = []
    eligible.reserveCapacity(candidates.count)
    for place in candidates.indices {
      do throws(RefusedCode) {
        let targets = try eligibility.check(candidates[place])
        eligible.append(Eligible(candidates[place], targets, of: goods))
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
      provisional: isProvisional(eligible, refused: refused, for: context.customer))
  }

  /// Whether more knowledge may change the quote: a limit is held against a person whom nobody named, or a refused
  /// coupon asks for what nobody said. Coupons that are used up have no say, so that strangers learn nothing of them.
  private func isProvisional(_ eligible: [Eligible], refused: [RefusedCode], for customer: Customer) -> Bool {
    if refused.contains(where: \.isProvisional) { return true }
    guard customer.identityKeys.isEmpty else { return false }
    return eligible.contains { coupon in
      coupon.candidate.perUserLimit != nil
        && !refused.contains { $0.couponID == coupon.candidate.couponID && $0.reason.isConflict }
    }
  }

  /// Class, priority, percentage before fixed, narrow before wide, coupon id: a total order, since each coupon stands
  /// here once.
  private func isComputedBefore(_ left: Eligible, _ right: Eligible) -> Bool {
    let (one, other) = (left.candidate, right.candidate)
    let ranks = (rank(one), rank(other))
    if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
    if one.terms.priority != other.terms.priority { return one.terms.priority < other.terms.priority }
    let fixed = (isFixed(one), isFixed(other))
    if fixed.0 != fixed.1 { return fixed.1 }
    if left.goodsListed != right.goodsListed { return left.goodsListed < right.goodsListed }
    return one.couponID < other.couponID
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

/// A candidate that may be used, with what it may discount.
///
/// A class because every copy of a candidate as a value would count up a dozen references.
final class Eligible: Sendable {
  let candidate: Candidate
  let targets: Targets
  /// What its lines cost at list price. Of two coupons the one that may take less must take it first: what the wider
  /// one takes elsewhere is out of its reach.
  let goodsListed: Int64

  init(_ candidate: Candidate, _ targets: Targets, of goods: Goods) {
    self.candidate = candidate
    self.targets = targets
    goodsListed = goods.listed(targets.lines)
  }
}

/// What one set of coupons comes to.
private struct Combination {
  var applied: [AppliedDiscount] = []
  var refused: [RefusedCode] = []
  var discount: Int64 = 0
  var isExclusive = false

  /// Saves more; or as much and promises more shipping discounts; or as much without being exclusive, which has to
  /// beat the others, not to equal them; or as much with lower coupon ids.
  func isBetter(than other: Combination) -> Bool {
    if discount != other.discount { return discount > other.discount }
    if pendingCount != other.pendingCount { return pendingCount > other.pendingCount }
    if isExclusive != other.isExclusive { return other.isExclusive }
    return couponIDs.lexicographicallyPrecedes(other.couponIDs)
  }

  private var pendingCount: Int { applied.count(where: \.pending) }
  private var couponIDs: [Coupon.ID] { applied.map(\.couponID).sorted() }
}

extension Pricing {
  private func bestCombination(of eligible: [Eligible], goods: Goods, cart: Cart) -> Combination {
    if eligible.count < 2 { return price(Array(eligible.indices), of: eligible, goods: goods, cart: cart) }
    let combinations = Combinations(eligible)
    var best: Combination?
    var bestSet: UInt32 = 0
    for set in combinations.maximalSets() {
      let combination = price(bits(of: set), of: eligible, goods: goods, cart: cart)
      if let best, !combination.isBetter(than: best) { continue }
      best = combination
      bestSet = set
    }
    guard var best else { preconditionFailure("every coupon stands in some set") }
    for loser in eligible.indices where bestSet & 1 << UInt32(loser) == 0 {
      best.refused.append(refusal(of: loser, beside: best, eligible, combinations, goods: goods, cart: cart))
    }
    return best
  }

  /// Why a coupon outside the best set does not apply: an applied coupon is in its way; or if none is (it met only
  /// coupons that do not apply themselves), what it would come to beside the applied ones, which is nothing more.
  private func refusal(
    of loser: Int, beside best: Combination, _ eligible: [Eligible], _ combinations: Combinations,
    goods: Goods, cart: Cart
  ) -> RefusedCode {
    let winners = eligible.indices.filter { place in
      best.applied.contains { $0.couponID == eligible[place].candidate.couponID }
    }
    let blockers = winners.filter { !combinations.allow(loser, $0) }
    let candidate = eligible[loser].candidate
    if blockers.isEmpty {
      let together = price((winners + [loser]).sorted(), of: eligible, goods: goods, cart: cart)
      return together.refused.first { $0.couponID == candidate.couponID } ?? candidate.refused(.noEffect)
    }
    let lostByAmount = blockers.allSatisfy {
      isRivalry(candidate.terms.stacking, eligible[$0].candidate.terms.stacking)
    }
    return candidate.refused(lostByAmount ? .betterDiscountApplied : .combinationDisallowed)
  }

  private func price(_ places: [Int], of eligible: [Eligible], goods: Goods, cart: Cart) -> Combination {
    var discounting = Discounting(cart, goods, policy)
    var combination = Combination()
    combination.applied.reserveCapacity(places.count)
    for place in places {
      let coupon = eligible[place]
      do throws(RefusedCode) {
        let discount = try discounting.apply(coupon.candidate, to: coupon.targets)
        combination.discount += discount.amount
        combination.isExclusive = coupon.candidate.terms.stacking.policy == .exclusive
        combination.applied.append(discount)
      } catch {
        combination.refused.append(error)
      }
    }
    return combination
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
