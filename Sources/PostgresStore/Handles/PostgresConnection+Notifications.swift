import CPostgres
import Ledger
import Promotions

extension PostgresConnection {
  /// The payloads of notifications that have arrived with the answers so far.
  func notifications() -> [String] {
    var payloads: [String] = []
    while let notification = unsafe PQnotifies(handle.raw) {
      if let payload = unsafe notification.pointee.extra { unsafe payloads.append(String(cString: payload)) }
      unsafe PQfreemem(notification)
    }
    return payloads
  }

  /// Waits until at least one notification has arrived; none once the deadline has passed.
  func waitForNotifications(_ deadline: Deadline) throws(StoreFailure) -> [String] {
    while true {
      guard isUsable else { throw handle.lost() }
      let payloads = notifications()
      if !payloads.isEmpty { return payloads }
      switch handle.poll(for: SocketPoll.readable, until: deadline) {
      case .ready: if !handle.takeIn() { throw handle.lost() }
      case .deadlinePassed: return []
      case .wokenUp: throw handle.lost("the waiting was ended")
      }
    }
  }

  /// Whether a connection that nobody uses just now can be used. Asks nobody and does not wait.
  ///
  /// A server that speaks without being asked, to somebody who waits for no announcement, says that it hangs up, or has
  /// done so: such a connection is given up. One that has vanished without a word is not noticed.
  func isQuiet() -> Bool {
    if isUsable, handle.poll(for: SocketPoll.readable, until: .after(milliseconds: 0)) == .ready {
      handle.abandon()
    }
    return isUsable
  }
}
