import CSQLite
import Ledger
import Promotions

extension StoreFailure {
  /// What the last call on a connection failed with; to be read before any other call on it.
  static func last(on connection: OpaquePointer?, statement: StatementText? = nil) -> StoreFailure {
    let code = unsafe sqlite3_extended_errcode(connection)
    let message = unsafe sqlite3_errmsg(connection)
    return unsafe StoreFailure(
      kind: kind(of: code), code: String(code),
      message: message.map { unsafe String(cString: $0) } ?? "out of memory",
      statement: statement?.description, isOfDisk: code & 0xFF == SQLITE_IOERR)
  }

  /// A failure from SQLite's code alone.
  static func code(_ code: Int32, statement: StatementText? = nil) -> StoreFailure {
    let text = unsafe sqlite3_errstr(code)
    return unsafe StoreFailure(
      kind: kind(of: code), code: String(code), message: text.map { unsafe String(cString: $0) } ?? "unknown",
      statement: statement?.description, isOfDisk: code & 0xFF == SQLITE_IOERR)
  }

  /// A condition of a statement let no row pass: a limit stands in the way.
  static func refused(_ what: String, statement: StatementText) -> StoreFailure {
    StoreFailure(
      kind: .refusedByDatabase, code: String(SQLITE_CONSTRAINT), message: what,
      statement: statement.description)
  }

  private static func kind(of code: Int32) -> Kind {
    switch code & 0xFF {
    case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_PROTOCOL, SQLITE_READONLY:
      .unavailable
    case SQLITE_CONSTRAINT: .refusedByDatabase
    case SQLITE_FULL: .full
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    default: .other
    }
  }
}
