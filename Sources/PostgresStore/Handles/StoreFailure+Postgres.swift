import Ledger
import Promotions

extension StoreFailure {
  /// A failure with an SQLSTATE, which decides its kind.
  static func postgres(
    _ sqlState: String, _ message: String, statement: String? = nil
  ) -> StoreFailure {
    postgres(sqlState, message, kind: kind(of: sqlState), statement: statement)
  }

  /// A failure with an SQLSTATE and a kind that the circumstances decide.
  static func postgres(
    _ sqlState: String, _ message: String, kind: Kind, statement: String? = nil
  ) -> StoreFailure {
    StoreFailure(
      kind: kind, code: sqlState, message: message, statement: statement, isOfDisk: sqlState == "58030")
  }

  /// Whether the server, or the database's settings, allow no writes. A connection keeps what it was opened to, so the
  /// next one has to be another.
  var isOfReadOnlyServer: Bool { code == "25006" }

  /// Whether the details of a failure speak of tables, rights and the server alone, so that a log may hold them: what
  /// can't be done at all, what a statement is wrong in, what depends on what, what the server has run out of, who waits
  /// for whom. Those of a refused key or row (class 23) repeat its values, and functions of others say what they like.
  static func hasPlainDetails(_ sqlState: String) -> Bool {
    switch sqlState {
    case "0A000", "40P01", "2BP01", "3D000", "3F000": true
    case _ where sqlState.hasPrefix("42") || sqlState.hasPrefix("53") || sqlState.hasPrefix("55"): true
    default: false
    }
  }

  static func kind(of sqlState: String) -> Kind {
    switch sqlState {
    // A server that takes no writes, such as one that was made a standby, or whose disk broke, may be replaced.
    case "25006", "58030": .unavailable
    case "57P01", "57P02", "57P03", "40001", "40P01", "55P03", "57014", "53300": .unavailable
    case "53100": .full
    case "42P01", "3F000": .schema
    case "XX001", "XX002": .corrupt
    case _ where sqlState.hasPrefix("08"): .unavailable
    case _ where sqlState.hasPrefix("23") || sqlState == "SC001": .refusedByDatabase
    default: .other
    }
  }
}
