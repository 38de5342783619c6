import Engine
import Scrip

/// Loads what a request names within one transaction, in one round trip if nothing leads any further.
///
/// A writing transaction first locks the rows of all coupons that the request leads to, in the order of their keys.
/// Everything else about a coupon (codes, counters, applications, usages, its stream) is only changed by whoever holds
/// that lock, and is read by later statements, each of which sees what was committed before it began.
struct Loader {
  var session: Session
  let terms: TermsCache
  /// Whether rows of coupons are locked.
  let locks: Bool
  /// Whether rows of tenants are locked, too: after a try in which somebody else changed one.
  let locksTenants: Bool
  /// Whether what is read is committed, so that its terms may be remembered for other transactions.
  var readsCommitted = true
  /// Counters that were asked for and are not there yet.
  var absentCounters: Set<Owned<CounterKey>> = []

  private var connection: PostgresConnection { session.connection }

  /// Loads what a request names. What the set holds already stays as it is.
  ///
  /// - Parameter lead: statements that go before, with how many results they lead to; their results are handed back.
  mutating func load(
    _ request: LoadRequest, into set: inout WorkingSet,
    after lead: (inout Session, inout Pipeline) -> Int = { _, _ in 0 }
  ) throws(StoreFailure) -> [Rows] {
    var leading = 0
    var plan = LoadPlan()
    var session = session
    let results = try connection.roundTrip(session.deadline) { pipeline in
      leading = lead(&session, &pipeline)
      leading += session.see(request.mentionedTenants, in: &pipeline)
      plan.add(request, locks: locks, locksTenants: locksTenants, to: &pipeline)
    }
    self.session = session
    let found = try plan.read(Array(results[leading...]), into: &set)
    absentCounters.formUnion(request.counters.subtracting(found.counters))
    try loadTerms(of: found.coupons, into: &set)
    let further = found.applications.filter {
      set.applications[$0] == nil && !request.applications.contains($0)
    }
    if !further.isEmpty { try loadApplications(further, into: &set) }
    return Array(results[..<leading])
  }

  /// Loads applications that were found by order or by time, with their coupons, codes and counters.
  private mutating func loadApplications(
    _ keys: [Owned<DiscountApplication.ID>], into set: inout WorkingSet
  ) throws(StoreFailure) {
    var request = LoadRequest()
    request.applications = Set(keys)
    var plan = LoadPlan()
    var session = session
    var leading = 0
    let results = try connection.roundTrip(session.deadline) { pipeline in
      leading = session.see(request.mentionedTenants, in: &pipeline)
      plan.add(request, locks: locks, locksTenants: false, to: &pipeline)
    }
    self.session = session
    let found = try plan.read(Array(results[leading...]), into: &set)
    try loadTerms(of: found.coupons, into: &set)
  }

  /// Gives coupons the terms of their versions, most of which are remembered.
  private func loadTerms(
    of found: [Owned<Coupon.ID>: FoundCoupon], into set: inout WorkingSet
  ) throws(StoreFailure) {
    var unknown: [FoundCoupon] = []
    for coupon in found.values {
      if let known = terms.find(coupon.versionKey) {
        coupon.put(known, into: &set)
      } else {
        unknown.append(coupon)
      }
    }
    if !unknown.isEmpty {
      let fetched = try fetchTerms(Set(unknown.map(\.versionKey)))
      for coupon in unknown {
        guard let terms = fetched[coupon.versionKey] else { throw .corrupt("the version of a coupon") }
        coupon.put(terms, into: &set)
      }
    }
    set.dropCodesOfArchivedCoupons(found)
  }

  private func fetchTerms(
    _ keys: Set<Owned<VersionKey>>
  ) throws(StoreFailure) -> [Owned<VersionKey>: CouponTerms] {
    var request = LoadRequest()
    request.versions = keys
    var plan = LoadPlan()
    var set = WorkingSet()
    let results = try connection.roundTrip(session.deadline) { pipeline in
      plan.add(request, locks: false, locksTenants: false, to: &pipeline)
    }
    _ = try plan.read(results, into: &set)
    if readsCommitted { for (key, decoded) in set.versions { terms.insert(decoded, for: key) } }
    return set.versions
  }
}

extension LoadRequest {
  /// Every tenant of which something is asked for.
  var mentionedTenants: Set<Tenant.ID> {
    var mentioned = tenants.union(adminKeyCounts)
    for key in codes { mentioned.insert(key.tenant) }
    for key in skeletons { mentioned.insert(key.tenant) }
    for key in patterns { mentioned.insert(key.tenant) }
    for key in coupons { mentioned.insert(key.tenant) }
    for key in versions { mentioned.insert(key.tenant) }
    for key in counters { mentioned.insert(key.tenant) }
    for key in orders { mentioned.insert(key.tenant) }
    for key in applications { mentioned.insert(key.tenant) }
    for key in answers { mentioned.insert(key.tenant) }
    for key in accessKeys { mentioned.insert(key.tenant) }
    for key in lockedOf { mentioned.insert(key.tenant) }
    return mentioned
  }
}

extension WorkingSet {
  /// An archived coupon's codes open nothing.
  fileprivate mutating func dropCodesOfArchivedCoupons(_ found: [Owned<Coupon.ID>: FoundCoupon]) {
    let archived = found.filter { $0.value.state == .archived }
    if archived.isEmpty { return }
    for (code, record) in codes where archived[Owned(code.tenant, record.couponID)] != nil {
      if !changes.newCodes.contains(code) { codes[code] = nil }
    }
  }
}
