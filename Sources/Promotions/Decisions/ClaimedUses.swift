import Scrip

/// Uses that coupons which are named for one invoice would take, and those that it is about to give back: limits are judged
/// for each as if all before it were taken.
struct ClaimedUses {
  private var coupons: [Coupon.ID: Int64] = [:]
  private var codes: [CouponCode: Int64] = [:]
  private var counters: [CounterKey: Int64] = [:]

  /// Notes a use, or that it goes back.
  mutating func add(_ use: DirectUse, of couponID: Coupon.ID, _ sign: Int64) {
    coupons[couponID, default: 0] += sign
    if let code = use.code { codes[code, default: 0] += sign }
    for counter in use.counters {
      counters[CounterKey(couponID: couponID, counter: counter), default: 0] += sign
    }
  }

  /// Adds them to what is known of a coupon.
  func count(in offer: inout BillingOffer) {
    let id = offer.coupon.id
    offer.candidate.used.total += coupons[id] ?? 0
    if let code = offer.code { offer.candidate.used.byCode += codes[code] ?? 0 }
    for counter in offer.counters {
      guard let claimed = counters[CounterKey(couponID: id, counter: counter)] else { continue }
      switch counter {
      case .identity: offer.candidate.used.byUser += claimed
      case .period(let period, _): offer.candidate.used.byPeriod[period, default: 0] += claimed
      case .campaign: offer.candidate.used.campaign?.total += claimed
      case .budget, .campaignBudget: break
      }
    }
  }
}
