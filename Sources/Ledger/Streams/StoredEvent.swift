import struct Digest.Hash256
import struct Forms.ShownEvent
import struct Scrip.StreamID
import struct Scrip.Tenant

/// Which events a list shows.
public struct EventFilter: Hashable, Sendable {
  /// How many bytes of payloads whoever reads a whole log takes at once: a thousand events may have a thousand times what
  /// one usually has.
  public static let bytesOfPass = 16 << 20

  /// Only of this tenant.
  public var tenant: Tenant.ID?
  /// Only of this stream, of that tenant.
  public var stream: StreamID?
  /// Only behind this position.
  public var after: Int64
  /// How many at most.
  public var limit: Int
  /// How many bytes of payloads: the page ends with the event that reaches them, so that it is empty only at the end.
  public var bytes: Int

  /// Makes a filter.
  public init(
    tenant: Tenant.ID? = nil, stream: StreamID? = nil, after: Int64 = 0, limit: Int, bytes: Int = .max
  ) {
    self.tenant = tenant
    self.stream = stream
    self.after = after
    self.limit = limit
    self.bytes = bytes
  }
}

/// An event as it is stored.
public struct StoredEvent: Hashable, Sendable {
  /// Its place in the log: positions rise, and no event appears later behind one that was read.
  public var position: Int64
  /// Everything but the payload.
  public var envelope: EventEnvelope
  /// The fact in canonical JSON.
  public var payload: [UInt8]
  /// Its hash.
  public var hash: Hash256

  /// Makes a stored event.
  public init(position: Int64, envelope: EventEnvelope, payload: [UInt8], hash: Hash256) {
    self.position = position
    self.envelope = envelope
    self.payload = payload
    self.hash = hash
  }

  /// What the API shows of it.
  public var shown: ShownEvent {
    ShownEvent(
      position: position, tenant: envelope.tenant, stream: envelope.stream, sequence: envelope.sequence,
      type: envelope.type, at: envelope.at, actor: envelope.actor, requestID: envelope.requestID,
      payload: payload)
  }
}
