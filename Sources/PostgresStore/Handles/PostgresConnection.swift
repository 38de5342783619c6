import CPostgres
import Ledger
import Promotions

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
  /// How statements that look up keys are planned. On one server each of them gets one plan for ever; Citus finds out
  /// where a statement goes from the values, and has to see them.
  let keyPlans: String
  /// The schema that statements mean by `scrip`.
  private let schema: String
  /// Statements with the schema's name, where they are sent each time; by the address of their text.
  private var substituted: [Int: String] = [:]
  /// By the address of the statement's text: each literal has its own.
  var prepared: [Int: Prepared] = [:]
  private var nextName = 1
  /// Whom round trips are reported to.
  var observer: (any StoreObserver)?
  /// An empty pipeline whose memory the next round trip uses again.
  private var sparePipeline = Pipeline()

  /// Opens a connection.
  ///
  /// - Parameters:
  ///   - schema: the schema that statements mean by `scrip`; that of the address if none is given.
  ///   - wakeUp: ends every waiting of this connection, and its use with it.
  init(
    _ address: PostgresAddress, schema: String? = nil, deadline: Deadline, wakeUp: WakeUp? = nil
  ) throws(StoreFailure) {
    let schema = schema ?? address.schema
    precondition(PostgresAddress.isPlainName(schema), "a schema has a plain name")
    self.schema = schema
    preparesStatements = address.preparesStatements
    keyPlans = address.isOnCitus ? "auto" : "force_generic_plan"
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
  ) throws(StoreFailure) -> [ResultRows] {
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
    try runScript(PostgresConnection.text(script, in: schema), deadline)
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
  func substitutedText(of step: Pipeline.Step) -> String? {
    if schema == PostgresAddress.defaultSchema { return nil }
    if let kept = substituted[step.key] { return kept }
    let text = PostgresConnection.text(step.sql.description, in: schema)
    // Under a name it is sent once.
    if !preparesStatements { substituted[step.key] = text }
    return text
  }

  /// What was written for the schema `scrip`, for another one. Names of settings, channels and locks begin with the
  /// schema's name as tables do.
  static func text(_ script: String, in schema: String) -> String {
    if schema == PostgresAddress.defaultSchema { return script }
    return script.replacing("scrip.", with: "\(schema).").replacing(
      "SCHEMA scrip ", with: "SCHEMA \(schema) ")
  }
}
