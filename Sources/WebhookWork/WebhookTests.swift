import Ledger
import Promotions
import Scrip
import Synchronization

/// Which endpoints are just being tried from this node. Whoever tries one waits for its answer, so a few at a time are
/// enough; nobody's deliveries wait for them.
final class WebhookTests: Sendable {
  /// The place of one test, until nobody has it any more.
  final class Place: Sendable {
    private let tests: WebhookTests
    private let key: Owned<Webhook.ID>

    fileprivate init(_ tests: WebhookTests, _ key: Owned<Webhook.ID>) {
      self.tests = tests
      self.key = key
    }

    deinit { tests.underWay.withLock { _ = $0.remove(key) } }
  }

  /// How many endpoints of a tenant are tried at a time.
  static let ofTenantMax = 5
  /// How many of all tenants.
  static let allMax = 50

  private let underWay = Mutex<Set<Owned<Webhook.ID>>>([])

  /// Begins a test; nil if there is no place for it.
  func begin(_ key: Owned<Webhook.ID>) -> Place? {
    let isFree = underWay.withLock { underWay in
      guard underWay.count < WebhookTests.allMax,
        underWay.count(where: { $0.tenant == key.tenant }) < WebhookTests.ofTenantMax
      else { return false }
      return underWay.insert(key).inserted
    }
    return isFree ? Place(self, key) : nil
  }
}
