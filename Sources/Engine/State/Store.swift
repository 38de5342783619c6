import Digest
import Scrip
import Wire

/// The database broke, or refused. Never carries bound values.
public struct StoreFailure: Error, Sendable {
  /// What went wrong, as far as a caller has to know.
  public enum Kind: Hashable, Sendable {
    /// Another try may work: the database was busy, restarted or unreachable.
    case unavailable
    /// The database refused to let a limit be passed, or a rule of the schema be broken: a mistake of the engine.
    case refusedByDatabase
    /// The disk is full.
    case full
    /// The stored data can't be understood.
    case corrupt
    /// The schema is older or newer than this program.
    case schema
    /// Anything else.
    case other
  }

  /// What went wrong.
  public let kind: Kind
  /// The database's own name for it: SQLite's extended result code, PostgreSQL's SQLSTATE; nil if it has none.
  public let code: String?
  /// The database's own words.
  public let message: String
  /// The statement, without values.
  public let statement: String?
  /// Whether a disk, or a file, failed to do what it was asked.
  public let isOfDisk: Bool

  /// Makes a failure.
  public init(
    kind: Kind, code: String? = nil, message: String, statement: String? = nil, isOfDisk: Bool = false
  ) {
    self.kind = kind
    self.isOfDisk = isOfDisk
    self.code = code
    self.message = message
    self.statement = statement
  }

  /// A stored value that no version of this program writes.
  public static func corrupt(_ what: String) -> StoreFailure {
    StoreFailure(kind: .corrupt, message: "\(what) can't be understood")
  }

  /// What can't be understood, of a failure of kind `corrupt`.
  var subject: String {
    let ending = " can't be understood"
    return message.hasSuffix(ending) ? String(message.dropLast(ending.count)) : message
  }

  /// Whether it is a stored value that can't be understood, and not the database itself.
  public var isOfStoredValue: Bool { kind == .corrupt && code == nil }

  /// Whether the same work may succeed when it is tried again.
  public var isRetriable: Bool { kind == .unavailable }

  /// Whether it may hold for a part of what is stored alone, such as a table with a disk of its own, so that a write that
  /// goes well elsewhere proves nothing. A server that takes no writes, or can't be reached, is so as a whole.
  var mayHoldForAPart: Bool { kind == .full || isOfDisk }

  /// Whether a batch may go well without one of its commands. A database that can't be reached, or is full, fails each
  /// of them, after a wait each.
  var mayBeOneCommandsFault: Bool {
    switch kind {
    case .refusedByDatabase, .corrupt, .other: true
    case .unavailable, .full, .schema: false
    }
  }
}

/// How much is written only to see whether writing works.
public enum ProbeSize: Sendable {
  /// One row: what a service that has nothing to write can write again and again.
  case row
  /// More than an ordinary command, in room that has to be found for it. After the disk was full, a row may fit where no
  /// command does.
  case room

  /// How many bytes the row holds.
  public var bytes: Int {
    switch self {
    case .row: 16
    case .room: 65_536
    }
  }
}

/// A consistent view of the database.
public protocol StoreReader {
  /// Loads what a request names into a working set. What the set holds already stays as it is, because it may have been
  /// changed since: a batch may load more after it has begun to decide.
  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure)
}

/// A transaction of the committer: nothing else writes what it has loaded until it ends.
public protocol StoreTransaction: StoreReader {
  /// The one moment of the transaction.
  var now: Instant { get }

  /// Writes the rows that changed, the events and the answers of the working set, each kind in bulk.
  ///
  /// Counters are written conditionally, so that a mistake in memory can't pass a limit.
  /// - Throws: `StoreFailure` with kind `refusedByDatabase` if a limit or a unique key stands in the way.
  func write(_ set: WorkingSet) throws(StoreFailure)

  /// Forgets up to so many answers that are older than a moment; says how many there were.
  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int
}

