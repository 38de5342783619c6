import Ledger
import Scrip
import Synchronization

/// A lock that was found by what it is, and not loaded yet.
public struct FoundLock: Hashable, Sendable {
  /// Which application.
  public var key: Owned<DiscountApplication.ID>
  /// The caller's order.
  public var orderID: OrderID
  /// When its time is over.
  public var expiresAt: Instant

  /// Makes a found lock.
  public init(key: Owned<DiscountApplication.ID>, orderID: OrderID, expiresAt: Instant) {
    self.key = key
    self.orderID = orderID
    self.expiresAt = expiresAt
  }
}

/// A lock that should be given back and can't be: a row that it needs is damaged, or a count stands below what it takes.
public struct StuckLock: Sendable {
  /// The lock; nil if a tenant's locks could not even be looked for.
  public var lock: FoundLock?
  /// Whose it is.
  public var tenant: Tenant.ID
  /// When it was first tried.
  public var since: Instant
  /// When it was last tried.
  public var triedAt: Instant
  /// How often it was tried.
  public var attempts: Int
  /// What went wrong: the failure's kind, code and words, without any bound value.
  public var reason: String

  /// When it is tried again: after a second, then after twice as long each time, up to ten minutes.
  public var nextTry: Instant { triedAt.adding(seconds: min(600, 1 << Int64(min(attempts, 10) - 1))) }
}

/// The locks that can't be given back, as far as this process has tried.
final class StuckLocks: Sendable {
  /// How many are remembered of each tenant. Beyond that, the tenant's other locks wait.
  static let perTenantMax = 1000

  /// Locks by application; under nil what is wrong with looking for any.
  private typealias OfTenant = [DiscountApplication.ID?: StuckLock]

  private let tenants = Mutex<[Tenant.ID: OfTenant]>([:])

  /// How many there are.
  var count: Int { tenants.withLock { $0.values.reduce(0) { $0 + $1.count } } }

  /// A tenant's, those first that have been stuck for longest.
  func all(of tenant: Tenant.ID) -> [StuckLock] {
    let found = tenants.withLock { $0[tenant].map { Array($0.values) } ?? [] }
    return found.sorted {
      ($0.since, $0.lock?.key.value ?? .first) < ($1.since, $1.lock?.key.value ?? .first)
    }
  }

  /// Whether a tenant has as many as are remembered.
  func isFull(for tenant: Tenant.ID) -> Bool {
    tenants.withLock { ($0[tenant]?.count ?? 0) >= StuckLocks.perTenantMax }
  }

  /// Whether it is not yet time to try again.
  func isResting(_ tenant: Tenant.ID, _ id: DiscountApplication.ID?, at now: Instant) -> Bool {
    tenants.withLock { ($0[tenant]?[id]?.nextTry).map { now < $0 } ?? false }
  }

  /// Notes another failed try; gives the lock if it is the first or failed for another reason than before.
  func note(
    _ lock: FoundLock?, of tenant: Tenant.ID, _ failure: StoreFailure, at now: Instant
  ) -> StuckLock? {
    let reason = failure.words
    return tenants.withLock { tenants in
      let id = lock?.key.value
      var stuck =
        tenants[tenant]?[id]
        ?? StuckLock(lock: lock, tenant: tenant, since: now, triedAt: now, attempts: 0, reason: "")
      let isNews = stuck.reason != reason
      stuck.reason = reason
      stuck.triedAt = now
      stuck.attempts += 1
      if tenants[tenant]?[id] != nil || (tenants[tenant]?.count ?? 0) < StuckLocks.perTenantMax {
        tenants[tenant, default: [:]][id] = stuck
      }
      return isNews ? stuck : nil
    }
  }

  /// Forgets those that a test accepts, and gives them. The test must not ask this again, which would wait for itself.
  func forget(of tenant: Tenant.ID, where isGone: (StuckLock) -> Bool) -> [StuckLock] {
    tenants.withLock { tenants in
      let gone = (tenants[tenant] ?? [:]).filter { isGone($0.value) }
      for id in gone.keys { tenants[tenant]?[id] = nil }
      if tenants[tenant]?.isEmpty == true { tenants[tenant] = nil }
      return Array(gone.values)
    }
  }

  /// The tenants that have any.
  var stuckTenants: [Tenant.ID] { tenants.withLock { Array($0.keys) } }
}

extension DiscountApplication.ID {
  fileprivate static let first = DiscountApplication.ID(0)
}
