import Scrip

/// The part of the world that a batch of commands, or a query, sees: loaded from a store, changed by events alone.
///
/// What was asked for and is not here does not exist.
public struct WorkingSet: Sendable {
  /// Tenants.
  public var tenants = Rows<TenantRecord>()
  /// Coupons with their current terms.
  public var coupons = Rows<CouponRow>()
  /// Versions of terms besides the current ones.
  public var versions = Rows<VersionRow>()
  /// Codes.
  public var codes = Rows<CodeRecord>()
  /// Counters; absent means zero.
  public var counters = Rows<CounterRow>()
  /// Applications with their usages.
  public var applications = Rows<ApplicationRecord>()
  /// Keys.
  public var accessKeys = Rows<AccessKey>()
  /// What names persons, by their pseudonyms.
  public var persons = Rows<PersonRow>()
  /// Answers under idempotency keys.
  public var answers = Rows<StoredAnswer>()
  /// What was searched for.
  public var found = Found()
  /// New events.
  public internal(set) var log = LogTail()

  /// An empty set.
  public init() {}

  /// An empty set with room for what a number of commands usually load and change, so that its tables need not grow
  /// and hash all of their keys again.
  init(commands: Int) {
    counters.reserveCapacity(commands)
    applications.reserveCapacity(commands)
    answers.reserveCapacity(commands)
    found.applicationOfOrder.reserveCapacity(commands)
    log.events.reserveCapacity(commands)
  }

  /// The one list of all tables whose rows are found by key, each behind those that it refers to.
  public func visitTables<Visitor: RowVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
    try visitor.visit(tenants)
    try visitor.visit(coupons)
    try visitor.visit(versions)
    try visitor.visit(codes)
    try visitor.visit(counters)
    try visitor.visit(applications)
    try visitor.visit(accessKeys)
    try visitor.visit(persons)
    try visitor.visit(answers)
  }

  /// Whether there is nothing to write.
  public var isUnchanged: Bool { log.events.isEmpty && answers.isUnchanged && persons.isUnchanged }
}

extension WorkingSet {
  /// What searches have found. It is as of the load, unless events have changed it since.
  public struct Found: Sendable {
    /// The code that has a skeleton: the generated one, or else a given one.
    public var codeOfSkeleton: [Owned<CodeSkeleton>: CouponCode] = [:]
    /// Skeletons that lead to a code whose row can't be read.
    public var unreadableSkeletons: [Owned<CodeSkeleton>: StoreFailure] = [:]
    /// How many codes of patterns are given out.
    public var codesOfPattern: [Owned<PatternSkeleton>: Int] = [:]
    /// The live application of each order, or its last one.
    public var applicationOfOrder: [Owned<OrderID>: DiscountApplication.ID] = [:]
    /// Working admin keys of tenants.
    public var adminKeyCounts: [Tenant.ID: Int64] = [:]
    /// Whether any code opens a coupon.
    public var codedCoupons: [Owned<Coupon.ID>: Bool] = [:]
    /// Late locks of coupons, those that ran out first before others.
    public var lateLocks: [Owned<Coupon.ID>: [FoundLock]] = [:]
    /// When the first lock of a coupon ends, for coupons that have one.
    public var heldUntil: [Owned<Coupon.ID>: Instant] = [:]
    /// The uses that locks hold of coupons, those that end first before others.
    public var heldUses: [Owned<Coupon.ID>: [HeldUse]] = [:]

    /// Nothing yet.
    public init() {}
  }

  /// The terms of a version: the coupon's current ones, or an older version that was loaded.
  public func terms(_ tenant: Tenant.ID, _ couponID: Coupon.ID, version: Int64) -> CouponTerms? {
    if let row = coupons[Owned(tenant, couponID)], row.life.version == version {
      return row.terms.value?.terms
    }
    return versions[Owned(tenant, VersionKey(couponID: couponID, version: version))]?.terms
  }

  /// A tenant's settings; the defaults for a tenant that is only just being created.
  public func settings(_ tenant: Tenant.ID) -> TenantSettings {
    tenants[tenant]?.tenant.settings ?? TenantSettings()
  }
}

/// New events of a working set, in order, and the heads that they go on from.
public struct LogTail: Sendable {
  /// New events with their payloads and hashes, in the order in which they happened.
  public var events: [ChainedEvent] = []
  /// The heads that new events go on from. A store refuses them where its log ends elsewhere: a gap would be there for
  /// ever.
  public private(set) var continued: [Owned<EventStream>: StreamHead] = [:]
  /// What events are about and the store does not have, although it must: nothing can be written.
  public internal(set) var missing: String?  // String: words of ours
  private var begun: Set<Owned<EventStream>> = []

  /// No events.
  public init() {}

  /// Notes the head that the first new event of a stream goes on from; one that is empty can leave no gap.
  mutating func goOn(_ stream: Owned<EventStream>, from head: StreamHead) {
    if head.sequence > 0, continued[stream] == nil, !begun.contains(stream) { continued[stream] = head }
    if head.sequence == 0 { begun.insert(stream) }
  }
}
