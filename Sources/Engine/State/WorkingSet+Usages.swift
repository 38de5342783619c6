import Scrip

extension WorkingSet {
  mutating func evolveUsage(_ key: Owned<Coupon.ID>, _ event: Event) {
    switch event.fact {
    case .couponApplied(let applied): lock(applied, key, event)
    case .couponRedeemed(let redeemed): redeem(redeemed, key, at: event.at)
    case .couponReleased(let released): release(released, key, at: event.at)
    case .lockExtended(let usage, let expiresAt):
      update(usage, of: key.tenant) { $0.application.expiresAt = expiresAt }
    case .usageRepriced(let usage, let amount, let agreement):
      reprice(usage, amount: amount, agreement: agreement, key, event)
    default: preconditionFailure("\(event.fact.name) is not about a usage")
    }
  }

  private mutating func lock(_ applied: AppliedUsage, _ key: Owned<Coupon.ID>, _ event: Event) {
    let application = Owned(key.tenant, applied.applicationID)
    var usage = applied.usage
    usage.revocations = coupons[key]?.coupon.revocations ?? 0
    if applications[application] != nil {
      join(applied, usage, key, event)
    } else if let agreement = applied.agreement {
      applications[application] = ApplicationRecord(
        application: DiscountApplication(
          id: applied.applicationID, orderID: applied.orderID, buyer: agreement.buyer, state: .locked,
          lockedAt: event.at, expiresAt: applied.expiresAt, currency: agreement.currency,
          discount: agreement.discount, total: agreement.total, snapshot: agreement.snapshot,
          usages: [usage]),
        agreedIn: EventReference(couponID: key.value, sequence: event.sequence))
      applicationOfOrder[Owned(key.tenant, applied.orderID)] = applied.applicationID
      changes.newApplications.insert(application)
    }
    coupons[key]?.coupon.uses.locked += 1
    count(usage, by: 1, key)
  }

  /// Another usage of an application: of the same lock, or of a later change, which may bring a coupon back and takes a
  /// lock again that ran out or had nothing left.
  private mutating func join(
    _ applied: AppliedUsage, _ usage: Usage, _ key: Owned<Coupon.ID>, _ event: Event
  ) {
    let application = Owned(key.tenant, applied.applicationID)
    update(applied.applicationID, of: key.tenant) { record in
      record.application.usages.put(usage)
      record.application.expiresAt = applied.expiresAt
      record.application.state = .locked
      record.application.settledAt = nil
      record.application.releaseCause = nil
      if let agreement = applied.agreement { record.agree(on: agreement, in: key.value, event.sequence) }
    }
    applicationOfOrder[Owned(key.tenant, applied.orderID)] = application.value
  }

  private mutating func redeem(_ redeemed: RedeemedUsage, _ key: Owned<Coupon.ID>, at moment: Instant) {
    guard let usage = usage(redeemed.usage, of: key.tenant) else { return }
    if redeemed.wasRelocked {
      count(usage, by: 1, key)
    } else {
      coupons[key]?.coupon.uses.locked -= 1
    }
    coupons[key]?.coupon.uses.redeemed += 1
    settle(redeemed.usage, of: key.tenant, as: .redeemed, at: moment, cause: nil)
    applicationOfOrder[Owned(key.tenant, redeemed.usage.orderID)] = redeemed.usage.applicationID
  }

  private mutating func release(_ released: ReleasedUsage, _ key: Owned<Coupon.ID>, at moment: Instant) {
    guard let usage = usage(released.usage, of: key.tenant), usage.state.isLive else { return }
    if usage.state == .locked {
      coupons[key]?.coupon.uses.locked -= 1
    } else {
      coupons[key]?.coupon.uses.redeemed -= 1
    }
    count(usage, by: -1, key)
    settle(released.usage, of: key.tenant, as: .released, at: moment, cause: released.cause)
  }

  private mutating func reprice(
    _ reference: UsageReference, amount: Int64, agreement: Agreement?, _ key: Owned<Coupon.ID>, _ event: Event
  ) {
    guard let usage = usage(reference, of: key.tenant) else { return }
    // A usage whose lock ran out holds nothing until it is taken again.
    for counter in usage.counters where usage.state.isLive {
      let change = counter.increment(amount: amount) - counter.increment(amount: usage.amount)
      if change != 0 { add(change, to: counter, of: usage, key) }
    }
    update(reference, of: key.tenant) { record in
      record.application.usages.withUsage(reference.usageID) { $0.amount = amount }
      if let agreement { record.agree(on: agreement, in: key.value, event.sequence) }
    }
  }

