import Forms
import Ledger
import Scrip

/// What an order holds, as a quote or a change for that order sees it: none of it is counted against the order.
///
/// A usage stays under the version that it was made with, and its limits and window are not judged again, if its code
/// is wanted for the same person while it stands. Otherwise it is as good as given back: its coupon is judged like any
/// other, with counts that leave the usage out.
struct Holding {
  /// Whose order it is.
  let application: DiscountApplication
  /// What it holds, or would take again.
  let usages: [Usage]
  /// Those of them that stay as they are.
  private let kept: Set<Usage.ID>

  /// - Parameter usages: the usages that count as the order's; its live ones if it does not say.
  init(
    _ application: DiscountApplication, usages: [Usage]? = nil, customer: Customer, now: Instant,
    tenant: Tenant.ID, in set: WorkingSet
  ) {
    self.application = application
    let usages = usages ?? application.liveUsages
    self.usages = usages
    let stands = !application.hasExpired(at: now)
    kept = Set(
      usages.filter { usage in
        stands && usage.counts(customer) && !set.isRevoked(usage, tenant)
          && set.unreadableCoupon(Owned(tenant, usage.couponID)) == nil
      }.map(\.id))
  }

  /// The usage of a code that stays as it is.
  func kept(_ code: CouponCode) -> Usage? { usages.first { $0.code == code && kept.contains($0.id) } }

  /// The usage of a coupon that counts know of, under whatever code.
  func live(_ couponID: Coupon.ID) -> Usage? { usages.first { $0.couponID == couponID && $0.isCounted } }
}

extension Holding {
  /// The live application of an order; nil if it has none.
  static func application(
    ofOrder orderID: OrderID, _ tenant: Tenant.ID, _ set: WorkingSet
  ) -> DiscountApplication? {
    guard let id = set.found.applicationOfOrder[Owned(tenant, orderID)],
      let application = set.applications[Owned(tenant, id)]?.application, application.state.isLive
    else { return nil }
    return application
  }
}

extension Usage {
  /// Whether the usage counts against everything that is known of the customer, if it counts against people at all.
  func counts(_ customer: Customer) -> Bool {
    let counted = counters.filter(\.isIdentity)
    return counted.isEmpty
      || customer.identityKeys.allSatisfy { counted.contains(UsageCounter.identity($0)) }
  }
}

extension UsageCounter {
  var isIdentity: Bool {
    if case .identity = self { return true }
    return false
  }
}

extension DiscountApplication {
  /// The usages that count. One that was given back by itself, by a change or at redemption, is not among them.
  var liveUsages: [Usage] { usages.filter(\.state.isLive) }

  /// The usages that the last agreement was about, whatever became of them since; all of them where it can't be read.
  func agreedUsages() -> [Usage] {
    guard let basis else { return usages }
    let agreed = Set(basis.coupons.map(\.couponID))
    return usages.filter { agreed.contains($0.couponID) }
  }
}
