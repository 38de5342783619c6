import CPostgres
import Ledger
import Promotions

extension PostgresConnection {
  /// Sends a text of several statements in the simple protocol, which a pipeline can't hold.
  func runScript(_ script: String, _ deadline: Deadline) throws(StoreFailure) {
    guard unsafe PQexitPipelineMode(handle.raw) == 1, unsafe PQsendQuery(handle.raw, script) == 1 else {
      throw handle.lost()
    }
    var failure: StoreFailure?
    while let result = try nextResult(deadline) {
      switch unsafe PQresultStatus(result.raw) {
      case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
      case PGRES_FATAL_ERROR:
        let line = result.failurePosition.flatMap { position in script.line(atCharacter: position) }
        failure = failure ?? result.failure(statement: line)
        if result.endsConnection { handle.abandon() }
      default: throw handle.lost("a script can't copy")
      }
    }
    guard isUsable else { throw failure ?? handle.lost() }
    guard unsafe PQenterPipelineMode(handle.raw) == 1 else { throw handle.lost() }
    if let failure { throw failure }
  }

  /// The next statement's result; nil behind the last one, or if the connection is lost.
  private func nextResult(_ deadline: Deadline) throws(StoreFailure) -> QueryResult? {
    while isUsable {
      let isPending = try handle.sendPending()
      if handle.hasResult { return handle.nextResult() }
      let events = isPending ? SocketPoll.readable | SocketPoll.writable : SocketPoll.readable
      try handle.wait(for: events, until: deadline)
      if handle.takeIn() { continue }
      // What the server said before it hung up is still there to be read.
      guard handle.isHungUp else { throw handle.lost() }
      return handle.nextResult()
    }
    return nil
  }
}

extension String {
  /// The line that holds a character, counted from 1.
  fileprivate func line(atCharacter position: Int) -> String? {
    guard position > 0,
      let place = unicodeScalars.index(
        startIndex, offsetBy: position - 1, limitedBy: endIndex)
    else { return nil }
    let start = self[..<place].lastIndex(of: "\n").map(index(after:)) ?? startIndex
    let end = self[place...].firstIndex(of: "\n") ?? endIndex
    return String(self[start..<end])
  }
}