  /// Takes or gives back one use of the code and of every counter that the usage holds.
  private mutating func count(_ usage: Usage, by sign: Int64, _ key: Owned<Coupon.ID>) {
    let limits = coupons[key]?.coupon.terms.limits
    if sign > 0 { changes.take(key, limit: limits?.total) }
    let code = Owned(key.tenant, usage.code)
    // An archived coupon's codes are free for others: they are not loaded, and keep the count that they had.
    if let place = codes.index(forKey: code), codes.values[place].couponID == key.value,
      coupons[key]?.coupon.state != .archived
    {
      codes.values[place].used += sign
      changes.codes.insert(code)
      if sign > 0 { changes.take(code, limit: codes.values[place].grant.limit ?? limits?.perCode) }
    }
    for counter in usage.counters {
      add(sign * counter.increment(amount: usage.amount), to: counter, of: usage, key)
    }
  }

  private mutating func add(
    _ change: Int64, to counter: UsageCounter, of usage: Usage, _ key: Owned<Coupon.ID>
  ) {
    let counterKey = Owned(key.tenant, CounterKey(couponID: key.value, counter: counter))
    counters[counterKey, default: 0] += change
    changes.change(counterKey, limit: limit(of: counter, for: usage, key.tenant))
  }

  /// The limit that stands now for a counter that the usage holds; nil if there is none any more.
  func limit(of counter: UsageCounter, for usage: Usage, _ tenant: Tenant.ID) -> Int64? {
    guard let terms = coupons[Owned(tenant, usage.couponID)]?.coupon.terms else { return nil }
    switch counter {
    case .identity: return terms.limits.perUser ?? (isPersonal(usage, terms, tenant) ? 1 : nil)
    case .period(let period, _): return terms.limits.perPeriod.first { $0.period == period }?.total
    case .budget(let currency): return terms.limits.budget[currency]
    }
  }

  /// A personal coupon that names no limit has one use.
  private func isPersonal(_ usage: Usage, _ terms: CouponTerms, _ tenant: Tenant.ID) -> Bool {
    if terms.owner != nil { return true }
    guard let record = codes[Owned(tenant, usage.code)] else { return false }
    return record.couponID == usage.couponID && record.grant.owner != nil
  }

  /// Sets a usage's state, and the application's: released once no usage is live, otherwise that of its usages.
  private mutating func settle(
    _ reference: UsageReference, of tenant: Tenant.ID, as state: Usage.State, at moment: Instant,
    cause: ReleasedUsage.Cause?
  ) {
    update(reference, of: tenant) { record in
      record.application.usages.withUsage(reference.usageID) { $0.state = state }
      if state == .released, record.application.usages.contains(where: \.state.isLive) { return }
      record.application.state = state
      record.application.settledAt = moment
      record.application.releaseCause = cause
    }
  }

  private func usage(_ reference: UsageReference, of tenant: Tenant.ID) -> Usage? {
    applications[Owned(tenant, reference.applicationID)]?.application.usages.first {
      $0.id == reference.usageID
    }
  }

  private mutating func update(
    _ reference: UsageReference, of tenant: Tenant.ID, _ change: (inout ApplicationRecord) -> Void
  ) {
    update(reference.applicationID, of: tenant, change)
  }

  private mutating func update(
    _ id: DiscountApplication.ID, of tenant: Tenant.ID, _ change: (inout ApplicationRecord) -> Void
  ) {
    let key = Owned(tenant, id)
    guard var record = applications.removeValue(forKey: key) else { return }
    change(&record)
    applications[key] = record
    if !changes.newApplications.contains(key) { changes.applications.insert(key) }
  }
}

extension ApplicationRecord {
  /// What is agreed from now on, and in which event that stands.
  fileprivate mutating func agree(on agreement: Agreement, in couponID: Coupon.ID, _ sequence: Int64) {
    application.buyer = agreement.buyer
    application.discount = agreement.discount
    application.total = agreement.total
    application.snapshot = agreement.snapshot
    agreedIn = EventReference(couponID: couponID, sequence: sequence)
  }
}

extension [Usage] {
  /// Adds a usage at its place by coupon. A coupon that comes back takes the place of its usage that was given back: the
  /// log tells of both.
  fileprivate mutating func put(_ usage: Usage) {
    let place = firstIndex { $0.couponID >= usage.couponID } ?? endIndex
    if place < endIndex, self[place].couponID == usage.couponID {
      self[place] = usage
    } else {
      insert(usage, at: place)
    }
  }

  fileprivate mutating func withUsage(_ id: Usage.ID, _ change: (inout Usage) -> Void) {
    guard let index = firstIndex(where: { $0.id == id }) else { return }
    change(&self[index])
  }
}
