import Engine

/// Connections for reads, opened when they are needed, up to a bound; the one used last is used first.
final class ConnectionPool: Sendable {
  init(_ address: PostgresAddress, schema: String = "scrip", connectionsMax: Int) {}

  /// Lends a connection to a body.
  func withConnection<Result>(
    _ deadline: Deadline, _ body: (PostgresConnection) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result { throw .postgres("53300", "not built yet") }

  /// How many connections are open.
  var open: Int { 0 }

  /// How many of them somebody uses.
  var inUse: Int { 0 }
}