/// Where everything is kept. All calls block: transactions are called from a committer's thread, reads from anywhere.
public protocol Store: Sendable {
  /// Runs a body in one transaction and commits it; rolls back if it throws.
  func transaction<Result>(
    _ body: (any StoreTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result

  /// Writes, beside what commands write, something that changes nothing, and commits it.
  func probe(_ size: ProbeSize) throws(StoreFailure)

  /// Runs a body on one consistent view that shows every transaction acknowledged before the call.
  func read<Result>(_ body: (any StoreReader) throws(StoreFailure) -> Result) throws(StoreFailure) -> Result

  /// The moment that reads are judged at.
  var now: Instant { get }

  /// Why the clock is not believed, so that nothing is written; nil while it is.
  var clockFailure: StoreFailure? { get }

  /// Whether a read waits for nothing but this computer's own disk. Other reads are done on threads of their own.
  var readsAreLocal: Bool { get }

  /// Whether positions of the log have no gaps, so that a missing one is a missing event.
  var positionsAreContiguous: Bool { get }

  /// What the store knows of its own troubles. Waits for nothing.
  var health: StoreHealth { get }

  /// The rows that its lists had to leave out; nil for a store whose rows can't be damaged.
  var unreadableRows: UnreadableRows? { get }

  /// A key that the store remembers and still vouches for; nil if it has to be asked.
  func recall(secretHash: Hash256) -> AccessKey?

  /// Finds a key by the SHA-256 of its secret; nil if no key has it. Revoked keys are found, too.
  func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey?

  /// A page of a tenant's keys, oldest first.
  func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey]

  /// All tenants, by number.
  func tenants() throws(StoreFailure) -> [Tenant]

  /// The numbers of all tenants, in order. Reads nothing else, so that one tenant's damaged row is no other's affair.
  func tenantIDs() throws(StoreFailure) -> [Tenant.ID]

  /// A page of coupons, newest first.
  func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon]

  /// A page of a coupon's codes, in the order of their canonical form.
  func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord]

  /// A page of the coupons that are personal to a user, newest first, archived ones left out: those that the user owns
  /// and those of which the user owns a code. Each comes with the user's own codes, `WalletFilter.codesMax` at most.
  func wallet(_ filter: WalletFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [PersonalCoupon]

  /// A page of events after a position, oldest first; of one coupon, of one tenant, or of all tenants.
  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent]

  /// The same for whoever only shows them: an event that can't be read stands in its place with what can be, and is told
  /// of, where `events` would fail.
  func shownEvents(_ filter: EventFilter) throws(StoreFailure) -> [ShownEvent]

  /// What an event of a coupon says was agreed.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if there is no such event, or nothing was agreed in it.
  func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement

  /// A page of the whole log after a position, oldest first, for whoever looks for damage: a row that can't be read is
  /// told of, where `events` would fail.
  func log(after position: Int64, limit: Int) throws(StoreFailure) -> [LoggedRow]

  /// How a coupon was used.
  func statistics(of couponID: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> CouponStatistics

  /// The tenants that have locks whose time is over at a moment, or coupons whose revoked locks are not all given back.
  func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [Tenant.ID]

  /// A page of a tenant's locks that are to be given back, those that run out first before others.
  func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock]

  /// The heads of all streams, in pages by tenant and stream.
  func forEachHead(
    _ body: (Tenant.ID, EventStream, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure)

  /// The same for whoever looks for damage: a head that can't be read is told of, where `forEachHead` would fail.
  func forEachStoredHead(_ body: (StoredHead) throws(StoreFailure) -> Void) throws(StoreFailure)
}

extension Store {
  /// All keys of a tenant, oldest first, read page by page.
  public func accessKeys(of tenant: Tenant.ID) throws(StoreFailure) -> [AccessKey] {
    let pageMax = 1000
    var keys: [AccessKey] = []
    while true {
      let page = try accessKeys(of: tenant, after: keys.last?.id, limit: pageMax)
      keys += page
      if page.count < pageMax { return keys }
    }
  }
}

/// What is so for a store on this computer.
extension Store {
  /// The clock is believed.
  public var clockFailure: StoreFailure? { nil }

  /// Reads are local.
  public var readsAreLocal: Bool { true }

  /// Positions have no gaps.
  public var positionsAreContiguous: Bool { true }

  /// No row can be damaged.
  public var unreadableRows: UnreadableRows? { nil }

  /// There is nothing to say.
  public var health: StoreHealth { StoreHealth() }

  /// Every event can be read.
  public func shownEvents(_ filter: EventFilter) throws(StoreFailure) -> [ShownEvent] {
    try events(filter).map(\.shown)
  }

  /// Every row can be read.
  public func log(after position: Int64, limit: Int) throws(StoreFailure) -> [LoggedRow] {
    try events(EventFilter(after: position, limit: limit)).map { LoggedRow($0) }
  }

