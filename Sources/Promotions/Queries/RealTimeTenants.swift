import Scrip
import Synchronization

/// The tenants that are known to live in real time, which never changes: they need not be asked what time it is for them.
final class RealTimeTenants: Sendable {
  /// Past that many, they are learned anew.
  private static let capacity = 10_000

  private let known = Mutex<Set<Tenant.ID>>([])

  func holds(_ tenant: Tenant.ID) -> Bool { known.withLock { $0.contains(tenant) } }

  func note(_ tenant: Tenant.ID) {
    known.withLock { known in
      if known.count >= RealTimeTenants.capacity { known = [] }
      known.insert(tenant)
    }
  }
}
