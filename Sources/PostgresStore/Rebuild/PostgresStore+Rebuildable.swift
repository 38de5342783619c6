import Ledger
import Promotions
import Scrip

/// Folding all events again: into a scratch schema, to be compared with the live one or to replace what it holds.
///
/// This works as whoever logs in, who must own the tables: policies that hid rows would show as differences.
extension PostgresStore: RebuildableStore {
  /// How long a page of events may take to fold; nobody waits for it as for a checkout.
  private static let pageMilliseconds = 60_000

  /// An empty store in a schema of its own in the same database, which goes with it.
  public func makeScratch() throws(StoreFailure) -> any PromotionStore {
    var configuration = configuration
    configuration.timeoutMilliseconds = max(configuration.timeoutMilliseconds, PostgresStore.pageMilliseconds)
    return try PostgresStore(
      configuration, scratch: try ScratchSchema(beside: schema, at: configuration.address))
  }

  /// Leaves one live application of each order in a scratch store.
  ///
  /// - Precondition: the scratch store was made by this store.
  public func settle(_ scratch: any PromotionStore) throws(StoreFailure) -> [OrderConflict] {
    guard let own = scratch as? PostgresStore else {
      preconditionFailure("a store is compared with a scratch store of its own")
    }
    return try scratch.settleConflicts(among: own.secondApplications())
  }

  /// The live applications of orders that have several.
  private func secondApplications() throws(StoreFailure) -> [Owned<DiscountApplication.ID>] {
    try queryEveryTenant { (transaction) throws(StoreFailure) in
      try transaction.rows(
        """
        SELECT tenant, application_id FROM scrip.usage AS u WHERE is_first AND application_state < 2 AND EXISTS (
          SELECT FROM scrip.usage AS other
          WHERE other.tenant = u.tenant AND other.order_id = u.order_id AND other.is_first
            AND other.application_state < 2 AND other.application_id <> u.application_id)
        """
      ).map { (row) throws(StoreFailure) in Owned(row.tenant(0), try row.identifier(1)) }
    }
  }

  /// What the tables of this store, at one moment, and of a scratch store do not have in common. Events and answers are
  /// not compared.
  ///
  /// - Precondition: the scratch store was made by this store.
  public func differences(to scratch: any PromotionStore) throws(StoreFailure) -> [TableDifference] {
    let scratch = own(scratch)
    let connection = try rebuildConnection()
    _ = try connection.roundTrip(ScratchSchema.deadline) { pipeline in
      pipeline.add("BEGIN ISOLATION LEVEL REPEATABLE READ")
      prepareForWholeTables(&pipeline)
    }
    let comparisons = PostgresFoldedTable.all.flatMap { $0.comparison(of: schema, with: scratch) }
    for statement in [PostgresFoldedTable.differences] + comparisons {
      try connection.execute(script: statement, ScratchSchema.deadline)
    }
    let results = try connection.roundTrip(ScratchSchema.deadline) { pipeline in
      pipeline.add(
        """
        SELECT table_name, is_missing, row_count, sample FROM pg_temp.scrip_difference
        ORDER BY is_missing DESC, sample COLLATE "C"
        """)
      pipeline.add("COMMIT")
    }
    return PostgresFoldedTable.all.compactMap { table in
      TableDifference(table.name, results[0].filter { $0.text(0) == table.name })
    }
  }

  /// Replaces the tables that are folded from events by those of a scratch store, in one transaction. Nobody writes
  /// meanwhile; who reads sees the tables as they were until it is done.
  ///
  /// - Precondition: the scratch store was made by this store.
  /// - Throws: `StoreFailure` of kind `refusedByDatabase` if the scratch store does not hold all events: some were
  ///   written since, or a crash of the server has emptied it.
  public func adopt(_ scratch: any PromotionStore) throws(StoreFailure) {
    let scratch = own(scratch)
    let connection = try rebuildConnection()
    _ = try connection.roundTrip(ScratchSchema.deadline) { pipeline in
      pipeline.add("BEGIN")
      prepareForWholeTables(&pipeline)
    }
    for statement in replacement(by: scratch) {
      try connection.execute(script: statement, ScratchSchema.deadline)
    }
    _ = try connection.roundTrip(ScratchSchema.deadline) { pipeline in
      pipeline.add("SELECT pg_notify($1, $2)") {
        $0.bind("\(schema).nodes")
        $0.bind(Announcement.accessChanged.rawValue)
      }
      pipeline.add("COMMIT")
    }
    terms.removeAll()
  }

  /// Whoever has locked rows already is waited for: a weaker lock would let such a transaction go on to wait for this
  /// one, which waits for its rows.
  func replacement(by scratch: String) -> [String] {
    let tables = PostgresFoldedTable.all
    let names = tables.map { "\(schema).\($0.name)" }
    let guarded = "\(schema).usage"
    return [
      "LOCK TABLE \(schema).event, \(names.joined(separator: ", ")) IN EXCLUSIVE MODE",
      """
      SELECT \(schema).require(
        (SELECT count(*) FROM \(schema).event) = (SELECT count(*) FROM \(scratch).event),
        'the log is not the one that was folded: stop the service and rebuild again')
      """,
      "ALTER TABLE \(guarded) DISABLE TRIGGER USER",
    ]
      + tables.reversed().map { $0.emptying(schema) } + tables.map { $0.filling(schema, from: scratch) }
      + ["ALTER TABLE \(guarded) ENABLE TRIGGER USER"]
  }

  /// Statements that name two schemas are written with the names of both.
  private func rebuildConnection() throws(StoreFailure) -> PostgresConnection {
    try PostgresConnection(
      configuration.address, schema: PostgresAddress.defaultSchema, deadline: ScratchSchema.deadline)
  }

  /// With `row_security` off, rows that a policy would hide are an error.
  private func prepareForWholeTables(_ pipeline: inout Pipeline) {
    pipeline.add(
      """
      SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '0', true),
        set_config('idle_in_transaction_session_timeout', '0', true), set_config('row_security', 'off', true),
        set_config('work_mem', '64MB', true), set_config('maintenance_work_mem', '256MB', true)
      """)
  }

  /// The name of a scratch store's schema.
  private func own(_ scratch: any PromotionStore) -> String {
    guard let name = (scratch as? PostgresStore)?.scratch?.name else {
      preconditionFailure("a store is compared with a scratch store of its own")
    }
    return name
  }
}

extension TableDifference {
  /// From one table's rows of a comparison, those that are missing first; nil if there are none.
  fileprivate init?(_ name: String, _ rows: [ResultRow]) {
    let missing = rows.filter { $0.bool(1) }
    let unexplained = rows.filter { !$0.bool(1) }
    if rows.isEmpty { return nil }
    self.init(
      table: name, missing: missing.first.map { Int($0.int64(2)) } ?? 0,
      unexplained: unexplained.first.map { Int($0.int64(2)) } ?? 0,
      samples: missing.map { "missing: \($0.text(3))" } + unexplained.map { "unexplained: \($0.text(3))" })
  }
}
