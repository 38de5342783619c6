import Ledger
import Promotions
import Scrip

/// Folding all events again: into a scratch store, to be compared with this one or to replace what it holds.
extension SQLiteStore {
  /// Makes an empty store in temporary files, which go with it. It keeps the events that it is given, so that
  /// snapshots can be loaded, and takes whatever they say.
  public func makeScratchStore() throws(StoreFailure) -> SQLiteStore {
    let folder = try DatabaseFile.temporaryFolder()
    let store = try SQLiteStore(
      path: folder + "/scratch.sqlite", purpose: .scratch(folder: folder), clock: systemClock,
      tolerance: .unlimited, readersMax: 2,
      migrates: true)
    try store.writer.exclusively { (connection) throws(StoreFailure) in
      try connection.execute(
        """
        DROP INDEX usage_live;
        CREATE INDEX usage_live ON usage (tenant, order_id) WHERE is_first AND application_state < 2;
        """)
    }
    return store
  }

  /// The live applications of orders that have several, of a scratch store.
  func secondApplications() throws(StoreFailure) -> [Owned<DiscountApplication.ID>] {
    try writer.exclusively { (connection) throws(StoreFailure) in
      try connection.rows(
        """
        SELECT usage.tenant, usage.application_id FROM (
          SELECT tenant, order_id FROM usage INDEXED BY usage_live WHERE is_first AND application_state < 2
          GROUP BY tenant, order_id HAVING count(*) > 1
        ) AS held CROSS JOIN usage INDEXED BY usage_live
          ON usage.tenant = held.tenant AND usage.order_id = held.order_id AND is_first AND application_state < 2
        """
      ) { (row) throws(StoreFailure) in
        Owned(row.tenant(0), try row.identifier(1))
      }
    }
  }

  /// What the tables of this store and of a scratch store do not have in common; empty when all agree. Events and
  /// answers are not compared.
  public func differences(to scratch: SQLiteStore) throws(StoreFailure) -> [FoldedTableDifference] {
    let connection = try SQLiteConnection(path: path, .readOnly)
    try connection.attach(scratch)
    try connection.run("BEGIN")
    var differences: [FoldedTableDifference] = []
    for table in SQLiteFoldedTable.all {
      let missing = try connection.keys(table.onlyInScratch)
      let unexpected = try connection.keys(table.onlyHere)
      if missing.count + unexpected.count > 0 {
        differences.append(
          FoldedTableDifference(
            table: table.name, missing: missing.count, unexpected: unexpected.count,
            missingSample: missing.sample, unexpectedSample: unexpected.sample))
      }
    }
    return differences
  }

  /// Replaces the tables that are folded from events by those of a scratch store, in one transaction.
  public func adopt(_ scratch: SQLiteStore) throws(StoreFailure) {
    try writer.exclusively { (connection) throws(StoreFailure) in
      try connection.attach(scratch)
      do throws(StoreFailure) {
        try connection.immediately { () throws(StoreFailure) in
          try connection.execute(Migration.dropGuards)
          for table in SQLiteFoldedTable.all { try connection.execute(made: table.replace) }
          try connection.execute(Migration.guards)
        }
      } catch {
        try connection.run("DETACH scratch")
        throw error
      }
      forgetTerms()
      writer.noteCommit()
      try connection.run("DETACH scratch")
    }
  }
}

/// What differs in one table.
public struct FoldedTableDifference: Hashable, Sendable {
  /// The table's name.
  public let table: String  // String: a table of ours
  /// How many rows the events lead to that the store does not have in that form.
  public let missing: Int
  /// How many rows the store has that the events do not lead to in that form.
  public let unexpected: Int
  /// The keys of the first of the missing rows.
  public let missingSample: [String]  // String: shown, never looked up
  /// The keys of the first of the unexpected rows.
  public let unexpectedSample: [String]  // String: shown, never looked up
}

extension SQLiteConnection {
  private static let sampleMax = 10

  fileprivate func attach(_ scratch: SQLiteStore) throws(StoreFailure) {
    try run("ATTACH ?1 AS scratch") { $0.bind(scratch.path) }
  }

  fileprivate func keys(_ sql: StatementText) throws(StoreFailure) -> (count: Int, sample: [String]) {
    let statement = try statement(sql)
    defer { statement.reset() }
    var count = 0
    var sample: [String] = []
    while try statement.step() {
      count += 1
      if sample.count < SQLiteConnection.sampleMax { sample.append(statement.text(0)) }
    }
    return (count, sample)
  }
}
