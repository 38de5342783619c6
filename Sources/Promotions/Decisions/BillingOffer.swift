import Forms
import Ledger
import Scrip

/// A coupon that a subscription or an invoice may be given: found by one of its codes, or by itself.
struct BillingOffer {
  /// The coupon.
  let coupon: Coupon
  /// The code that opened it; nil if it was named itself.
  let code: CouponCode?
  /// What is known of it.
  var candidate: Candidate
  /// The counters that a use of it takes.
  let counters: [UsageCounter]

  /// Asks for the coupon, then for the counters that its limits look at.
  static func ask(
    for name: Invoice.DirectCoupon.Name, customer: Customer, currency: Currency, now: Instant,
    request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet
  ) {
    switch name {
    case .code(let text):
      CodeResolution.ask(
        for: [TypedCode(text.text)], customer: customer, currency: currency, now: now, request: &request,
        of: tenant, given: set)
      if let code = TypedCode(text.text).code, let record = set.code(code, of: tenant) {
        request.coupons.insert(Owned(tenant, record.couponID))
      }
    case .coupon(let id):
      request.coupons.insert(Owned(tenant, id))
      guard let coupon = set.coupons[Owned(tenant, id)]?.coupon else { return }
      for counter in counters(of: coupon.terms, nil, customer, currency, now) {
        request.add(counter, of: id, tenant)
      }
    }
  }

  /// Asks for the coupon alone, while nobody knows for whom it is: it is locked with the subscription.
  static func askAlone(
    for name: Invoice.DirectCoupon.Name, request: inout LoadRequest, of tenant: Tenant.ID
  ) {
    switch name {
    case .code(let text):
      if let code = TypedCode(text.text).code { request.codes.insert(Owned(tenant, code)) }
    case .coupon(let id): request.coupons.insert(Owned(tenant, id))
    }
  }

  /// Finds a coupon.
  ///
  /// - Throws: why there is none to be given.
  init(
    _ name: Invoice.DirectCoupon.Name, at index: Int = 0, customer: Customer, currency: Currency,
    now: Instant, of tenant: Tenant.ID, in set: WorkingSet
  ) throws(InvoiceHindrance) {
    let record: CodeRecord?
    let couponID: Coupon.ID
    switch name {
    case .code(let text):
      guard let typed = TypedCode(text.text).code else { throw InvoiceHindrance(.codeMalformed) }
      if set.unreadableCode(typed, tenant) != nil { throw InvoiceHindrance(.couponUnreadable) }
      guard let found = set.code(typed, of: tenant) else { throw InvoiceHindrance(.unknownCode) }
      record = found
      couponID = found.couponID
    case .coupon(let id):
      record = nil
      couponID = id
    }
    let key = Owned(tenant, couponID)
    if set.unreadableCoupon(key) != nil { throw InvoiceHindrance(.couponUnreadable) }
    guard let coupon = set.coupons[key]?.coupon else { throw InvoiceHindrance(.unknownCode) }
    if set.lacksCampaign(of: coupon.terms, tenant) { throw InvoiceHindrance(.couponUnreadable) }
    self.coupon = coupon
    code = record?.grant.code
    counters = Self.counters(of: coupon.terms, record, customer, currency, now)
    guard let named = code ?? CouponCode(couponID.description) else {
      preconditionFailure("an identifier has the form of a code")
    }
    candidate = Candidate(
      typed: named.canonical, index: index, code: named, couponID: couponID, state: coupon.state,
      version: coupon.version, terms: coupon.terms, codeOwner: record?.grant.owner,
      codeLimit: record?.grant.limit, used: Self.used(coupon, record, counters, tenant, set))
  }

  /// Why it can't be given; nil if it can. A code of an archived coupon is free, and nothing is known of it; whoever names
  /// the coupon itself hears where it stands.
  func hindrance(for customer: Customer, in currency: Currency, at now: Instant) -> InvoiceHindrance? {
    let hindrance = candidate.hindranceToBilling(for: customer, in: currency, at: now)
    if code == nil, hindrance?.reason == .unknownCode { return InvoiceHindrance(.couponNotActive) }
    return hindrance
  }

  /// What a use of it is.
  func use() -> DirectUse {
    DirectUse(code: code, counters: counters, revocations: coupon.revocations)
  }

  private static func counters(
    of terms: CouponTerms, _ record: CodeRecord?, _ customer: Customer, _ currency: Currency, _ now: Instant
  ) -> [UsageCounter] {
    CodeResolution.counters(
      of: terms, isPersonal: record?.grant.owner != nil || terms.owner != nil, customer: customer,
      currency: currency, now: now
    ).filter { !$0.isMoney }
  }

  private static func used(
    _ coupon: Coupon, _ record: CodeRecord?, _ counters: [UsageCounter], _ tenant: Tenant.ID,
    _ set: WorkingSet
  ) -> UsedSoFar {
    var used = UsedSoFar(total: coupon.uses.live, byCode: record?.used ?? 0)
    for counter in counters {
      let count = set.counters[Owned(tenant, CounterKey(couponID: coupon.id, counter: counter))]?.used ?? 0
      switch counter {
      case .identity: used.byUser = max(used.byUser, count)
      case .period(let period, _): used.byPeriod[period] = count
      case .campaign(let id): used.campaign = set.campaignUse(id, tenant)
      case .budget, .campaignBudget: break
      }
    }
    return used
  }
}

extension WorkingSet {
  /// Whether the uses of a coupon were revoked since one was taken.
  func isRevoked(since revocations: Int64, _ key: Owned<Coupon.ID>) -> Bool {
    (coupons[key]?.life.revocations ?? found.revocations[key] ?? 0) > revocations
  }
}
