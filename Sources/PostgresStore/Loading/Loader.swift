import Ledger
import Promotions
import Scrip

/// Loads what a request names within one transaction, in one round trip if nothing leads any further.
///
/// A writing transaction locks before it reads: first the orders, then the rows of the coupons, then those of tenants,
/// each in the order of their keys. Everything else about an order or a coupon (applications, usages, codes, counters, a
/// coupon's stream) is only changed by whoever holds these locks, and is read by later statements, each of which sees
/// what was committed before it began.
///
/// Only the first load locks. If a later one leads to anything that is not locked, the transaction begins again with the
/// larger set, because locks that are taken out of order close circles.
struct Loader {
  /// Which locks a transaction takes.
  enum Locks {
    /// None: it only reads.
    case none
    /// Those of what it loads.
    case rows
    /// Also those of tenants: after a try in which somebody else changed one.
    case rowsAndTenants
  }

  var session: Session
  let terms: TermsCache
  let locks: Locks
  /// Everything that was asked for and leads to locks, in this try and in those before it.
  var wanted = LoadRequest()
  /// How often the transaction has begun again because there was more to lock.
  var restarts = 0
  /// Whether what is read is committed, so that its terms may be remembered for other transactions.
  var readsCommitted = true
  /// What is locked; nil before the first load.
  private var held: (coupons: Set<Owned<Coupon.ID>>, orders: Set<Owned<OrderID>>)?

  init(session: Session, terms: TermsCache, locks: Locks) {
    self.session = session
    self.terms = terms
    self.locks = locks
  }

  private var connection: PostgresConnection { session.connection }

  /// Loads what a request names. What the set holds already stays as it is.
  ///
  /// - Parameter lead: statements that go before, with how many results they lead to; their results are handed back.
  mutating func load(
    _ request: LoadRequest, into set: inout WorkingSet,
    after lead: (inout Session, inout Pipeline) -> Int = { _, _ in 0 }
  ) throws(StoreFailure) -> [ResultRows] {
    let known = Set(set.coupons.all.keys)
    let locking = locking(for: request)
    var leading = 0
    var plan = LoadPlan()
    var session = session
    let results = try connection.roundTrip(session.deadline) { pipeline in
      leading = lead(&session, &pipeline)
      leading += session.see(request.mentionedTenants.union(wanted.mentionedTenants), in: &pipeline)
      plan.add(request, locking, to: &pipeline)
    }
    self.session = session
    var found = try plan.read(Array(results[leading...]), into: &set)
    try noteLocks(request, found, known)
    let further = found.applications.filter {
      set.applications[$0] == nil && !request.applications.contains($0)
    }
    if !further.isEmpty { try loadApplications(further, &found, known, into: &set) }
    try loadTerms(of: found, into: &set)
    return Array(results[..<leading])
  }

  /// Loads applications that were found by order, with their coupons, codes and counters.
  private mutating func loadApplications(
    _ keys: [Owned<DiscountApplication.ID>], _ found: inout LoadPlan.Found, _ known: Set<Owned<Coupon.ID>>,
    into set: inout WorkingSet
  ) throws(StoreFailure) {
    var request = LoadRequest()
    request.applications = Set(keys)
    if locks != .none { wanted.applications.formUnion(keys) }
    var plan = LoadPlan()
    var session = session
    var leading = 0
    let results = try connection.roundTrip(session.deadline) { pipeline in
      leading = session.see(request.mentionedTenants, in: &pipeline)
      plan.add(request, locks == .none ? .none : .nothingMore, to: &pipeline)
    }
    self.session = session
    let more = try plan.read(Array(results[leading...]), into: &set)
    found.coupons.merge(more.coupons) { first, _ in first }
    found.unreadable.merge(more.unreadable) { first, _ in first }
    try noteLocks(request, more, known)
  }

  /// What a load locks: the first one of a writing transaction everything that is known to be wanted.
  private mutating func locking(for request: LoadRequest) -> LoadPlan.Locking {
    if locks == .none { return .none }
    wanted.addLocks(of: request)
    if held != nil { return .nothingMore }
    return .everything(behind: wanted, tenants: locks == .rowsAndTenants)
  }

