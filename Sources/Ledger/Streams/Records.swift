import Digest
import JSON

import struct Scrip.Tenant

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
