import Forms
import Ledger
import Scrip

/// The part of the world that a batch of commands, or a query, sees: loaded from a store, changed by events alone.
///
/// What was asked for and is not here does not exist.
public struct WorkingSet: LedgerState {
  /// An order with several live applications.
  public typealias Conflict = OrderConflict
  /// Whom a request named.
  public typealias Brought = [NamedPerson]
  /// What is asked of a store.
  public typealias Request = LoadRequest
  /// What a command is answered.
  public typealias Answer = Promotions.Answer
  /// What a reply shows.
  public typealias Reply = ReplySubject

  /// Tenants.
  public var tenants = Rows<TenantRecord>()
  /// Coupons with their current terms.
  public var coupons = Rows<CouponRow>()
  /// Versions of terms besides the current ones.
  public var versions: Rows<VersionRow> {
    get { rare.first?.versions ?? Rows() }
    _modify { yield &rareRows.versions }
  }
  /// Codes.
  public var codes = Rows<CodeRecord>()
  /// Counters; absent means zero.
  public var counters = Rows<CounterRow>()
  /// Applications with their usages.
  public var applications = Rows<ApplicationRecord>()
  /// Orders that are kept here.
  public var keptOrders = Rows<OrderRow>()
  /// Keys.
  public var accessKeys: Rows<AccessKey> {
    get { rare.first?.accessKeys ?? Rows() }
    _modify { yield &rareRows.accessKeys }
  }
  /// What names persons, by their pseudonyms.
  public var persons = Rows<PersonRow>()
  /// Work that is due at some time.
  public var dueWork: Rows<DueWork> {
    get { rare.first?.dueWork ?? Rows() }
    _modify { yield &rareRows.dueWork }
  }
  /// Answers under idempotency keys.
  public var answers = Rows<StoredAnswer>()
  /// Rows of ordinary tables.
  public var shelf = RowShelf()
  /// How far projections have read.
  public var cursors: Rows<ProjectionCursor> {
    get { rare.first?.cursors ?? Rows() }
    _modify { yield &rareRows.cursors }
  }
  /// Uses of coupons by day and currency.
  public var couponDays: Rows<CouponDayRow> {
    get { rare.first?.couponDays ?? Rows() }
    _modify { yield &rareRows.couponDays }
  }
  /// Buyers of coupons.
  public var couponUsers: Rows<CouponUserRow> {
    get { rare.first?.couponUsers ?? Rows() }
    _modify { yield &rareRows.couponUsers }
  }
  /// What was searched for.
  public var found = Found()
  /// New events.
  public var log = LogTail()
  /// What few questions and commands look at: one or none, so that a set is made and given back in fewer pieces.
  private var rare: [RareRows] = []

  private var rareRows: RareRows {
    get { rare.first ?? RareRows() }
    _modify {
      if rare.isEmpty { rare.append(RareRows()) }
      yield &rare[0]
    }
  }

  /// An empty set.
  public init() {}

  /// An empty set with room for what a number of commands usually load and change, so that its tables need not grow
  /// and hash all of their keys again.
  public init(commands: Int) {
    // One command's few rows find room as they come.
    if commands == 1 { return }
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
    try visitor.visit(groups: applications)
    try visitor.visit(keptOrders)
    try visitor.visit(accessKeys)
    try visitor.visit(persons)
    try visitor.visit(answers)
    if !shelf.isEmpty { try shelf.visit(Catalogue.tables, &visitor) }
    try visitor.visit(cursors)
    try visitor.visit(couponDays)
    try visitor.visit(couponUsers)
    try visitor.visit(dueWork)
  }

  /// Whether there is nothing to write.
  public var isUnchanged: Bool {
    log.events.isEmpty && answers.isUnchanged && persons.isUnchanged && inboxIsUnchanged
      && webhooksAreUnchanged
  }

  /// A code that was just added leads to counters that nothing has asked for, as do another version of a coupon, a campaign
  /// with another budget, an order with other codes, a subscription with another coupon, and an invoice. That something was
  /// used leads nowhere.
  public var leadsElsewhere: Bool {
    codes.isRedefined || versions.isRedefined || keptOrders.isRedefined
      || shelf[CampaignRow.self].isRedefined || shelf[SubscriptionRow.self].isRedefined
      || shelf[InvoiceRow.self].isRedefined || shelf[InboxOrderRow.self].isRedefined
  }

