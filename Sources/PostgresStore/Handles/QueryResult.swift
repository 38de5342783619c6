import CPostgres
import Ledger
import Promotions

/// A result of libpq: cleared when its last row lets go.
@safe final class QueryResult {
  let raw: OpaquePointer

  init(_ raw: OpaquePointer) { unsafe self.raw = raw }

  deinit { unsafe PQclear(raw) }
}

extension QueryResult {
  /// What the server refused with, or what libpq says of a lost connection.
  func failure(statement: String?) -> StoreFailure {
    guard let sqlState = unsafe cpostgres_sqlstate(raw).map({ unsafe String(cString: $0) }) else {
      let words = unsafe PQresultErrorMessage(raw).map { unsafe String(cString: $0) } ?? ""
      return .lostConnection(words, statement: statement)
    }
    return .postgres(sqlState, message(sqlState), kind: kind(sqlState), statement: statement)
  }

  /// The primary message, with its details where they say nothing of rows. That of class 22 is the server's complaint
  /// about a value and may repeat it.
  private func message(_ sqlState: String) -> String {
    if sqlState.hasPrefix("22") { return "a value is not one that the statement can take (\(sqlState))" }
    let message = unsafe cpostgres_message(raw).map { unsafe String(cString: $0) } ?? "unknown"
    guard StoreFailure.hasPlainDetails(sqlState),
      let detail = unsafe cpostgres_detail(raw).map({ unsafe String(cString: $0) })
    else { return message }
    return "\(message) (\(detail))"
  }

  /// Another connection helps where this one has come to its end.
  private func kind(_ sqlState: String) -> StoreFailure.Kind {
    let kind = StoreFailure.kind(of: sqlState)
    return kind == .other && endsConnection ? .unavailable : kind
  }

  /// Whether the connection is of no use behind this failure: the server closes it, or the statements that it keeps are
  /// not those that were prepared.
  var endsConnection: Bool {
    guard let sqlState = unsafe cpostgres_sqlstate(raw).map({ unsafe String(cString: $0) }) else {
      return true
    }
    switch sqlState {
    // The statement is not there: something between us and the server has changed its connection.
    case "26000": return true
    // A table was changed so that a kept statement would answer with other columns.
    case "0A000":
      return unsafe cpostgres_source(raw).map { unsafe String(cString: $0) } == "RevalidateCachedQuery"
    default: return unsafe cpostgres_severity(raw).map { unsafe String(cString: $0) } != "ERROR"
    }
  }

  /// The character of the text at which the failure was noticed, counted from 1.
  var failurePosition: Int? {
    unsafe cpostgres_position(raw).flatMap { unsafe Int(String(cString: $0)) }
  }
}