  /// Notes what is locked since the first load, and makes sure that everything that was read is.
  ///
  /// - Throws: `StoreFailure` with code `SC002` if there is more to lock, or `corrupt` if it can't be locked because it
  ///   is not there.
  private mutating func noteLocks(
    _ request: LoadRequest, _ found: LoadPlan.Found, _ known: Set<Owned<Coupon.ID>>
  ) throws(StoreFailure) {
    if locks == .none { return }
    var held = held ?? (wanted.coupons, wanted.orders)
    if self.held == nil {
      held.coupons.formUnion(found.coupons.keys)
      held.coupons.formUnion(found.unreadable.keys)
      // Applications that were asked for lead to their orders in the statement that locks those.
      held.orders.formUnion(found.orders)
    }
    self.held = held
    let isHeld = { (key: Owned<Coupon.ID>) in held.coupons.contains(key) || known.contains(key) }
    if request.coupons.allSatisfy(isHeld), found.behind.allSatisfy(isHeld),
      request.orders.isSubset(of: held.orders), found.orders.isSubset(of: held.orders)
    {
      return
    }
    if restarts >= Loader.restartsMax { throw .corrupt("what a code or a usage leads to") }
    throw .moreToLock
  }

  /// How often a transaction begins again because there is more to lock. Somebody else may have given a code to another
  /// coupon each time; but what leads to a row that does not exist will do so for ever.
  private static let restartsMax = 3

  /// Gives coupons the terms of their versions, most of which are remembered.
  private func loadTerms(of found: LoadPlan.Found, into set: inout WorkingSet) throws(StoreFailure) {
    for (key, unreadable) in found.unreadable { set.coupons.load(unreadable: unreadable.failure, for: key) }
    var unknown: Set<Owned<VersionKey>> = []
    for (key, coupon) in found.coupons where terms.find(coupon.versionKey(of: key.tenant)) == nil {
      unknown.insert(coupon.versionKey(of: key.tenant))
    }
    let fetched = unknown.isEmpty ? Rows<VersionRow>() : try fetchTerms(unknown)
    for (key, row) in found.coupons {
      var coupon = row
      let version = coupon.versionKey(of: key.tenant)
      if let known = terms.find(version) {
        coupon.terms = .success(known)
      } else if let row = fetched[version] {
        coupon.terms = row.decoded
      }
      set.coupons.load(coupon, for: key)
    }
    set.dropCodes(ofArchived: found)
  }

  /// Loads versions into a set of their own.
  private func fetchTerms(_ keys: Set<Owned<VersionKey>>) throws(StoreFailure) -> Rows<VersionRow> {
    var request = LoadRequest()
    request.versions = keys
    var plan = LoadPlan()
    var set = WorkingSet()
    let results = try connection.roundTrip(session.deadline) { pipeline in
      plan.add(request, .nothingMore, to: &pipeline)
    }
    _ = try plan.read(results, into: &set)
    if readsCommitted { terms.insert(set.versions) }
    return set.versions
  }
}

extension TermsCache {
  /// Keeps committed versions that can be read.
  func insert(_ versions: Rows<VersionRow>) {
    for (key, row) in versions.all {
      if case .success(let decoded) = row.decoded { insert(decoded, for: key) }
    }
  }
}

extension LoadRequest {
  /// Adds what another request asks for and what leads to orders and coupons.
  fileprivate mutating func addLocks(of other: LoadRequest) {
    orders.formUnion(other.orders)
    applications.formUnion(other.applications)
    locks.formUnion(other.locks)
    codes.formUnion(other.codes)
    skeletons.formUnion(other.skeletons)
    codesAddedTo.formUnion(other.codesAddedTo)
    coupons.formUnion(other.coupons)
  }
}

extension WorkingSet {
  /// An archived coupon's codes open nothing.
  fileprivate mutating func dropCodes(ofArchived found: LoadPlan.Found) {
    let archived = Set(found.coupons.filter { $0.value.life.state == .archived }.keys)
      .union(found.unreadable.filter(\.value.isArchived).keys)
    if archived.isEmpty { return }
    for (code, record) in codes.all where archived.contains(Owned(code.tenant, record.couponID)) {
      codes.drop(code)
    }
  }
}
