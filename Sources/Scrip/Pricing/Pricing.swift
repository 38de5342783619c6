/// Prices carts: which of the given coupons apply, what each takes off, and why the others do not.
///
/// The result is a function of the set of codes: the order in which they were typed changes nothing but the order of
/// the refusals. Coupons are computed by class (line, order, shipping), then priority, then percentages before fixed
/// amounts, then narrow before wide (what less may be discounted of, at list price), then coupon id. Of all combinations
/// that both sides consent to and that no further coupon could join, the one that saves the most applies; between equals
/// an exclusive coupon gives way, then the lowest coupon ids win.
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
        eligible.append(Eligible(candidates, place, targets, of: goods))
      } catch {
        refused.append(error)
      }
    }
    eligible.sort { $0.isComputed(before: $1) }
    var selection = Selection(candidates, eligible, Discounting(context.cart, goods, policy))
    let best = selection.best()
    refused += best.refused
    refused.sort { $0.index < $1.index }
    return Quote(
      currency: context.cart.currency, subtotal: goods.subtotal, shipping: goods.shippingTotal,
      discount: best.discount, total: goods.subtotal + goods.shippingTotal - best.discount,
      applied: best.applied, notApplied: refused,
      provisional: isProvisional(eligible, of: candidates, refused: refused, for: context.customer))
  }

  /// Whether more knowledge may change the quote: a limit is held against a person whom nobody named, or a refused
  /// coupon asks for what nobody said. Coupons that are used up have no say, so that strangers learn nothing of them.
  private func isProvisional(
    _ eligible: [Eligible], of candidates: [Candidate], refused: [RefusedCode], for customer: Customer
  ) -> Bool {
    if refused.contains(where: \.isProvisional) { return true }
    guard customer.identityKeys.isEmpty else { return false }
    return eligible.contains { coupon in
      candidates[coupon.place].perUserLimit != nil
        && !refused.contains { $0.couponID == coupon.couponID && $0.reason.isConflict }
    }
  }
}

/// A candidate that may be used, with what it may discount.
struct Eligible {
  /// Its place among the candidates: a copy of one would count up a dozen references.
  let place: Int
  let couponID: Coupon.ID
  let terms: CouponTerms
  private let rank: Int
  private let priority: Int64
  private let isAmount: Bool
  let targets: Targets
  /// What its lines cost at list price. Of two coupons the one that may take less must take it first: what the wider
  /// one takes elsewhere is out of its reach.
  let goodsListed: Int64

  init(_ candidates: [Candidate], _ place: Int, _ targets: Targets, of goods: Goods) {
    self.place = place
    couponID = candidates[place].couponID
    terms = candidates[place].terms
    rank = terms.discountClass.rank
    priority = terms.priority
    isAmount = terms.kind.isAmount
    self.targets = targets
    goodsListed = goods.listed(targets.lines)
  }

  /// Class, priority, percentage before fixed, narrow before wide, coupon id: a total order, since each coupon stands
  /// in a quote once.
  func isComputed(before other: Eligible) -> Bool {
    if rank != other.rank { return rank < other.rank }
    if priority != other.priority { return priority < other.priority }
    if isAmount != other.isAmount { return other.isAmount }
    if goodsListed != other.goodsListed { return goodsListed < other.goodsListed }
    return couponID < other.couponID
  }
}

extension DiscountClass {
  /// Which class is computed first.
  fileprivate var rank: Int {
    switch self {
    case .line: 0
    case .order: 1
    case .shipping: 2
    }
  }
}
