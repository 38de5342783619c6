import Ledger
import Promotions

extension PostgresStore {
  /// Writes a row of its own, where commands write.
  ///
  /// For `room` the row begins a new file: what was deleted before leaves room within the old one, where a row finds
  /// place on a disk that has none.
  public func probe(_ size: ProbeSize) throws(StoreFailure) {
    do throws(StoreFailure) {
      try write(size)
    } catch {
      // A schema that nobody has brought up to date yet has no table for it: then at least a commit is tried.
      guard error.code == "42P01" else { throw error }
      try commitMessage()
    }
  }

  private func write(_ size: ProbeSize) throws(StoreFailure) {
    let deadline = deadline
    try writers.withConnection(deadline) { (connection) throws(StoreFailure) in
      var session = Session(connection: connection, deadline: deadline, role: role)
      _ = try connection.roundTrip(deadline) { pipeline in
        session.begin(.writing, in: &pipeline)
        if size == .room { pipeline.add("TRUNCATE scrip.write_probe") }
        pipeline.add(
          """
          INSERT INTO scrip.write_probe (number, value) VALUES (1, decode(repeat('00', $1::integer), 'hex'))
          ON CONFLICT (number) DO UPDATE SET value = excluded.value
          """
        ) {
          $0.bind(size.bytes)
        }
        pipeline.add("COMMIT")
      }
    }
  }

  private func commitMessage() throws(StoreFailure) {
    let deadline = deadline
    try writers.withConnection(deadline) { (connection) throws(StoreFailure) in
      var session = Session(connection: connection, deadline: deadline, role: role)
      _ = try connection.roundTrip(deadline) { pipeline in
        session.begin(.writing, in: &pipeline)
        pipeline.add("SELECT pg_logical_emit_message(true, 'scrip', '')")
        pipeline.add("COMMIT")
      }
    }
  }
}
