import CPostgres
import Glibc
import Ledger
import Promotions

/// libpq's connection, and all waiting on its socket.
///
/// libpq is used in its non-blocking mode only, so that no call lasts longer than the deadline, whatever the server
/// or the network does.
@safe final class ConnectionHandle {
  let raw: OpaquePointer
  private let wakeUp: WakeUp?
  private var isAbandoned = false

  /// Takes over a connection that libpq has begun to open.
  init(_ raw: OpaquePointer, wakeUp: WakeUp?) {
    unsafe self.raw = raw
    self.wakeUp = wakeUp
  }

  deinit { unsafe PQfinish(raw) }

  var isUsable: Bool { unsafe !isAbandoned && PQstatus(raw) == CONNECTION_OK }

  /// Whether the other end is gone, so that asking for results can't wait for any.
  var isHungUp: Bool { unsafe PQstatus(raw) == CONNECTION_BAD }

  /// Gives the connection up: the server is told at once, and nothing is sent or read any more.
  func abandon() {
    guard !isAbandoned else { return }
    isAbandoned = true
    _ = unsafe shutdown(PQsocket(raw), Int32(SHUT_RDWR))
  }

  /// Waits for the socket, and gives the connection up if that doesn't come in time.
  func wait(
    for events: Int16, until deadline: Deadline, statement: @autoclosure () -> String? = nil
  ) throws(StoreFailure) {
    switch poll(for: events, until: deadline) {
    case .ready: return
    case .deadlinePassed: throw lost("the server did not answer in time", statement: statement())
    case .wokenUp: throw lost("the waiting was ended", statement: statement())
    }
  }

  func poll(for events: Int16, until deadline: Deadline) -> SocketPoll.Outcome {
    let socket = unsafe PQsocket(raw)
    return SocketPoll(socket: socket, wakeUp: wakeUp?.descriptor ?? -1).wait(for: events, until: deadline)
  }

  /// Sends what fits into the socket; true if something is left to be sent.
  func sendPending() throws(StoreFailure) -> Bool {
    let code = unsafe PQflush(raw)
    if code < 0 { throw lost() }
    return code > 0
  }

  /// Takes in what has arrived; false if the connection is lost.
  func takeIn() -> Bool {
    repeat {
      guard unsafe PQconsumeInput(raw) == 1 else { return false }
    } while unsafe cpostgres_has_unread(raw) != 0
    return true
  }

  /// The next result, which must have arrived; nil is libpq's end of one statement's results.
  func nextResult() -> QueryResult? {
    guard let result = unsafe PQgetResult(raw) else { return nil }
    return unsafe QueryResult(result)
  }

  var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(raw) }

  /// Whether the next result has arrived.
  var hasResult: Bool { unsafe PQisBusy(raw) == 0 }

  /// Gives the connection up and says why: in libpq's words, or in the caller's.
  func lost(_ reason: String? = nil, statement: String? = nil) -> StoreFailure {
    let words = unsafe reason ?? PQerrorMessage(raw).map { unsafe String(cString: $0) } ?? ""
    abandon()
    return .lostConnection(words, statement: statement)
  }
}

extension StoreFailure {
  /// The connection broke while it was in use, so nobody knows whether the server did what was asked last.
  static func lostConnection(_ words: String, statement: String? = nil) -> StoreFailure {
    let line = words.split(separator: "\n").first.map(String.init) ?? "the connection was lost"
    return .postgres("08006", line, statement: statement)
  }
}
