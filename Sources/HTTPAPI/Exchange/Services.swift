import CheckoutWork
import Forms
import Ledger
import Promotions
import Synchronization
import WebhookWork

/// What routes work with. One object, because it goes with every request.
final class Services: Sendable {
  let engine: Engine
  let identities: IdentityHash
  let metrics: Metrics
  let throttle: MissThrottle
  let configuration: APIConfiguration
  let isShuttingDown: Flag
  /// How many streams of events are open.
  let eventStreams = Count()
  /// Where payments through providers are seen to; nil for a service that has none.
  let payments: PaymentDesk?
  /// Where webhooks are seen to; nil for a service that sends none.
  let webhooks: WebhookDesk?
  /// Who watches for fraud; nil for a service that has nobody for it.
  let fraud: FraudWatch?
  /// The OpenAPI document.
  let openAPI: [UInt8]

  init(
    engine: Engine, identityKey: [UInt8], metrics: Metrics, configuration: APIConfiguration,
    payments: PaymentDesk?, webhooks: WebhookDesk?, fraud: FraudWatch?
  ) {
    self.engine = engine
    identities = IdentityHash(key: identityKey)
    self.metrics = metrics
    self.payments = payments
    self.webhooks = webhooks
    self.fraud = fraud
    throttle = MissThrottle(configuration.throttle)
    self.configuration = configuration
    isShuttingDown = Flag()
    openAPI = OpenAPIDocument.bytes(version: configuration.version)
  }
}

/// Something that happens once.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }

  func raise() { value.store(true, ordering: .releasing) }
}
