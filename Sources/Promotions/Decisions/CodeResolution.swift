import Forms
import Ledger
import Scrip

/// Finds the coupons behind typed codes, for quotes and locks alike.
struct CodeResolution {
  /// The codes that open a coupon.
  var candidates: [Candidate] = []
  /// The codes that are malformed, unknown, or open a coupon that another code opens already.
  var refused: [RefusedCode] = []
  /// The same codes once more. A quote says so; a lock needs no second word of them.
  var repeated: [RefusedCode] = []

  /// Asks for the codes, then for their coupons, then for the counters that their limits look at.
  static func ask(
    for codes: [TypedCode], customer: Customer, currency: Currency, now: Instant, request: inout LoadRequest,
    of tenant: Tenant.ID, given set: WorkingSet
  ) {
    if set.tenants[tenant] == nil { request.tenants.insert(tenant) }
    request.addHistory(of: customer, tenant, given: set)
    for typed in codes {
      guard let code = typed.code else { continue }
      guard let record = record(of: code, tenant, set, &request) else { continue }
      if set.unreadableCoupon(Owned(tenant, record.couponID)) != nil { continue }
      guard let coupon = set.coupons[Owned(tenant, record.couponID)]?.coupon else {
        request.coupons.insert(Owned(tenant, record.couponID))
        continue
      }
      for counter in counters(
        of: coupon.terms, isPersonal: record.grant.owner != nil || coupon.terms.owner != nil,
        customer: customer,
        currency: currency, now: now)
      {
        request.add(counter, of: coupon.id, tenant)
      }
      if coupon.isHeldUp { request.heldOf.insert(Owned(tenant, coupon.id)) }
    }
  }

  /// The code's record. One that is not here is asked for, and if that has been done without success, by its skeleton:
  /// few codes are unknown, and the others must not pay for them.
  private static func record(
    of code: CouponCode, _ tenant: Tenant.ID, _ set: WorkingSet, _ request: inout LoadRequest
  ) -> CodeRecord? {
    if let record = set.codes[Owned(tenant, code)] { return record }
    request.codes.insert(Owned(tenant, code))
    if set.codes.unreadable[Owned(tenant, code)] != nil { return nil }
    // The tenant comes with the first load.
    if set.tenants[tenant] == nil { return nil }
    if let record = set.code(code, of: tenant) { return record }
    request.skeletons.insert(Owned(tenant, code.skeleton))
    return nil
  }

  /// The counters that a usage of these terms takes.
  static func counters(
    of terms: CouponTerms, isPersonal: Bool, customer: Customer, currency: Currency, now: Instant
  ) -> [UsageCounter] {
    let limits = terms.limits
    var counters: [UsageCounter] = []
    if limits.perUser != nil || isPersonal {
      counters += customer.identityKeys.map(UsageCounter.identity)
    }
    for limit in limits.perPeriod {
      counters.append(.period(limit.period, limit.period.firstDay(containing: now)))
    }
    if limits.budget[currency] != nil { counters.append(.budget(currency)) }
    if let id = terms.campaignID { counters += [.campaign(id), .campaignBudget(id, currency)] }
    return counters
  }

  /// Resolves the codes. Of several codes of one coupon one that the order holds counts, then one that is open to the
  /// customer, then the first in alphabetical order, so that the order in which they were typed makes no difference.
  ///
  /// - Parameter holding: what the order holds already, which is not counted against it.
  init(
    _ codes: [TypedCode], customer: Customer, currency: Currency, now: Instant, tenant: Tenant.ID,
    holding: Holding? = nil, in set: borrowing WorkingSet
  ) throws(Refusal) {
    for (index, typed) in codes.enumerated() {
      guard let code = typed.code else {
        refused.append(RefusedCode(code: typed.text, index: index, reason: .codeMalformed))
        continue
      }
      let found = set.code(code, of: tenant)
      if let holding, let usage = holding.kept(found?.grant.code ?? code) {
        try add(holding, usage, typed.text, index, currency, customer, tenant, set)
        continue
      }
      if let found, set.unreadableCoupon(Owned(tenant, found.couponID)) != nil {
        refused.append(.unreadable(typed.text, index, found.couponID))
        continue
      }
      if found == nil, set.unreadableCode(code, tenant) != nil {
        refused.append(.unreadable(typed.text, index, nil))
        continue
      }
      guard let record = found,
        let coupon = set.coupons[Owned(tenant, record.couponID)]?.coupon, coupon.state != .archived
      else {
        refused.append(RefusedCode(code: typed.text, index: index, reason: .unknownCode))
        continue
      }
      if CodeResolution.isAnyCountUnreadable(
        record, coupon, customer: customer, currency: currency, now: now, tenant: tenant, in: set)
      {
        refused.append(.unreadable(typed.text, index, coupon.id))
        continue
      }
      if set.lacksCampaign(of: coupon.terms, tenant) {
        refused.append(.unreadable(typed.text, index, coupon.id))
        continue
      }
      let candidate = CodeResolution.candidate(
        typed.text, index, record, coupon, customer: customer, currency: currency, now: now, tenant: tenant,
        holding: holding, in: set)
      add(candidate, for: customer)
    }
    candidates.countKeptUses()
  }

