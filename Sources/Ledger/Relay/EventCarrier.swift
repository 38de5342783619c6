import JSON

import struct Forms.CloudEvent
import struct Forms.ShownEvent
import struct Scrip.Exact
import struct Scrip.Tenant

/// An event on its way out of the house.
public struct CarriedEvent: Sendable {
  /// Its identifier, which never changes: receivers know by it what they have had already.
  @Exact public var id: String
  /// Whose it is.
  public let tenant: Tenant.ID
  /// What kind of stream it belongs to: `coupon`; `unknown` if that is damaged.
  @Exact public var streamKind: String
  /// The fact's name.
  @Exact public var type: String
  /// The CloudEvent, as JSON without line breaks.
  public let body: [UInt8]

  /// Puts an event of a tenant into its envelope.
  public init(_ event: ShownEvent, of tenant: Tenant.ID) {
    let envelope = CloudEvent(event, of: tenant)
    self.tenant = tenant
    id = envelope.id
    streamKind = event.stream.map { String($0.prefix { $0 != "_" }) } ?? "unknown"
    type = event.type
    body = JSONWriter.bytes(capacity: 2048) { envelope.write(to: &$0) }
  }
}

/// Why events did not arrive.
public struct CarrierFailure: Error, Hashable, Sendable {
  /// What operators are told, without secrets.
  @Exact public var reason: String
  /// Whether it is about an event and not about the way: those of other tenants may be taken.
  public let isOfEvent: Bool

  /// Makes a failure.
  public init(_ reason: String, isOfEvent: Bool = false) {
    self.isOfEvent = isOfEvent
    self.reason = reason
  }
}

/// Carries events out of the house: to a broker, or into a file.
public protocol EventCarrier: Sendable {
  /// Its name, in a few small letters: `nats`. How far events were carried is kept under it.
  var name: ProjectionName { get }

  /// Hands events over in their order, and waits until it is certain what has arrived.
  ///
  /// - Parameter events: a few hundred of one tenant, in the order of the log.
  /// - Returns: how many of them have arrived, counted from the first one without a gap. What comes behind may have arrived
  ///   as well, and is handed over again.
  /// - Throws: `CarrierFailure` if not even the first one has.
  func carry(_ events: [CarriedEvent]) async throws(CarrierFailure) -> Int

  /// Ends what is open. What is handed over afterwards opens it again.
  func close() async
}
