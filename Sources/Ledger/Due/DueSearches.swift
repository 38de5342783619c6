import struct Scrip.Exact
import struct Scrip.Instant
import struct Scrip.Tenant

/// How a piece of work stands.
public enum DueState: String, CaseIterable, Hashable, Sendable {
  /// It waits for its time, or for somebody to claim it.
  case waiting
  /// Somebody has claimed it.
  case leased
  /// It failed too often, and waits for somebody to ask for another try.
  case parked
}

/// A piece of work as operators see it.
public struct DueEntry: Hashable, Sendable {
  /// Which piece.
  public let key: Owned<DueKey>
  /// When it is due.
  public let dueAt: Instant
  /// How it stands.
  public let state: DueState
  /// How often it was claimed since it last went well.
  public let attempts: Int64
  /// When it is tried next, or when its lease ends; nil for what is parked.
  public let nextTry: Instant?
  /// What it failed with last; nil if it did not.
  @Exact public var reason: String?

  /// Reads how it stands from what is stored beside the log.
  ///
  /// - Parameters:
  ///   - now: a lease that is over is none.
  public init(
    key: Owned<DueKey>, dueAt: Instant, attempts: Int64, tryAt: Instant?, holder: DueHolder?,
    parkedAt: Instant?, reason: String?, now: Instant
  ) {
    self.key = key
    self.dueAt = dueAt
    self.attempts = attempts
    self.reason = reason
    nextTry = parkedAt == nil ? max(tryAt ?? dueAt, dueAt) : nil
    let isLeased = holder != nil && tryAt.map { $0 > now } == true
    state = parkedAt != nil ? .parked : isLeased ? .leased : .waiting
  }
}

/// A page of a tenant's work in the order of its keys.
public struct DueWorkOfTenant: Search {
  /// The answer.
  public typealias Found = [DueEntry]

  /// Whose.
  public let tenant: Tenant.ID
  /// Only parked work.
  public let isParked: Bool
  /// Only behind this one.
  public let after: DueKey?
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(tenant: Tenant.ID, isParked: Bool = false, after: DueKey? = nil, limit: Int) {
    self.tenant = tenant
    self.isParked = isParked
    self.after = after
    self.limit = limit
  }
}

/// How much work of all tenants stands how.
public struct DueCounts: Search, Hashable {
  /// The answer.
  public typealias Found = DueCounts.Numbers

  /// The moment that it is judged at.
  public let moment: Instant

  /// Asks how it is at a moment.
  public init(at moment: Instant) { self.moment = moment }

  /// Numbers of pieces.
  public struct Numbers: Hashable, Sendable {
    /// Whose time has come, and which nobody has claimed.
    public var due: Int
    /// Claimed.
    public var leased: Int
    /// Parked.
    public var parked: Int

    /// Makes numbers.
    public init(due: Int = 0, leased: Int = 0, parked: Int = 0) {
      self.due = due
      self.leased = leased
      self.parked = parked
    }
  }
}

/// When work of some kinds can be claimed next, leases and pauses included; nil if there is none.
public struct NextDue: Search {
  /// The answer.
  public typealias Found = Instant?

  /// The kinds.
  public let kinds: [DueWork.Kind]

  /// Asks for some kinds.
  public init(kinds: [DueWork.Kind]) { self.kinds = kinds }
}
