import CPostgres
import Engine

/// One connection to a server, with its prepared statements. Used by one thread at a time.
///
/// `@unchecked Sendable`: whoever holds it, such as a pool, lends it to one thread at a time.
final class PostgresConnection: @unchecked Sendable {
  /// A statement that the server keeps under a name.
  struct Prepared {
    let name: String
    let types: [UInt32]
  }

  let handle: ConnectionHandle
  let preparesStatements: Bool
  /// What stands in the place of `scrip.` in every statement; nil where that stays.
  private let schemaPrefix: String?
  /// By the address of the statement's text: each literal has its own.
  var prepared: [Int: Prepared] = [:]
  private var nextName = 1
  /// Whom round trips are reported to.
  var observer: (any StoreObserver)?
  /// An empty pipeline whose memory the next round trip uses again.
  private var sparePipeline = Pipeline()

  /// Opens a connection.
  ///
  /// - Parameter wakeUp: ends every waiting of this connection, and its use with it.
  init(
    _ address: PostgresAddress, schema: String = "scrip", deadline: Deadline, wakeUp: WakeUp? = nil
  ) throws(StoreFailure) {
    precondition(PostgresAddress.isPlainName(schema), "a schema has a plain name")
    schemaPrefix = schema == "scrip" ? nil : schema + "."
    preparesStatements = address.preparesStatements
    handle = try ConnectionHandle.open(address, deadline, wakeUp: wakeUp)
  }

  /// Sends statements in one piece and waits for all answers: one round trip.
  ///
  /// Outside of a transaction the round is one transaction of its own. Each statement is prepared, in the same round
  /// trip, when it is used first.
  /// - Returns: what each statement answered, in their order.
  /// - Throws: the first failure; statements behind it were not run. If the connection is usable still, so is an open
  ///   transaction as far as rolling it back. If the deadline passes, nobody knows what the server has done.
  func roundTrip(
    _ deadline: Deadline, _ build: (inout Pipeline) -> Void
  ) throws(StoreFailure) -> [Rows] {
    var pipeline = Pipeline()
    swap(&pipeline, &sparePipeline)
    defer {
      pipeline.clear()
      swap(&pipeline, &sparePipeline)
    }
    build(&pipeline)
    guard !pipeline.steps.isEmpty else { return [] }
    if let step = pipeline.firstWithNUL {
      throw .postgres(
        "22021", "a text holds the character U+0000, which PostgreSQL can't store", kind: .refusedByDatabase,
        statement: step.sql.description)
    }
    try requireUsable()
    var round = RoundTrip(connection: self)
    guard let observer else { return try round.run(pipeline, deadline) }
    let start = ContinuousClock.now
    let results = try round.run(pipeline, deadline)
    observer.roundTrip(seconds: start.duration(to: .now).seconds)
    return results
  }

  /// Runs a script of several statements that are used once, such as a migration. Unless it says otherwise, it is one
  /// transaction.
  func execute(script: String, _ deadline: Deadline) throws(StoreFailure) {
    try requireUsable()
    try runScript(text(of: script), deadline)
  }

  /// False after a broken socket, a passed deadline, or an answer after which the connection can't be trusted.
  var isUsable: Bool { handle.isUsable }

  /// Whether a transaction is open, a failed one included.
  var isInTransaction: Bool {
    isUsable && (handle.transactionStatus == PQTRANS_INTRANS || isTransactionFailed)
  }

  /// Whether the open transaction has failed and can only be rolled back.
  var isTransactionFailed: Bool { isUsable && handle.transactionStatus == PQTRANS_INERROR }

  /// The server's process for this connection.
  var backendPID: Int32 { unsafe PQbackendPID(handle.raw) }

  /// The server's version: 15.4 is 150004.
  var serverVersion: Int { unsafe Int(PQserverVersion(handle.raw)) }

  private func requireUsable() throws(StoreFailure) {
    guard isUsable else { throw .lostConnection("the connection was lost before") }
  }

  /// A new name for a statement that the server keeps.
  func makeName() -> String {
    defer { nextName += 1 }
    return "s\(nextName)"
  }

  /// The statement with the connection's schema; nil if it is the one that is written in it.
  func substitutedText(of sql: StaticString) -> String? {
    schemaPrefix.map { sql.description.replacing("scrip.", with: $0) }
  }

  private func text(of script: String) -> String {
    schemaPrefix.map { script.replacing("scrip.", with: $0) } ?? script
  }
}
