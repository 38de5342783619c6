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
