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
  /// What it is about.
  public let matter: Matter

  /// What a failure is about.
  public enum Matter: Hashable, Sendable {
    /// The way: nobody's events arrive.
    case way
    /// An event: those of other tenants may be taken.
    case event
    /// The order: what the receiver has taken last is not what was expected, so it is to be asked what it holds.
    case order
  }

  /// Makes a failure.
  public init(_ reason: String, about matter: Matter = .way) {
    self.matter = matter
    self.reason = reason
  }
}

/// What has arrived.
public struct Arrival: Hashable, Sendable {
  /// How many events, counted from the first one without a gap. What comes behind may have arrived as well, and is handed
  /// over again.
  public let count: Int
  /// The number that the receiver gave to the last of them; 0 if it numbers nothing.
  public let number: Int64

  /// Tells of events.
  public init(count: Int, number: Int64 = 0) {
    self.count = count
    self.number = number
  }
}

/// Carries events out of the house: to a broker, or into a file.
public protocol EventCarrier: Sendable {
  /// Its name, in a few small letters: `nats`. How far events were carried is kept under it.
  var name: ProjectionName { get }

  /// Opens what is closed or was lost.
  ///
  /// - Returns: how many events the receiver has ever taken, those included that it no longer keeps: the number of the last
  ///   one. Nil if it numbers nothing, or if it was open already.
  func open() async throws(CarrierFailure) -> Int64?

  /// The last event of a tenant that the receiver keeps, as it was carried; nil if it keeps none.
  func lastKept(of tenant: Tenant.ID) async throws(CarrierFailure) -> [UInt8]?

  /// Hands events over in their order, and waits until it is certain what has arrived. It was opened before.
  ///
  /// - Parameters:
  ///   - events: a few hundred of one tenant, in the order of the log.
  ///   - generation: how often operators have had this tenant's events carried again. A receiver that passes over what it
  ///     has had is to take them as new ones where this has risen.
  /// - Throws: `CarrierFailure` if not even the first one has arrived.
  func carry(_ events: [CarriedEvent], generation: Int64) async throws(CarrierFailure) -> Arrival

  /// Ends what is open. What is handed over afterwards opens it again.
  func close() async
}

extension EventCarrier {
  /// One that numbers nothing opens when it is handed something.
  public func open() async throws(CarrierFailure) -> Int64? { nil }

  /// One that numbers nothing is not asked.
  public func lastKept(of tenant: Tenant.ID) async throws(CarrierFailure) -> [UInt8]? { nil }
}
