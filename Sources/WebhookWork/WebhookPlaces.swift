import Ledger
import Promotions
import Scrip
import Synchronization

/// How many messages are under way from this node. Each endpoint that is served has one place of its own, whatever others
/// do; further ones come out of places that endpoints of a tenant, and tenants, share.
///
/// Who takes long to answer gets fewer: of the shared places an endpoint whose last answer was not a quick one may take
/// only the first half, and one whose last answer never came none. So those that hang can't take them all.
final class WebhookPlaces: Sendable {
  /// A place for one message.
  enum Place: Hashable, Sendable {
    /// The endpoint's own.
    case own
    /// One that is shared.
    case shared
  }

  /// How an endpoint has answered last.
  enum Pace: Hashable, Sendable {
    /// Soon.
    case quick
    /// Late; or nobody knows yet.
    case slow
    /// Not at all, in the time that there was.
    case hanging
  }

  /// How many places the endpoints of a tenant share on one node.
  static let ofTenantMax = 64
  /// How many places all tenants share on one node.
  static let allMax = 192
  /// What is still quick, in milliseconds.
  static let quickMilliseconds: Int64 = 5000
  /// Of how many endpoints it is known how they answer.
  private static let knownMax = 10_000

  fileprivate struct State {
    var ofTenants: [Tenant.ID: Int] = [:]
    var all = 0
    var paces: [Owned<Webhook.ID>: Pace] = [:]
  }

  private let state = Mutex(State())

  /// How many more places the endpoint could have besides its own.
  func free(for key: Owned<Webhook.ID>) -> Int { state.withLock { $0.free(for: key) } }

  /// Takes a shared place; false if there is none.
  func take(for key: Owned<Webhook.ID>) -> Bool {
    state.withLock { state in
      guard state.free(for: key) > 0 else { return false }
      state.ofTenants[key.tenant, default: 0] += 1
      state.all += 1
      return true
    }
  }

  /// Gives a shared place back.
  func give(_ tenant: Tenant.ID) {
    state.withLock { state in
      let left = (state.ofTenants[tenant] ?? 1) - 1
      state.ofTenants[tenant] = left > 0 ? left : nil
      state.all -= 1
    }
  }

  /// Whether the endpoint's last answer never came.
  func isHanging(_ key: Owned<Webhook.ID>) -> Bool { state.withLock { $0.paces[key] == .hanging } }

  /// Notes how an endpoint has answered.
  func note(_ pace: Pace, of key: Owned<Webhook.ID>) {
    state.withLock { state in
      if state.paces.count >= WebhookPlaces.knownMax, state.paces[key] == nil { state.paces = [:] }
      state.paces[key] = pace
    }
  }
}

extension WebhookPlaces.State {
  func free(for key: Owned<Webhook.ID>) -> Int {
    let part =
      switch paces[key] ?? .slow {
      case .quick: 1
      case .slow: 2
      case .hanging: Int.max
      }
    let (ofTenant, all) = (WebhookPlaces.ofTenantMax / part, WebhookPlaces.allMax / part)
    return max(0, min(ofTenant - (ofTenants[key.tenant] ?? 0), all - self.all))
  }
}

extension WebhookPlaces.Pace {
  /// What a try tells of its endpoint.
  init(_ attempt: WebhookDelivery.Attempt) {
    if attempt.failure == .timedOut {
      self = .hanging
    } else {
      self = attempt.milliseconds <= WebhookPlaces.quickMilliseconds ? .quick : .slow
    }
  }
}
