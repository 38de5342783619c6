import Digest
import JSON
import Scrip

/// Where a stream's chain stands: the last event's number and hash.
public struct StreamHead: Hashable, Sendable {
  /// The last event's sequence number; 0 before the first.
  public var sequence: Int64
  /// The last event's hash; zeros before the first.
  public var hash: Hash256

  /// A chain without events.
  public static let empty = StreamHead(sequence: 0, hash: Hash256.zero)

  /// Makes a head.
  public init(sequence: Int64, hash: Hash256) {
    self.sequence = sequence
    self.hash = hash
  }
}

/// Something of a tenant: the form of nearly every key.
public struct Owned<Value: Hashable & Sendable>: Hashable, Sendable {
  /// Whose it is.
  public let tenant: Tenant.ID
  /// What it is.
  public let value: Value

  /// Makes a key.
  public init(_ tenant: Tenant.ID, _ value: Value) {
    self.tenant = tenant
    self.value = value
  }

  /// Hashes what it is: one batch hardly ever sees the same thing of two tenants.
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

extension Owned: Comparable where Value: Comparable {
  /// By tenant, then by value: the order in which rows are locked.
  public static func < (left: Owned, right: Owned) -> Bool {
    left.tenant != right.tenant ? left.tenant < right.tenant : left.value < right.value
  }
}

/// A tenant with its stream's head.
public struct TenantRecord: Hashable, Sendable {
  /// The tenant.
  public var tenant: Tenant
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes a record.
  public init(tenant: Tenant, head: StreamHead) {
    self.tenant = tenant
    self.head = head
  }
}

/// A coupon with its stream's head.
public struct CouponRecord: Hashable, Sendable {
  /// The coupon with its current version's terms.
  public var coupon: Coupon
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes a record.
  public init(coupon: Coupon, head: StreamHead) {
    self.coupon = coupon
    self.head = head
  }
}

/// A code with how often it is used.
public struct CodeRecord: Hashable, Sendable {
  /// The coupon that it opens.
  public var couponID: Coupon.ID
  /// The code with its own owner and limit.
  public var grant: CodeGrant
  /// Usages, LOCKED and REDEEMED.
  public var used: Int64

  /// Makes a record.
  public init(couponID: Coupon.ID, grant: CodeGrant, used: Int64) {
    self.couponID = couponID
    self.grant = grant
    self.used = used
  }
}

/// A counter of a coupon: by identity, period or budget.
public struct CounterKey: Hashable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// Which of its counters.
  public let counter: UsageCounter

  /// Makes a key.
  public init(couponID: Coupon.ID, counter: UsageCounter) {
    self.couponID = couponID
    self.counter = counter
  }
}

/// A version of a coupon's terms.
public struct VersionKey: Hashable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// The version's number, from 1 on.
  public let version: Int64

  /// Makes a key.
  public init(couponID: Coupon.ID, version: Int64) {
    self.couponID = couponID
    self.version = version
  }
}

/// Where an event stands in its stream.
public struct EventReference: Hashable, Sendable {
  /// The coupon whose stream it is.
  public let couponID: Coupon.ID
  /// Its number there.
  public let sequence: Int64

  /// Makes a reference.
  public init(couponID: Coupon.ID, sequence: Int64) {
    self.couponID = couponID
    self.sequence = sequence
  }
}

/// An application with the event that holds its snapshot, so that the snapshot is stored once.
public struct ApplicationRecord: Hashable, Sendable {
  /// The application with its usages and its snapshot.
  public var application: DiscountApplication
  /// The event that its agreement came with.
  public var agreedIn: EventReference

  /// Makes a record.
  public init(application: DiscountApplication, agreedIn: EventReference) {
    self.application = application
    self.agreedIn = agreedIn
  }
}

/// A use of a coupon that a lock holds.
public struct HeldUse: Hashable, Sendable {
  /// The lock.
  public let applicationID: DiscountApplication.ID
  /// The code.
  public let code: CouponCode
  /// What it takes off, in minor units of the order's currency.
  public let amount: Int64
  /// The counters that it took from.
  public let counters: [UsageCounter]
  /// When the lock ends.
  public let expiresAt: Instant

  /// Makes a use.
  public init(
    applicationID: DiscountApplication.ID, code: CouponCode, amount: Int64, counters: [UsageCounter],
    expiresAt: Instant
  ) {
    self.applicationID = applicationID
    self.code = code
    self.amount = amount
    self.counters = counters
    self.expiresAt = expiresAt
  }
}
