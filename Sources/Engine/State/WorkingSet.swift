import Scrip

/// The part of the world that a batch of commands, or a query, sees: loaded from a store, changed by events alone.
///
/// What was asked for and is not here does not exist.
public struct WorkingSet: Sendable {
  /// Tenants.
  public var tenants: [Tenant.ID: TenantRecord] = [:]
  /// Coupons with their current terms.
  public var coupons: [Owned<Coupon.ID>: CouponRecord] = [:]
  /// Versions of terms besides the current ones.
  public var versions: [Owned<VersionKey>: CouponTerms] = [:]
  /// Loaded versions that hold members which this program does not know.
  public var partlyKnownVersions: Set<Owned<VersionKey>> = []
  /// Coupons that can't be read, each with what is wrong: damaged, or written by a newer version of the program. Whoever
  /// needs one fails; whoever can do without it goes on.
  public var unreadableCoupons: [Owned<Coupon.ID>: StoreFailure] = [:]
  /// Those of them of which only the terms can't be read.
  public var termlessCoupons: [Owned<Coupon.ID>: TermlessCoupon] = [:]
  /// Versions of terms that can't be read.
  public var unreadableVersions: [Owned<VersionKey>: StoreFailure] = [:]
  /// Codes whose rows can't be read.
  public var unreadableCodes: [Owned<CouponCode>: StoreFailure] = [:]
  /// Skeletons that lead to a code whose row can't be read.
  public var unreadableSkeletons: [Owned<CodeSkeleton>: StoreFailure] = [:]
  /// Counters that can't be read.
  public var unreadableCounters: [Owned<CounterKey>: StoreFailure] = [:]
  /// Codes.
  public var codes: [Owned<CouponCode>: CodeRecord] = [:]
  /// The code that was found for a skeleton: the generated one, or else a given one.
  public var codeOfSkeleton: [Owned<CodeSkeleton>: CouponCode] = [:]
  /// How many codes of patterns are given out, as far as that was asked.
  public var codesOfPattern: [Owned<PatternSkeleton>: Int] = [:]
  /// Counters; absent means zero.
  public var counters: [Owned<CounterKey>: Int64] = [:]
  /// Applications.
  public var applications: [Owned<DiscountApplication.ID>: ApplicationRecord] = [:]
  /// The live application of each order, or its last one.
  public var applicationOfOrder: [Owned<OrderID>: DiscountApplication.ID] = [:]
  /// Answers under idempotency keys.
  public var answers: [Owned<IdempotencyKey.Name>: StoredAnswer] = [:]
  /// Keys.
  public var accessKeys: [Owned<AccessKey.ID>: AccessKey] = [:]
  /// Working admin keys of tenants.
  public var adminKeyCounts: [Tenant.ID: Int64] = [:]
  /// Whether any code opens a coupon, for coupons of which that was asked.
  public var codedCoupons: [Owned<Coupon.ID>: Bool] = [:]
  /// Late locks of the coupons that were asked about, as of the load, those that ran out first before others.
  public var lateLocks: [Owned<Coupon.ID>: [FoundLock]] = [:]
  /// When the first lock of a coupon ends, for coupons of which that was asked and that have one, as of the load.
  public var heldUntil: [Owned<Coupon.ID>: Instant] = [:]
  /// The uses that locks hold of the coupons that were asked about, as of the load, those that end first before others.
  public var heldUses: [Owned<Coupon.ID>: [HeldUse]] = [:]
  /// What events have changed since the load.
  public internal(set) var changes = Changes()

  /// An empty set.
  public init() {}

  /// An empty set with room for what a number of commands usually load and change, so that its tables need not grow
  /// and hash all of their keys again.
  init(commands: Int) {
    counters.reserveCapacity(commands)
    applications.reserveCapacity(commands)
    applicationOfOrder.reserveCapacity(commands)
    answers.reserveCapacity(commands)
    changes.reserveCapacity(commands: commands)
  }

  /// The terms of a version: the coupon's current ones, or an older version that was loaded.
  public func terms(_ tenant: Tenant.ID, _ couponID: Coupon.ID, version: Int64) -> CouponTerms? {
    if let record = coupons[Owned(tenant, couponID)], record.coupon.version == version {
      return record.coupon.terms
    }
    return versions[Owned(tenant, VersionKey(couponID: couponID, version: version))]
  }

  /// Puts what was decoded of a version into the set, or why it can't be.
  public mutating func put(_ version: Owned<VersionKey>, _ decoded: Result<DecodedTerms, StoreFailure>) {
    switch decoded {
    case .success(let decoded):
      versions[version] = decoded.terms
      if !decoded.isWhole { partlyKnownVersions.insert(version) }
    case .failure(let failure): unreadableVersions[version] = failure
    }
  }

  /// A tenant's settings; the defaults for a tenant that is only just being created.
  public func settings(_ tenant: Tenant.ID) -> TenantSettings {
    tenants[tenant]?.tenant.settings ?? TenantSettings()
  }
}

