import Engine

/// A database on many machines: the tables are spread by tenant over a Citus cluster.
extension PostgresMigrator {
  /// The tables, each behind those that it refers to. Citus spreads them in this order.
  static let distributedTables = [
    "tenant", "coupon", "coupon_version", "code", "counter", "application", "usage", "event", "access_key",
    "answer",
  ]

  /// Spreads the tables by tenant, all of a tenant's rows on one machine; says which were not spread before.
  ///
  /// - Throws: `StoreFailure` of kind `schema` without the extension, or before the schema is there.
  public func distribute() throws(StoreFailure) -> [String] {
    try migrating { (lock) throws(StoreFailure) in
      let found = try lock.ask {
        $0.add(
          """
          SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'citus'), to_regclass('scrip.answer') IS NOT NULL
          """)
      }
      guard found[0][0].bool(0) else {
        throw .schema(
          """
          this database has no Citus. Install the package for your version of PostgreSQL on every machine, put citus \
          first into shared_preload_libraries, restart, and run CREATE EXTENSION citus in this database as a superuser
          """)
      }
      guard found[0][0].bool(1) else { throw .schema("there are no tables yet: migrate up") }
      // The schema's triggers look at nothing but the row that they refuse, so they are safe on any machine.
      try lock.connection.execute(
        script: "SET LOCAL citus.enable_unsafe_triggers = on", MigrationLock.deadline)
      var spread: [String] = []
      for table in PostgresMigrator.distributedTables where try !isSpread(table, lock) {
        let neighbour = table == "tenant" ? "default" : "scrip.tenant"
        try lock.connection.execute(
          script:
            "SELECT create_distributed_table('scrip.\(table)', 'tenant', colocate_with => '\(neighbour)')",
          MigrationLock.deadline)
        spread.append(table)
      }
      return spread
    }
  }

  private func isSpread(_ table: String, _ lock: MigrationLock) throws(StoreFailure) -> Bool {
    let rows = try lock.ask { pipeline in
      pipeline.add(
        "SELECT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = ('scrip.' || $1)::regclass)"
      ) {
        $0.bind(table)
      }
    }
    return rows[0][0].bool(0)
  }
}
