import Digest
import Ledger
import Promotions

extension PostgresStore: KeyedStore {
  /// The check value that is kept.
  public func identityCheck() throws(StoreFailure) -> Hash256? {
    try query(of: []) { (transaction) throws(StoreFailure) in
      try transaction.rows(IdentityCheck.select).map { (row) throws(StoreFailure) in try row.hash(0) }
        .first
    }
  }

  /// Keeps a check value unless there is one.
  public func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    let deadline = deadline
    return try writers.withConnection(deadline) { (connection) throws(StoreFailure) in
      var session = Session(connection: connection, deadline: deadline, role: role)
      let results = try connection.roundTrip(deadline) { pipeline in
        session.begin(.writing, in: &pipeline)
        IdentityCheck.keep(check, in: &pipeline)
        pipeline.add(IdentityCheck.select)
        pipeline.add("COMMIT")
      }
      guard let kept = results[Session.beginResults + 1].first else { throw .corrupt("the identity check") }
      return try kept.hash(0)
    }
  }
}

/// The statements about the check value.
enum IdentityCheck {
  static let select: StatementText = "SELECT value FROM scrip.identity_check"

  /// Waits for whoever is about to keep one, and then sees theirs: each statement has a moment of its own.
  static func keep(_ check: Hash256, in pipeline: inout Pipeline) {
    pipeline.add("INSERT INTO scrip.identity_check (number, value) VALUES (1, $1) ON CONFLICT DO NOTHING") {
      $0.bind(check)
    }
  }
}
