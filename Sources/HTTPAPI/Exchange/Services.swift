import Engine
import Synchronization

/// What routes work with.
struct Services: Sendable {
  let engine: Engine
  let identities: IdentityHash
  let metrics: Metrics
  let throttle: MissThrottle
  let configuration: APIConfiguration
  let isShuttingDown: Flag
  /// The OpenAPI document.
  let openAPI: [UInt8]
}

/// Something that happens once.
final class Flag: Sendable {
  private let value = Atomic(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }

  func raise() { value.store(true, ordering: .releasing) }
}
