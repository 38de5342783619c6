import Ledger
import Promotions

extension PostgresStore {
  /// Runs statements that are about every tenant, as whoever logs in: what an audit and a rebuild read.
  ///
  /// Whoever does not own the tables gets an error. Policies would hide the rows from it otherwise, and an audit that
  /// sees nothing finds nothing.
  func queryEveryTenant<Result>(
    _ body: (ReadTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try query(of: nil) { (transaction) throws(StoreFailure) in
      _ = try transaction.rows("SET LOCAL row_security = off")
      return try body(transaction)
    }
  }
}
