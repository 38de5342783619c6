import Digest
import Ledger
import Promotions

extension SQLiteStore: KeyedStore {
  /// The check value that is kept.
  public func identityCheck() throws(StoreFailure) -> Hash256? {
    try query { (rows) throws(StoreFailure) in try rows.connection.identityCheck() }
  }

  /// Keeps a check value unless there is one.
  public func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    try writer.exclusively { (connection) throws(StoreFailure) in
      let kept = try connection.immediately { () throws(StoreFailure) in
        try connection.keepIdentityCheck(check)
      }
      writer.noteCommit()
      return kept
    }
  }
}

extension SQLiteConnection {
  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    try run("INSERT INTO identity_check (number, value) VALUES (1, ?1) ON CONFLICT DO NOTHING") {
      $0.bind(check)
    }
    guard let kept = try identityCheck() else { throw .corrupt("the identity check") }
    return kept
  }

  fileprivate func identityCheck() throws(StoreFailure) -> Hash256? {
    try first("SELECT value FROM identity_check") { (row) throws(StoreFailure) in try row.hash(0) }
  }
}
