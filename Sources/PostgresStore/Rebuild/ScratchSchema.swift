import Ledger
import Promotions

/// A schema beside the live one, with the same tables and nothing in them, for folding the events again. It is dropped
/// when its owner lets go of it.
///
/// An order may have several live applications in it, if the log says so.
///
/// Its tables are not logged, because they need not outlive a crash of the server. They have no triggers, no policies
/// and no references to each other: what is folded is compared as it is.
final class ScratchSchema: Sendable {
  let name: String
  private let address: PostgresAddress

  /// What stands between the live schema's name and the rest; no live schema's name holds it.
  static let infix = "_scratch_"
  private static let secondsKept: Int64 = 24 * 3600

  /// Copies and comparisons of whole tables take their time; a server that hangs is given up after this.
  static var deadline: Deadline { .after(milliseconds: 24 * 3_600_000) }

  /// Makes the schema. Drops those that were left behind by processes that were killed, once they are a day old.
  init(beside live: String, at address: PostgresAddress) throws(StoreFailure) {
    precondition(!live.contains(ScratchSchema.infix), "a scratch store has no scratch store of its own")
    let deadline = ScratchSchema.deadline
    let connection = try ScratchSchema.connect(address, deadline)
    let now = try ScratchSchema.dropLeftovers(beside: live, connection, deadline)
    name = "\(live)\(ScratchSchema.infix)\(now)_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    self.address = address
    try connection.execute(script: ScratchSchema.copy(of: live, named: name), deadline)
    let inside = try PostgresConnection(address, schema: name, deadline: deadline)
    for functions in [PostgresMigration.guardFunctions, PostgresMigration.keyLookups] {
      try inside.execute(script: functions.description, deadline)
    }
  }

  deinit {
    let deadline = Deadline.after(milliseconds: 30_000)
    // Whoever lets go can't be told of a failure; what is left behind is dropped by one of the next rebuilds.
    let connection = try? ScratchSchema.connect(address, deadline)
    try? connection?.execute(script: "DROP SCHEMA IF EXISTS \(name) CASCADE", deadline)
  }

  /// Statements that name two schemas are written with the names of both.
  private static func connect(
    _ address: PostgresAddress, _ deadline: Deadline
  ) throws(StoreFailure) -> PostgresConnection {
    try PostgresConnection(address, schema: PostgresAddress.defaultSchema, deadline: deadline)
  }

  /// Says what time it is for the server, in seconds since 1970: a schema's name says when it was made.
  private static func dropLeftovers(
    beside live: String, _ connection: PostgresConnection, _ deadline: Deadline
  ) throws(StoreFailure) -> Int64 {
    let results = try connection.roundTrip(deadline) { pipeline in
      pipeline.add("SELECT extract(epoch FROM now())::bigint")
      pipeline.add(
        """
        SELECT nspname::text FROM pg_namespace
        WHERE pg_has_role(nspowner, 'USAGE') AND CASE WHEN nspname ~ ('^' || $1 || '[0-9]{1,12}_[0-9a-z]+$')
          THEN substring(substr(nspname, length($1) + 1) FROM '^[0-9]+')::bigint < extract(epoch FROM now()) - $2
          ELSE false END
        """
      ) {
        $0.bind(live + infix)
        $0.bind(secondsKept)
      }
    }
    for row in results[1] {
      try connection.execute(script: "DROP SCHEMA IF EXISTS \(row.text(0)) CASCADE", deadline)
    }
    return results[0][0].int64(0)
  }

  /// Copies tables with their checks, keys and indexes, whatever steps the live schema has taken.
  private static func copy(of live: String, named name: String) -> String {
    """
    CREATE SCHEMA \(name);
    CREATE SEQUENCE \(name).event_position;
    DO $copy$
    DECLARE
      v_table text;
      v_index oid;
    BEGIN
      FOR v_table IN
        SELECT relname FROM pg_catalog.pg_class
        WHERE relnamespace = '\(live)'::regnamespace AND relkind = 'r' ORDER BY relname
      LOOP
        EXECUTE format('CREATE UNLOGGED TABLE \(name).%1$I (LIKE \(live).%1$I INCLUDING ALL)', v_table);
      END LOOP;
      FOR v_index IN
        SELECT indexrelid FROM pg_catalog.pg_index
        WHERE indrelid = '\(name).usage'::regclass AND indisunique AND NOT indisprimary
      LOOP
        EXECUTE format('DROP INDEX %s', v_index::regclass);
      END LOOP;
      CREATE INDEX ON \(name).usage (tenant, order_id) WHERE is_first AND application_state < 2;
    END
    $copy$;
    """
  }
}