  /// A usage keeps its place as it is, but not in another currency than that of the lock.
  private mutating func add(
    _ holding: Holding, _ usage: Usage, _ typed: String, _ index: Int, _ currency: Currency,
    _ customer: Customer, _ tenant: Tenant.ID, _ set: WorkingSet
  ) throws(Refusal) {
    let locked = holding.application.currency
    guard locked == currency else {
      refused.append(
        RefusedCode(
          code: typed, index: index, couponID: usage.couponID, reason: .currencyMismatch,
          facts: ["currency": .text(currency.code), "locked_currency": .text(locked.code)]))
      return
    }
    let version = VersionKey(couponID: usage.couponID, version: usage.version)
    if set.unreadableVersion(Owned(tenant, version)) != nil || set.unreadableCount(of: usage, tenant) != nil
      || set.lacksCampaign(of: usage, tenant)
    {
      refused.append(.unreadable(typed, index, usage.couponID))
      return
    }
    add(
      try Repricing.candidate(
        usage, of: holding.usages, typed: typed, index, currency: currency, set: set, tenant: tenant),
      for: customer)
  }

  private mutating func add(_ candidate: Candidate, for customer: Customer) {
    guard let rival = candidates.firstIndex(where: { $0.couponID == candidate.couponID }) else {
      candidates.append(candidate)
      return
    }
    var loser = candidate
    if candidate.goesBefore(candidates[rival], for: customer) {
      loser = candidates[rival]
      candidates[rival] = candidate
    }
    let isSameCode = loser.code == candidates[rival].code
    let refusal = RefusedCode(
      code: loser.typed, index: loser.index, couponID: loser.couponID, reason: .alreadyApplied,
      facts: isSameCode ? [:] : ["same_as": .text(candidates[rival].typed)],
      isSecret: loser.isClosed(to: customer))
    if isSameCode { repeated.append(refusal) } else { refused.append(refusal) }
  }

  /// Whether a counter that a limit looks at can't be read.
  private static func isAnyCountUnreadable(
    _ record: CodeRecord, _ coupon: Coupon, customer: Customer, currency: Currency, now: Instant,
    tenant: Tenant.ID, in set: WorkingSet
  ) -> Bool {
    if set.counters.unreadable.isEmpty { return false }
    return counters(
      of: coupon.terms, isPersonal: record.grant.owner != nil || coupon.terms.owner != nil,
      customer: customer, currency: currency, now: now
    ).contains { set.counters.unreadable[Owned(tenant, CounterKey(couponID: coupon.id, counter: $0))] != nil }
  }

  private static func candidate(
    _ typed: String, _ index: Int, _ record: CodeRecord, _ coupon: Coupon, customer: Customer,
    currency: Currency,
    now: Instant, tenant: Tenant.ID, holding: Holding?, in set: WorkingSet
  ) -> Candidate {
    let key = Owned(tenant, coupon.id)
    let own = holding?.live(coupon.id)
    var used = UsedSoFar(
      total: coupon.uses.live - (own == nil ? 0 : 1),
      byCode: record.used - (own?.code == record.grant.code ? 1 : 0))
    var people: [UsageCounter: Int64] = [:]
    for counter in counters(
      of: coupon.terms, isPersonal: record.grant.owner != nil || coupon.terms.owner != nil,
      customer: customer,
      currency: currency, now: now)
    {
      let all = set.counters[Owned(tenant, CounterKey(couponID: coupon.id, counter: counter))]?.used ?? 0
      let count = all - (own.map { $0.taken(from: counter) } ?? 0)
      switch counter {
      case .identity:
        people[counter] = count
        used.byUser = max(used.byUser, count)
      case .period(let period, _): used.byPeriod[period] = count
      case .budget: used.budget = count
      case .campaign(let id):
        used.campaign = set.campaignUse(id, currency, without: holding?.usages ?? [], tenant)
      case .campaignBudget: break
      }
    }
    if coupon.isHeldUp {
      let until = set.found.heldUntil[key].flatMap { $0 > now ? $0 : nil }
      used.held[.total] = Held(amount: coupon.uses.locked - (own?.state == .locked ? 1 : 0), until: until)
    }
    var candidate = Candidate(
      typed: typed, index: index, code: record.grant.code, couponID: coupon.id, state: coupon.state,
      version: coupon.version, terms: coupon.terms, codeOwner: record.grant.owner,
      codeLimit: record.grant.limit,
      used: used)
    if let uses = set.heldUses(of: key, without: holding?.application.id) {
      candidate.used.note(
        uses, of: record, coupon.terms, people: people, perUserLimit: candidate.perUserLimit,
        currency: currency, at: now)
    }
    return candidate
  }
}

extension RefusedCode {
  /// A code of which something that is stored can't be read: nothing is known of it but that it is there.
  fileprivate static func unreadable(_ typed: String, _ index: Int, _ couponID: Coupon.ID?) -> RefusedCode {
    RefusedCode(code: typed, index: index, couponID: couponID, reason: .couponUnreadable)
  }
}

extension Candidate {
  /// Of two codes of one coupon the one that the order holds counts, then one that is open to the customer, then the
  /// first in alphabetical order.
  fileprivate func goesBefore(_ other: Candidate, for customer: Customer) -> Bool {
    if isHeld != other.isHeld { return isHeld }
    let isClosed = (self.isClosed(to: customer), other.isClosed(to: customer))
    return isClosed.0 == isClosed.1 ? code < other.code : isClosed.1
  }
}

extension Coupon {
  /// Whether all of its uses are taken, some of them by locks alone: these may come back.
  fileprivate var isHeldUp: Bool {
    guard let total = terms.limits.total else { return false }
    return uses.live >= total && uses.redeemed < total
  }
}

extension Usage {
  /// What it has taken from a counter.
  fileprivate func taken(from counter: UsageCounter) -> Int64 {
    counters.contains(counter) ? counter.increment(amount: amount) : 0
  }
}
