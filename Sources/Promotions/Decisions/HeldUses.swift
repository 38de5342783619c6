import Ledger
import Scrip

extension RefusalReason {
  /// Whether it is worth finding out which locks hold what a code lacks. Of a coupon's uses as a whole that is known
  /// without a search.
  var mayBeHeld: Bool {
    switch self {
    case .codeLimitReached, .userLimitReached, .periodLimitReached, .budgetExhausted: true
    default: false
    }
  }
}

extension WorkingSet {
  /// The uses of a coupon that locks of other orders hold, those that end first before others; nil if nobody has looked
  /// for them. What is known better than by the search goes before it.
  func heldUses(
    of key: Owned<Coupon.ID>, without order: DiscountApplication.ID?
  ) -> [HeldUse]? {
    guard let looked = found.heldUses[key] else { return nil }
    var uses = looked.filter { applications[Owned(key.tenant, $0.applicationID)] == nil }
    for (id, record) in applications.all where id.tenant == key.tenant && record.application.state == .locked
    {
      for usage in record.application.usages where usage.couponID == key.value && usage.state == .locked {
        uses.append(
          HeldUse(
            applicationID: id.value, code: usage.code, amount: usage.amount, counters: usage.counters,
            expiresAt: record.application.expiresAt))
      }
    }
    return uses.filter { $0.applicationID != order }.sorted {
      ($0.expiresAt, $0.applicationID) < ($1.expiresAt, $1.applicationID)
    }
  }
}

extension UsedSoFar {
  /// Notes what locks hold of limits that are reached.
  ///
  /// - Parameter people: what each of the customer's identity keys has used.
  mutating func note(
    _ uses: [HeldUse], of record: CodeRecord, _ terms: CouponTerms, people: [UsageCounter: Int64],
    perUserLimit: Int64?, currency: Currency, at now: Instant
  ) {
    let limits = terms.limits
    let code = uses.filter { $0.code == record.grant.code }
    held[.code] = Held(code, used: byCode, limit: record.grant.limit ?? limits.perCode, at: now)
    for limit in limits.perPeriod {
      let counter = UsageCounter.period(limit.period, limit.period.firstDay(containing: now))
      held[.period(limit.period)] = Held(
        uses.filter { $0.counters.contains(counter) }, used: byPeriod[limit.period, default: 0],
        limit: limit.total, at: now)
    }
    let budget = UsageCounter.budget(currency)
    held[.budget] = Held(
      uses.filter { $0.counters.contains(budget) }, used: self.budget, limit: limits.budget[currency], at: now
    ) { $0.amount }
    held[.user] = perUserLimit.flatMap { note(uses, of: people, limit: $0, at: now) }
  }

  /// Every key that is at its limit has to have room again.
  private func note(
    _ uses: [HeldUse], of people: [UsageCounter: Int64], limit: Int64, at now: Instant
  ) -> Held? {
    var last: Held?
    for (person, used) in people where used >= limit {
      let own = uses.filter { $0.counters.contains(person) }
      guard let held = Held(own, used: used, limit: limit, at: now) else { return nil }
      // A moment that is not known may be any.
      if let known = last, known.until ?? .latest >= held.until ?? .latest { continue }
      last = held
    }
    return last
  }
}

extension Held {
  /// What uses hold of a limit; nil unless it is reached and there would be room without them.
  fileprivate init?(
    _ uses: [HeldUse], used: Int64, limit: Int64?, at now: Instant,
    by measure: (HeldUse) -> Int64 = { _ in 1 }
  ) {
    let amount = uses.reduce(0) { $0 + measure($1) }
    guard let limit, amount > 0, used - amount < limit else { return nil }
    // A lock whose time is over gives its part back as soon as somebody wants it.
    self.init(amount: amount, until: uses.first.flatMap { $0.expiresAt > now ? $0.expiresAt : nil })
  }
}
