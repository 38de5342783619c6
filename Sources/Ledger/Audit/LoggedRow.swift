import Digest

import struct Scrip.StreamID
import struct Scrip.Tenant

/// A row of the log as whoever looks for damage meets it: what can be read of it.
public struct LoggedRow: Sendable {
  /// Its place in the log.
  public var position: Int64
  /// Whose it is.
  public var tenant: Tenant.ID
  /// The stream; nil if that can't be read.
  public var stream: StreamID?
  /// The number in the stream.
  public var sequence: Int64
  /// The hash; nil if it is none.
  public var hash: Hash256?
  /// The event, or why there is none.
  public var event: Result<StoredEvent, StoreFailure>

  /// A row from its columns, and what reading all of them came to.
  public init(
    position: Int64, tenant: Tenant.ID, stream: StreamID?, sequence: Int64, hash: Hash256?,
    event: Result<StoredEvent, StoreFailure>
  ) {
    self.position = position
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.hash = hash
    self.event = event
  }

  /// A row that can be read.
  public init(_ event: StoredEvent) {
    self.init(
      position: event.position, tenant: event.envelope.tenant, stream: event.envelope.stream,
      sequence: event.envelope.sequence, hash: event.hash, event: .success(event))
  }
}

/// A stream's head as whoever looks for damage meets it.
public struct StoredHead: Sendable {
  /// Whose it is.
  public var tenant: Tenant.ID
  /// The stream; nil if that can't be read.
  public var stream: StreamID?
  /// The last event's number.
  public var sequence: Int64
  /// The last event's hash; nil if it is none.
  public var hash: Hash256?

  /// Makes a head.
  public init(tenant: Tenant.ID, stream: StreamID?, sequence: Int64, hash: Hash256?) {
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.hash = hash
  }

  /// The stream and its head.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if one of them can't be read.
  public func whole() throws(StoreFailure) -> (stream: StreamID, head: StreamHead) {
    guard let stream else { throw .corrupt("an identifier") }
    guard let hash else { throw .corrupt("a hash") }
    return (stream, StreamHead(sequence: sequence, hash: hash))
  }
}
