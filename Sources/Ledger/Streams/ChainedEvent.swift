import Digest

import struct Scrip.Exact
import struct Scrip.Instant
import struct Scrip.StreamID
import struct Scrip.Tenant

/// An event with its stored payload and its place in its stream's hash chain.
public struct ChainedEvent: Hashable, Sendable {
  /// The event.
  public var event: Event
  /// The fact in canonical JSON.
  public var payload: [UInt8]
  /// SHA-256 over the previous event's hash, this event's envelope and its payload.
  public var hash: Hash256

  /// Makes a chained event from stored parts.
  public init(event: Event, payload: [UInt8], hash: Hash256) {
    self.event = event
    self.payload = payload
    self.hash = hash
  }

  /// Chains a new event to the head of its stream.
  public init(_ event: Event, after head: StreamHead) {
    precondition(event.sequence == head.sequence + 1, "a stream's numbers have no gaps")
    self.event = event
    payload = event.fact.payload()
    hash = ChainedEvent.hash(event, type: event.fact.name, payload: payload, after: head.hash)
  }

  /// The hash that an event must have, given the one before it in its stream.
  public static func hash(_ event: Event, type: String, payload: [UInt8], after previous: Hash256) -> Hash256
  {
    hash(
      EventEnvelope(
        tenant: event.tenant, stream: event.stream, sequence: event.sequence, type: type, at: event.at,
        actor: event.actor.stored, requestID: event.requestID), payload: payload, after: previous)
  }

  /// The hash of an event as it is stored, which an audit can compute without understanding the payload.
  public static func hash(_ envelope: EventEnvelope, payload: [UInt8], after previous: Hash256) -> Hash256 {
    var hasher = SHA256()
    hasher.update(previous)
    hasher.update(envelope.canonical)
    hasher.update(payload)
    return hasher.finish()
  }
}

/// Everything of a stored event but its payload.
public struct EventEnvelope: Hashable, Sendable {
  /// Whose data it is.
  public var tenant: Tenant.ID
  /// Whose history it belongs to.
  public var stream: StreamID
  /// Its number in that history.
  public var sequence: Int64
  /// The fact's name.
  @Exact public var type: String
  /// When it happened.
  public var at: Instant
  /// Who caused it, in stored form.
  @Exact public var actor: String
  /// The request that caused it.
  @Exact public var requestID: String?

  /// Makes an envelope.
  public init(
    tenant: Tenant.ID, stream: StreamID, sequence: Int64, type: String, at: Instant, actor: String,
    requestID: String?
  ) {
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.type = type
    self.at = at
    self.actor = actor
    self.requestID = requestID
  }

  /// The bytes that are hashed: fields in a fixed order, each ended by a line feed, which none of them can hold.
  var canonical: [UInt8] {
    let textLength = type.utf8.count + actor.utf8.count + (requestID?.utf8.count ?? 0)
    let numberLength = 20
    let fields = 7
    return [UInt8](capacity: StreamID.keyLength + textLength + 3 * numberLength + fields) { text in
      text.appendField(tenant.number)
      stream.append(to: &text)
      text.appendField("")
      text.appendField(sequence)
      text.appendField(type)
      text.appendField(at.microseconds)
      text.appendField(actor)
      text.appendField(requestID ?? "")
    }
  }
}

extension OutputSpan<UInt8> {
  fileprivate mutating func appendField(_ text: String) {
    let bytes = text.utf8.span
    for index in bytes.indices { append(bytes[index]) }
    append(UInt8(ascii: "\n"))
  }

  /// A number in decimal, without a text of its own.
  fileprivate mutating func appendField(_ number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var rest = number.magnitude
    var count = 0
    repeat {
      digits[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
      count += 1
    } while rest > 0
    for index in (0..<count).reversed() { append(digits[index]) }
    append(UInt8(ascii: "\n"))
  }
}
