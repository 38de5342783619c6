import CPostgres
import Engine

/// One connection to a server, with its prepared statements. Used by one thread at a time.
@safe final class PostgresConnection {
  init(_ address: PostgresAddress, schema: String = "scrip", deadline: Deadline) throws(StoreFailure) {
    throw .postgres("08001", "not built yet")
  }

  /// Sends statements in one piece and waits for all answers: one round trip.
  ///
  /// Outside of a transaction the round is one transaction of its own.
  /// - Returns: what each statement answered, in their order.
  /// - Throws: the first failure; statements behind it were not run.
  func roundTrip(
    _ deadline: Deadline, _ build: (inout Pipeline) -> Void
  ) throws(StoreFailure) -> [Rows] { throw .postgres("08001", "not built yet") }

  /// Runs a script of several statements that are used once, such as a migration.
  func execute(script: String, _ deadline: Deadline) throws(StoreFailure) {}

  /// False after a broken socket, a passed deadline, or an answer after which the connection can't be trusted.
  var isUsable: Bool { false }

  /// Whether a transaction is open, a failed one included.
  var isInTransaction: Bool { false }

  /// Whether the open transaction has failed and can only be rolled back.
  var isTransactionFailed: Bool { false }

  /// The server's process for this connection.
  var backendPID: Int32 { 0 }

  /// The server's version: 15.4 is 150004.
  var serverVersion: Int { 0 }

  /// The payloads of notifications that have arrived so far.
  func notifications() -> [String] { [] }

  /// Waits until at least one notification has arrived; nothing once the deadline has passed.
  func waitForNotifications(_ deadline: Deadline) throws(StoreFailure) -> [String] { [] }
}
