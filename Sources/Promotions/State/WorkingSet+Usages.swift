import Ledger
import Scrip

extension WorkingSet {
  /// Takes or gives back one use of the code and of every counter that the usage holds.
  mutating func count(_ usage: Usage, by sign: Int64, _ key: Owned<Coupon.ID>) {
    countUse(by: sign, of: key, under: usage.code)
    for counter in usage.counters {
      add(sign * counter.increment(amount: usage.amount), to: counter, of: key, under: usage.code)
    }
  }

  /// Takes or gives back one use that holds counters of uses alone.
  ///
  /// - Parameter code: the code that opened it; nil if the coupon was named itself.
  mutating func count(
    _ counters: [UsageCounter], under code: CouponCode?, by sign: Int64, _ key: Owned<Coupon.ID>
  ) {
    coupons.count(key) { $0.life.uses.redeemed += sign }
    countUse(by: sign, of: key, under: code)
    for counter in counters {
      add(sign * counter.increment(amount: 0), to: counter, of: key, under: code)
    }
  }

  private mutating func countUse(by sign: Int64, of key: Owned<Coupon.ID>, under code: CouponCode?) {
    let limits = coupons[key]?.limits
    if sign > 0 { coupons.allow(key, upTo: limits?.total) }
    guard let code = code.map({ Owned(key.tenant, $0) }) else { return }
    // An archived coupon's codes are free for others: they are not loaded, and keep the count that they had.
    if let record = codes[code], record.couponID == key.value, life(of: key)?.state != .archived {
      codes.count(code) { $0.used += sign }
      if sign > 0 { codes.allow(code, upTo: record.grant.limit ?? limits?.perCode) }
    }
  }

  mutating func add(
    _ change: Int64, to counter: UsageCounter, of key: Owned<Coupon.ID>, under code: CouponCode?
  ) {
    let counterKey = Owned(key.tenant, CounterKey(couponID: key.value, counter: counter))
    counters.count(counterKey, else: CounterRow(used: 0)) { $0.used += change }
    if change > 0 { counters.allow(counterKey, upTo: limit(of: counter, for: key, under: code)) }
  }

  /// The limit that stands now for a counter that a use of the coupon holds; nil if there is none any more.
  func limit(of counter: UsageCounter, for key: Owned<Coupon.ID>, under code: CouponCode?) -> Int64? {
    if let id = counter.campaignID { return campaignLimit(of: counter, Owned(key.tenant, id)) }
    guard let terms = coupons[key]?.terms.value?.terms else { return nil }
    switch counter {
    case .identity: return terms.limits.perUser ?? (isPersonal(key, terms, under: code) ? 1 : nil)
    case .period(let period, _): return terms.limits.perPeriod.first { $0.period == period }?.total
    case .budget(let currency): return terms.limits.budget[currency]
    case .campaign, .campaignBudget: return nil
    }
  }

  /// Of a campaign that is not here, or can't be read, no more may be taken.
  private func campaignLimit(of counter: UsageCounter, _ key: Owned<Campaign.ID>) -> Int64? {
    guard let limits = shelf[CampaignRow.self][key]?.campaign.terms.limits else { return 0 }
    if case .campaignBudget(_, let currency) = counter { return limits.budget(in: currency) }
    return limits.total
  }

  /// A personal coupon that names no limit has one use.
  private func isPersonal(_ key: Owned<Coupon.ID>, _ terms: CouponTerms, under code: CouponCode?) -> Bool {
    if terms.owner != nil { return true }
    guard let code, let record = codes[Owned(key.tenant, code)] else { return false }
    return record.couponID == key.value && record.grant.owner != nil
  }

  /// Sets a usage's state, and the application's: released once no usage is live, otherwise that of its usages.
  mutating func settle(
    _ reference: UsageReference, of tenant: Tenant.ID, as state: Usage.State, at moment: Instant,
    cause: ReleaseCause?
  ) {
    update(reference.applicationID, of: tenant) { record in
      record.application.usages.withUsage(reference.usageID) { $0.state = state }
      if state == .released, record.application.usages.contains(where: \.state.isLive) { return }
      record.application.state = state
      record.application.settledAt = moment
      record.application.releaseCause = cause
    }
  }

  /// A usage of a loaded application.
  func usage(_ reference: UsageReference, of tenant: Tenant.ID) -> Usage? {
    applications[Owned(tenant, reference.applicationID)]?.application.usages.first {
      $0.id == reference.usageID
    }
  }

  /// Changes a loaded application.
  mutating func update(
    _ id: DiscountApplication.ID, of tenant: Tenant.ID, _ change: (inout ApplicationRecord) -> Void
  ) {
    applications.change(Owned(tenant, id), .update, change)
  }
}

extension ApplicationRecord {
  /// What is agreed from now on, and in which event that stands.
  mutating func agree(on agreement: Agreement, at place: EventPlace) {
    application.buyer = agreement.buyer
    application.discount = agreement.discount
    application.total = agreement.total
    application.snapshot = agreement.snapshot
    agreedIn = EventReference(couponID: place.coupon.value, sequence: place.sequence)
  }
}

extension [Usage] {
  /// Changes the usage with an identifier, if it is there.
  mutating func withUsage(_ id: Usage.ID, _ change: (inout Usage) -> Void) {
    guard let index = firstIndex(where: { $0.id == id }) else { return }
    change(&self[index])
  }
}
