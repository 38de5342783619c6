import Dispatch
import Ledger
import Synchronization

/// Takes messages from NATS JetStream: a durable consumer that is asked for a few at a time, by any number of nodes at once.
/// The broker forgets a message once it was told that what became of it is stored; otherwise it hands it out again.
public final class NATSInbox: Sendable {
  /// A message as it came.
  public struct Received: Sendable {
    /// The subject that it was sent under.
    public let subject: String
    /// What it says.
    public let body: [UInt8]
    /// Its place in the stream; 0 if the broker did not say.
    public var sequence: UInt64 = 0
    /// How often it came, this time included; 0 if the broker did not say.
    public var deliveries: UInt64 = 0
  }

  /// What is to become of a message at the broker.
  public enum Word: Sendable {
    /// What became of it is stored: the broker may forget it.
    case stored
    /// Nothing could be stored: it is to come again after so many seconds.
    case later(seconds: Int64)
    /// It is nobody's.
    case unwanted
  }

  /// How many messages are under way at once, and so in memory.
  static let batchMax: Int32 = 32
  private static let pauseMost = 30

  private let settings: NATSSettings
  /// The stream that messages are taken from.
  public let stream: String  // String: a name of the operator's
  private let filter: String
  private let queue = DispatchQueue(label: "nats inbox")
  private let connection = Mutex<NATSInboxConnection?>(nil)

  /// Takes messages of a stream.
  ///
  /// - Parameter filter: the subjects that are wanted.
  public init(_ settings: NATSSettings, stream: String, filter: String) {
    self.settings = settings
    self.stream = stream
    self.filter = filter
  }

  /// Takes messages until the task is canceled.
  ///
  /// - Parameters:
  ///   - take: does what the messages tell, and says of each what is to become of it.
  ///   - failed: hears why no messages come; another try follows.
  public func run(
    _ take: @Sendable ([Received]) async -> [Word], failed: @Sendable (String) -> Void
  ) async {
    var pause = 1
    while !Task.isCancelled {
      do throws(CarrierFailure) {
        let received = try await onQueue { (connection) throws(CarrierFailure) in try connection.fetch() }
        pause = 1
        if received.isEmpty { continue }
        let words = await take(received)
        _ = try await onQueue { (connection) throws(CarrierFailure) in
          connection.answer(words)
          return []
        }
      } catch {
        connection.withLock { $0 = nil }
        if Task.isCancelled { break }
        failed(error.reason)
        // Being canceled is how it ends early.
        try? await Task.sleep(for: .seconds(pause))
        pause = min(pause * 2, NATSInbox.pauseMost)
      }
    }
    connection.withLock { $0 = nil }
  }

  /// Waiting for a broker blocks, and no task's thread may be held up by it.
  private func onQueue(
    _ body: @escaping @Sendable (NATSInboxConnection) throws(CarrierFailure) -> [Received]
  ) async throws(CarrierFailure) -> [Received] {
    let result: Result<[Received], CarrierFailure> = await withCheckedContinuation { continuation in
      queue.async { [self] in
        let result: Result<[Received], CarrierFailure> = connection.withLock { kept in
          do throws(CarrierFailure) {
            let connection: NATSInboxConnection
            if let known = kept {
              connection = known
            } else {
              connection = try NATSInboxConnection(settings, stream: stream, filter: filter)
            }
            kept = nil
            let received = try body(connection)
            kept = connection
            return .success(received)
          } catch {
            return .failure(error)
          }
        }
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }
}
