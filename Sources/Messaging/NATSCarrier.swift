import Dispatch
import Ledger
import Synchronization

import struct Scrip.Tenant

/// Hands events to NATS JetStream: each is a message of its own under `scrip.TENANT.STREAM KIND.TYPE`, with its identifier
/// for the broker's own deduplication.
///
/// Each message names the one before it (`Nats-Expected-Last-Msg-Id`), and the first of a connection how many the stream has
/// had (`Nats-Expected-Last-Sequence`). So the broker takes none whose predecessor it does not have, although hundreds are
/// under way at once: their order is kept whatever fails. And of a relay that has lost its lease and does not know it yet,
/// the broker takes nothing behind what its successor has sent.
public final class NATSCarrier: EventCarrier {
  /// `nats`
  public let name: ProjectionName = "nats"

  private let settings: NATSSettings
  private let queue = DispatchQueue(label: "nats")
  private let connection = Mutex<NATSConnection?>(nil)

  /// Hands events to a broker.
  public init(_ settings: NATSSettings) { self.settings = settings }

  /// Connects unless a connection is open; says how many messages the stream has ever had.
  public func open() async throws(CarrierFailure) -> Int64? {
    try await onQueue { (kept) throws(CarrierFailure) in
      if let known = kept, !known.isLost { return nil }
      kept = nil
      let connection = try NATSConnection(self.settings)
      kept = connection
      return connection.opened
    }
  }

  /// The last message of a tenant that the stream keeps.
  public func lastKept(of tenant: Tenant.ID) async throws(CarrierFailure) -> [UInt8]? {
    try await onQueue { (kept) throws(CarrierFailure) in
      guard let connection = kept else { throw .connectionLost }
      return try connection.lastBody(under: "\(self.settings.subject).\(tenant).>")
    }
  }

  /// Sends messages and waits for the broker's word on each.
  public func carry(
    _ events: [CarriedEvent], generation: Int64
  ) async throws(CarrierFailure) -> Arrival {
    try await onQueue { (kept) throws(CarrierFailure) in
      guard let connection = kept else { throw .connectionLost }
      // One that has failed in any way is not used again: what is still under way on it is nobody's.
      kept = nil
      let outcome = try connection.send(self.messages(of: events, generation))
      if outcome.failure == nil { kept = connection }
      if outcome.arrived == 0, let failure = outcome.failure { throw failure }
      return Arrival(count: outcome.arrived, number: outcome.number)
    }
  }

  /// Talking to a broker blocks, and no task's thread may be held up by it.
  private func onQueue<Value: Sendable>(
    _ body: @escaping @Sendable (inout sending NATSConnection?) throws(CarrierFailure) -> Value
  ) async throws(CarrierFailure) -> Value {
    let result: Result<Value, CarrierFailure> = await withCheckedContinuation { continuation in
      queue.async { [self] in
        continuation.resume(
          returning: connection.withLock { kept in
            do throws(CarrierFailure) { return .success(try body(&kept)) } catch { return .failure(error) }
          })
      }
    }
    return try result.get()
  }

  /// Closes the connection.
  public func close() async {
    await withCheckedContinuation { continuation in
      queue.async { [self] in
        connection.withLock { $0 = nil }
        continuation.resume()
      }
    }
  }

  /// What is carried again by an operator's wish has other names, or the broker would pass over what it has had.
  private func messages(of events: [CarriedEvent], _ generation: Int64) -> [NATSMessage] {
    events.map { event in
      NATSMessage(
        subject: "\(settings.subject).\(event.tenant).\(event.streamKind).\(event.type)",
        id: generation == 0 ? event.id : "\(event.id).\(generation)", body: event.body)
    }
  }
}

extension CarrierFailure {
  fileprivate static var connectionLost: CarrierFailure {
    CarrierFailure("the connection to the broker was lost")
  }
}

/// A message to be sent.
struct NATSMessage {
  let subject: String
  /// By which the broker knows it again.
  let id: String
  let body: [UInt8]
}