/// Which rows events have changed, and the events themselves in order. Values are taken from the working set.
public struct Changes: Sendable {
  /// New events with their payloads and hashes, in the order in which they happened.
  public var events: [ChainedEvent] = []
  /// The heads that new events go on from. A store refuses them where its log ends elsewhere: a gap would be there for
  /// ever.
  public private(set) var continued: [Owned<EventStream>: StreamHead] = [:]
  /// Changed or new tenants.
  public var tenants: Set<Tenant.ID> = []
  /// Changed or new coupons.
  public var coupons: Set<Owned<Coupon.ID>> = []
  /// New versions of terms.
  public var newVersions: [Owned<VersionKey>: CouponTerms] = [:]
  /// The stored form of new versions that come from a log, with members that this version does not know.
  private var versionForms: [Owned<VersionKey>: [UInt8]] = [:]
  /// New codes, each once, in the order in which they were added. One that was an archived coupon's replaces it.
  public var newCodes: [Owned<CouponCode>] = []
  private var newCodeSet: Set<Owned<CouponCode>> = []
  private var begun: Set<Owned<EventStream>> = []
  /// Codes whose use count changed.
  public var codes: Set<Owned<CouponCode>> = []
  /// Counters that changed, each with the limit that no increase may pass: of several that stood in one batch the highest.
  public var counters: [Owned<CounterKey>: Int64?] = [:]
  /// The highest limits under which the batch took uses of codes, and of coupons.
  private var codeLimits: [Owned<CouponCode>: Int64?] = [:]
  private var couponLimits: [Owned<Coupon.ID>: Int64?] = [:]
  /// New applications.
  public var newApplications: Set<Owned<DiscountApplication.ID>> = []
  /// Changed applications that were there before.
  public var applications: Set<Owned<DiscountApplication.ID>> = []
  /// New keys.
  public var newAccessKeys: [Owned<AccessKey.ID>] = []
  /// Changed keys.
  public var accessKeys: Set<Owned<AccessKey.ID>> = []
  /// New answers under idempotency keys.
  public var answers: [Owned<IdempotencyKey.Name>: StoredAnswer] = [:]
  /// What events are about and the store does not have, although it must: nothing can be written.
  public internal(set) var missing: String?

  /// No changes.
  public init() {}

  fileprivate mutating func reserveCapacity(commands: Int) {
    events.reserveCapacity(commands)
    counters.reserveCapacity(commands)
    newApplications.reserveCapacity(commands)
    answers.reserveCapacity(commands)
  }

  /// Notes a new code. A batch, or a page of the log, may give one code to two coupons in turn.
  mutating func addCode(_ code: Owned<CouponCode>) {
    if newCodeSet.insert(code).inserted { newCodes.append(code) }
  }

  /// Notes the head that the first new event of a stream goes on from; one that is empty can leave no gap.
  mutating func goOn(_ stream: Owned<EventStream>, from head: StreamHead) {
    if head.sequence > 0, continued[stream] == nil, !begun.contains(stream) { continued[stream] = head }
    if head.sequence == 0 { begun.insert(stream) }
  }

  /// Notes that a use of a code was taken, and under which limit.
  mutating func take(_ code: Owned<CouponCode>, limit: Int64?) {
    codeLimits[code] = .some(Changes.higher(limit, codeLimits[code] ?? limit))
  }

  /// Notes that a use of a coupon was taken, and under which limit.
  mutating func take(_ coupon: Owned<Coupon.ID>, limit: Int64?) {
    couponLimits[coupon] = .some(Changes.higher(limit, couponLimits[coupon] ?? limit))
  }

  /// Notes that a counter has changed, and under which limit.
  mutating func change(_ counter: Owned<CounterKey>, limit: Int64?) {
    counters[counter] = .some(Changes.higher(limit, counters[counter] ?? limit))
  }

  /// What the uses of a code may come to: the limit that stands now, or a higher one under which the batch took uses
  /// before it lowered the limit.
  public func usesMax(of code: Owned<CouponCode>, limit: Int64?) -> Int64? {
    Changes.higher(limit, codeLimits[code] ?? limit)
  }

  /// What the uses of a coupon may come to: the limit that stands now, or a higher one under which the batch took uses
  /// before it lowered the limit.
  public func usesMax(of coupon: Owned<Coupon.ID>, limit: Int64?) -> Int64? {
    Changes.higher(limit, couponLimits[coupon] ?? limit)
  }

  private static func higher(_ left: Int64?, _ right: Int64?) -> Int64? {
    guard let left, let right else { return nil }
    return max(left, right)
  }

  /// Keeps the form in which a log has the terms of a version.
  mutating func keep(_ form: [UInt8], of version: Owned<VersionKey>) { versionForms[version] = form }

  /// The stored form of a new version's terms: what a log has, or what this version writes.
  public func storedTerms(of version: Owned<VersionKey>, _ terms: CouponTerms) -> [UInt8] {
    versionForms[version] ?? StoredTerms.encode(terms)
  }

  /// Whether there is nothing to write.
  public var isEmpty: Bool { events.isEmpty && answers.isEmpty }
}
