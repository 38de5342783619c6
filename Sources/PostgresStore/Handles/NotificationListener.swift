import Foundation
import Ledger
import Promotions
import Synchronization

/// Hears what other processes announce on the channel of its schema, on a thread and a connection of its own.
///
/// A pooler in transaction mode passes no announcements on: a listener's address leads to the server itself.
final class NotificationListener: Sendable {
  /// How long the server may take to open a connection or to answer.
  static let answerMilliseconds = 5000
  /// After so long a silence the server is asked whether it is still there.
  static let silenceMilliseconds = 15_000
  static let shortestDelayMilliseconds = 100
  static let longestDelayMilliseconds = 5000

  private let address: PostgresAddress
  private let onReconnect: @Sendable () -> Void
  private let onNotification: @Sendable (String) -> Void
  private let wakeUp: WakeUp
  private let listening = Atomic(false)
  private let stopping = Atomic(false)
  private let failure = Mutex<StoreFailure?>(nil)
  private let ended = DispatchSemaphore(value: 0)

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - onReconnect: called on the thread each time it listens, the first time included, before `onNotification` for
  ///     what comes then. Announcements may have been missed until then.
  ///   - onNotification: called on the thread with each payload.
  init(
    _ address: PostgresAddress, onReconnect: @escaping @Sendable () -> Void,
    onNotification: @escaping @Sendable (String) -> Void
  ) throws(StoreFailure) {
    self.address = address
    self.onReconnect = onReconnect
    self.onNotification = onNotification
    wakeUp = try WakeUp()
    let thread = Thread { [self] in run() }
    thread.name = "listener"
    thread.start()
  }

  /// Whether announcements are heard now. It turns true after `onReconnect` has returned.
  var isListening: Bool { listening.load(ordering: .acquiring) }

  /// Why it does not listen; nil if it does, or has not tried yet.
  var lastFailure: StoreFailure? { failure.withLock { $0 } }

  /// Stops the thread and waits until it has ended. Not to be called by a handler.
  func stop() {
    stopping.store(true, ordering: .releasing)
    wakeUp.raise()
    ended.wait()
    // Whoever stops it again waits for nothing.
    ended.signal()
  }

  private var isStopping: Bool { stopping.load(ordering: .acquiring) }

  private func run() {
    var delay = NotificationListener.shortestDelayMilliseconds
    while !isStopping {
      do throws(StoreFailure) {
        let connection = try connect()
        delay = NotificationListener.shortestDelayMilliseconds
        try hear(connection)
      } catch {
        listening.store(false, ordering: .releasing)
        failure.withLock { $0 = error }
      }
      // Not all processes that lost the same server come back in the same moment.
      wakeUp.wait(milliseconds: Int.random(in: delay / 2...delay))
      delay = min(2 * delay, NotificationListener.longestDelayMilliseconds)
    }
    ended.signal()
  }

  private func connect() throws(StoreFailure) -> PostgresConnection {
    let deadline = Deadline.after(milliseconds: NotificationListener.answerMilliseconds)
    let connection = try PostgresConnection(address, deadline: deadline, wakeUp: wakeUp)
    _ = try connection.roundTrip(deadline) { $0.add("LISTEN \"scrip.nodes\"") }
    return connection
  }

  private func hear(_ connection: PostgresConnection) throws(StoreFailure) {
    onReconnect()
    failure.withLock { $0 = nil }
    listening.store(true, ordering: .releasing)
    while true {
      let payloads = try connection.waitForNotifications(
        .after(milliseconds: NotificationListener.silenceMilliseconds))
      for payload in payloads { onNotification(payload) }
      if payloads.isEmpty {
        _ = try connection.roundTrip(.after(milliseconds: NotificationListener.answerMilliseconds)) {
          $0.add("SELECT 1")
        }
      }
    }
  }
}
