import enum Scrip.Actor
import struct Scrip.Exact
import struct Scrip.Instant
import struct Scrip.StreamID
import struct Scrip.Tenant

/// An immutable fact in its place. Folding all of them again gives the same tables.
public struct Event: Sendable {
  /// Whose data it is.
  public let tenant: Tenant.ID
  /// Whose history it belongs to.
  public let stream: StreamID
  /// Its place in that history, from 1 on without gaps.
  public let sequence: Int64
  /// When it happened.
  public let at: Instant
  /// Who caused it.
  public let actor: Actor
  /// The request that caused it, where there was one.
  @Exact public private(set) var requestID: String?
  /// What happened.
  public let fact: any LoggedFact

  /// Makes an event.
  public init(
    tenant: Tenant.ID, stream: StreamID, sequence: Int64, at: Instant, actor: Actor, requestID: String?,
    fact: any LoggedFact
  ) {
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.at = at
    self.actor = actor
    self.requestID = requestID
    self.fact = fact
  }

  /// Where and when it happened.
  public var place: EventPlace { EventPlace(tenant: tenant, stream: stream, sequence: sequence, at: at) }
}

extension Event: Hashable {
  /// Whether both say the same in the same place.
  public static func == (left: Event, right: Event) -> Bool {
    left.place == right.place && left.actor == right.actor
      && left.requestID.hasSameBytes(as: right.requestID) && left.fact.says(right.fact)
  }

  /// Hashes the place, which no other event has.
  public func hash(into hasher: inout Hasher) { hasher.combine(place) }
}