  /// All projections.
  public static let projections: [any Projection<WorkingSet>] = [CouponUses(), CouponBilling()]

  /// Who else reads the log on each node.
  public static let readers: [any LogReader<WorkingSet>] = [FraudReader()]

  /// All declared tables, each behind those that it refers to.
  public static let shapes: [TableShape] = {
    var list = ShapeList()
    WorkingSet().visitTables(&list)
    return list.shapes + Catalogue.tables.map { $0.shape }
  }()
}

/// Streams and their owners.
extension WorkingSet {
  /// Where a stream ends; nil if its owner is not here.
  public func head(of stream: StreamID, _ tenant: Tenant.ID) -> StreamHead? {
    if let id = stream.couponID { return coupons[Owned(tenant, id)]?.head }
    if stream.kind == .tenant { return tenants[tenant]?.head }
    if stream.kind == .order { return keptOrders[OrderRow.key(of: stream, tenant)]?.head }
    return shelf.head(of: stream, tenant, in: Catalogue.tables)
  }

  /// Says where a stream ends now.
  public mutating func setHead(_ head: StreamHead, of stream: StreamID, _ tenant: Tenant.ID) {
    if let id = stream.couponID {
      let key = Owned(tenant, id)
      if coupons[key] == nil { log.missing = "the coupon of an event" }
      coupons.count(key) { $0.head = head }
    } else if stream.kind == .tenant {
      if tenants[tenant] == nil { log.missing = "the tenant of an event" }
      tenants.count(tenant) { $0.head = head }
    } else if stream.kind == .order {
      let key = OrderRow.key(of: stream, tenant)
      if keptOrders[key] == nil { log.missing = "the order of an event" }
      keptOrders.count(key) { $0.head = head }
    } else if !shelf.setHead(head, of: stream, tenant, in: Catalogue.tables) {
      log.missing = "the \(stream.kind.name) of an event"
    }
  }

  /// The fact of a type; nil for a type that only a newer version knows.
  public static func fact(
    type: String, payload: [UInt8], skippingEncoded: Bool
  ) throws(StoredFormError) -> (any Fact<WorkingSet>)? {
    try EventFacts.read(type: type, payload: payload, skippingEncoded: skippingEncoded)
  }

  /// What keeps a fact from being folded; nil if nothing does.
  public func hindrance(
    to fact: any Fact<WorkingSet>, in stream: StreamID, of tenant: Tenant.ID
  ) -> StoreFailure? {
    if let id = stream.couponID, let failure = coupons.unreadable[Owned(tenant, id)] { return failure }
    if stream.kind == .order, let failure = keptOrders.unreadable[OrderRow.key(of: stream, tenant)] {
      return failure
    }
    if let failure = shelf.unreadableOwner(of: stream, tenant, in: Catalogue.tables) { return failure }
    // Nearly always all counts can be read, and asking what a fact counts costs more than all of this.
    if codes.areReadable, counters.areReadable { return nil }
    guard let counted = (fact as? any CountingFact)?.counted, let usage = usage(counted, of: tenant) else {
      return nil
    }
    return unreadableCount(of: usage, tenant)
  }
}

