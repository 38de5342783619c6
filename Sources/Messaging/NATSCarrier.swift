import Dispatch
import Ledger
import Synchronization

/// Hands events to NATS JetStream: each is a message of its own under `scrip.TENANT.STREAM KIND.TYPE`, with its identifier
/// for the broker's own deduplication.
///
/// Each message names the one before it (`Nats-Expected-Last-Msg-Id`). So the broker takes none whose predecessor it does not
/// have, although hundreds are under way at once: their order is kept whatever fails. And of a relay that has lost its
/// lease and does not know it yet, the broker takes nothing behind what its successor has sent.
public final class NATSCarrier: EventCarrier {
  /// `nats`
  public let name: ProjectionName = "nats"

  private let settings: NATSSettings
  private let queue = DispatchQueue(label: "nats")
  private let connection = Mutex<NATSConnection?>(nil)

  /// Hands events to a broker.
  public init(_ settings: NATSSettings) { self.settings = settings }

  /// Sends messages and waits for the broker's word on each.
  public func carry(_ events: [CarriedEvent]) async throws(CarrierFailure) -> Int {
    let result: Result<Int, CarrierFailure> = await withCheckedContinuation { continuation in
      queue.async { [self] in
        do throws(CarrierFailure) {
          continuation.resume(returning: .success(try send(events)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
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

  private func send(_ events: [CarriedEvent]) throws(CarrierFailure) -> Int {
    let result: Result<Int, CarrierFailure> = connection.withLock { kept in
      do throws(CarrierFailure) {
        let connection = if let known = kept { known } else { try NATSConnection(settings) }
        // One that has failed in any way is not used again: what is still under way on it is nobody's.
        kept = nil
        let outcome = try connection.send(messages(of: events))
        if outcome.failure == nil { kept = connection }
        if outcome.arrived == 0, let failure = outcome.failure { throw failure }
        return .success(outcome.arrived)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func messages(of events: [CarriedEvent]) -> [NATSMessage] {
    events.map { event in
      NATSMessage(
        subject: "\(settings.subject).\(event.tenant).\(event.streamKind).\(event.type)", id: event.id,
        body: event.body)
    }
  }
}

/// A message to be sent.
struct NATSMessage {
  let subject: String
  /// By which the broker knows it again.
  let id: String
  let body: [UInt8]
}