  /// Every head can be read.
  public func forEachStoredHead(_ body: (StoredHead) throws(StoreFailure) -> Void) throws(StoreFailure) {
    try forEachHead { (tenant, stream, head) throws(StoreFailure) in
      try body(StoredHead(tenant: tenant, stream: stream, sequence: head.sequence, hash: head.hash))
    }
  }

  /// There is no disk.
  public func probe(_ size: ProbeSize) throws(StoreFailure) {
    try transaction { (_: any StoreTransaction) throws(StoreFailure) in }
  }

  /// Nothing is remembered besides what a read finds anyway.
  public func recall(secretHash: Hash256) -> AccessKey? { nil }
}

/// Which coupons a list shows.
public struct CouponFilter: Hashable, Sendable {
  /// Only in this state.
  public var state: Coupon.State?
  /// Only the one that this code opens.
  public var code: CouponCode?
  /// Only of this owner.
  public var owner: UserID?
  /// Only of this seller.
  public var sellerID: SellerID?
  /// Only active ones whose window holds this moment.
  public var activeAt: Instant?
  /// Only ones older than this one.
  public var after: Coupon.ID?
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(
    state: Coupon.State? = nil, code: CouponCode? = nil, owner: UserID? = nil, sellerID: SellerID? = nil,
    activeAt: Instant? = nil, after: Coupon.ID? = nil, limit: Int
  ) {
    self.state = state
    self.code = code
    self.owner = owner
    self.sellerID = sellerID
    self.activeAt = activeAt
    self.after = after
    self.limit = limit
  }

  /// Whether nothing can match: only active coupons are active at a moment.
  public var isEmpty: Bool { activeAt != nil && state != nil && state != .active }
}

/// Which personal coupons a list shows.
public struct WalletFilter: Hashable, Sendable {
  /// How many codes of one coupon are shown.
  public static let codesMax = 100

  /// Whose they are.
  public var userID: UserID
  /// Only ones older than this one.
  public var after: Coupon.ID?
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(userID: UserID, after: Coupon.ID? = nil, limit: Int) {
    self.userID = userID
    self.after = after
    self.limit = limit
  }
}

/// Which locks are looked for.
public struct LockFilter: Hashable, Sendable {
  /// Why they are to be given back.
  public enum Kind: Hashable, Sendable {
    /// Their time is over at this moment.
    case expired(at: Instant)
    /// A coupon that is still disabled together with its locks has revoked them.
    case revoked
  }

  /// Whose they are.
  public var tenant: Tenant.ID
  /// Why they are to be given back.
  public var kind: Kind
  /// Only those behind this one.
  public var after: FoundLock?
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(tenant: Tenant.ID, kind: Kind, after: FoundLock? = nil, limit: Int) {
    self.tenant = tenant
    self.kind = kind
    self.after = after
    self.limit = limit
  }
}

/// Which events a list shows.
public struct EventFilter: Hashable, Sendable {
  /// Only of this tenant.
  public var tenant: Tenant.ID?
  /// Only of this coupon.
  public var couponID: Coupon.ID?
  /// Only behind this position.
  public var after: Int64
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(tenant: Tenant.ID? = nil, couponID: Coupon.ID? = nil, after: Int64 = 0, limit: Int) {
    self.tenant = tenant
    self.couponID = couponID
    self.after = after
    self.limit = limit
  }
}

/// An event as it is stored.
public struct StoredEvent: Hashable, Sendable {
  /// Its place in the log: positions rise, and no event appears later behind one that was read.
  public var position: Int64
  /// Everything but the payload.
  public var envelope: EventEnvelope
  /// The fact in canonical JSON.
  public var payload: [UInt8]
  /// Its hash.
  public var hash: Hash256

  /// Makes a stored event.
  public init(position: Int64, envelope: EventEnvelope, payload: [UInt8], hash: Hash256) {
    self.position = position
    self.envelope = envelope
    self.payload = payload
    self.hash = hash
  }

  /// What the API shows of it.
  public var shown: ShownEvent {
    ShownEvent(
      position: position, tenant: envelope.tenant, stream: envelope.stream, sequence: envelope.sequence,
      type: envelope.type, at: envelope.at, actor: envelope.actor, requestID: envelope.requestID,
      payload: payload)
  }
}
