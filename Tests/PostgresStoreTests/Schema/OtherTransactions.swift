import Foundation
import Synchronization

@testable import PostgresStore

/// Somebody who takes one transaction id after the other until told to stop.
final class OtherTransactions: Sendable {
  private let connection: PostgresConnection
  private let isStopped = Atomic(false)
  private let ended = DispatchSemaphore(value: 0)

  init(_ connection: PostgresConnection) { self.connection = connection }

  func start() {
    Thread.detachNewThread { [self] in
      while !isStopped.load(ordering: .relaxed) {
        do {
          _ = try connection.roundTrip(.after(milliseconds: 10_000)) {
            $0.add("SELECT pg_current_xact_id()::text")
          }
        } catch { break }
        Thread.sleep(forTimeInterval: 0.005)
      }
      ended.signal()
    }
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    ended.wait()
  }
}