extension WorkingSet {
  /// What searches have found. It is as of the load, unless events have changed it since.
  public struct Found: Sendable {
    /// The code that has a skeleton: the generated one, or else a given one.
    public var codeOfSkeleton: [Owned<CodeSkeleton>: CouponCode] {
      get { rare.first?.codeOfSkeleton ?? [:] }
      _modify { yield &rareFindings.codeOfSkeleton }
    }
    /// Skeletons that lead to a code whose row can't be read.
    public var unreadableSkeletons: [Owned<CodeSkeleton>: StoreFailure] {
      get { rare.first?.unreadableSkeletons ?? [:] }
      _modify { yield &rareFindings.unreadableSkeletons }
    }
    /// How many codes of patterns are given out.
    public var codesOfPattern: [Owned<PatternSkeleton>: Int] {
      get { rare.first?.codesOfPattern ?? [:] }
      _modify { yield &rareFindings.codesOfPattern }
    }
    /// The live application of each order, or its last one.
    public var applicationOfOrder: [Owned<OrderID>: DiscountApplication.ID] = [:]
    /// Working admin keys of tenants.
    public var adminKeyCounts: [Tenant.ID: Int64] {
      get { rare.first?.adminKeyCounts ?? [:] }
      _modify { yield &rareFindings.adminKeyCounts }
    }
    /// Webhooks of tenants.
    public var webhookCounts: [Tenant.ID: Int] {
      get { rare.first?.webhookCounts ?? [:] }
      _modify { yield &rareFindings.webhookCounts }
    }
    /// Whether any code opens a coupon.
    public var codedCoupons: [Owned<Coupon.ID>: Bool] {
      get { rare.first?.codedCoupons ?? [:] }
      _modify { yield &rareFindings.codedCoupons }
    }
    /// What buyers have bought here before.
    public var buyers: [Owned<IdentityKey>: BuyerHistory] {
      get { rare.first?.buyers ?? [:] }
      _modify { yield &rareFindings.buyers }
    }
    /// Late locks of coupons, those that ran out first before others.
    public var lateLocks: [Owned<Coupon.ID>: [FoundLock]] {
      get { rare.first?.lateLocks ?? [:] }
      _modify { yield &rareFindings.lateLocks }
    }
    /// When the first lock of a coupon ends, for coupons that have one.
    public var heldUntil: [Owned<Coupon.ID>: Instant] {
      get { rare.first?.heldUntil ?? [:] }
      _modify { yield &rareFindings.heldUntil }
    }
    /// The uses that locks hold of coupons, those that end first before others.
    public var heldUses: [Owned<Coupon.ID>: [HeldUse]] {
      get { rare.first?.heldUses ?? [:] }
      _modify { yield &rareFindings.heldUses }
    }

    /// How often the uses of coupons were revoked that are only looked at.
    public var revocations: [Owned<Coupon.ID>: Int64] {
      get { rare.first?.revocations ?? [:] }
      _modify { yield &rareFindings.revocations }
    }

    private var rare: [RareFindings] = []

    private var rareFindings: RareFindings {
      get { rare.first ?? RareFindings() }
      _modify {
        if rare.isEmpty { rare.append(RareFindings()) }
        yield &rare[0]
      }
    }

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

  /// The moment for a tenant: that of its own clock, if it has one.
  public func now(of tenant: Tenant.ID, at moment: Instant) -> Instant {
    tenants[tenant]?.tenant.testClock ?? moment
  }

  /// A tenant's settings; the defaults for a tenant that is only just being created.
  public func settings(_ tenant: Tenant.ID) -> TenantSettings {
    tenants[tenant]?.tenant.settings ?? TenantSettings()
  }
}

/// What few questions and commands look at. What each means is said where the set names it.
private struct RareRows: Sendable {
  var versions = Rows<VersionRow>()
  var accessKeys = Rows<AccessKey>()
  var dueWork = Rows<DueWork>()
  var cursors = Rows<ProjectionCursor>()
  var couponDays = Rows<CouponDayRow>()
  var couponUsers = Rows<CouponUserRow>()
}

/// What few searches find. What each means is said where the set names it.
private struct RareFindings: Sendable {
  var codeOfSkeleton: [Owned<CodeSkeleton>: CouponCode] = [:]
  var unreadableSkeletons: [Owned<CodeSkeleton>: StoreFailure] = [:]
  var codesOfPattern: [Owned<PatternSkeleton>: Int] = [:]
  var adminKeyCounts: [Tenant.ID: Int64] = [:]
  var webhookCounts: [Tenant.ID: Int] = [:]
  var codedCoupons: [Owned<Coupon.ID>: Bool] = [:]
  var buyers: [Owned<IdentityKey>: BuyerHistory] = [:]
  var lateLocks: [Owned<Coupon.ID>: [FoundLock]] = [:]
  var heldUntil: [Owned<Coupon.ID>: Instant] = [:]
  var heldUses: [Owned<Coupon.ID>: [HeldUse]] = [:]
  var revocations: [Owned<Coupon.ID>: Int64] = [:]
}
