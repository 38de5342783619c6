extension PostgresMigrator {
  /// Everything that `up` does to an empty database, for people who read first, or who let nobody but themselves change
  /// a schema. Run by hand, with `psql -v ON_ERROR_STOP=1`, it leaves the database as `up` does.
  public func script() -> String {
    var parts = [begin, "CREATE SCHEMA IF NOT EXISTS \(schema);", PostgresMigrator.listOfSteps.description]
    var isOpen = true
    for migration in known.steps {
      if migration.isTransactional != isOpen {
        parts += isOpen ? ["COMMIT;", withoutTimeouts] : [begin]
        isOpen = migration.isTransactional
      }
      parts.append("-- Step \(migration.step): \(migration.name)")
      parts += migration.up.map(PostgresMigrator.terminated)
      parts.append(PostgresMigrator.record(of: migration))
    }
    if isOpen { parts.append("COMMIT;") }
    return PostgresConnection.text(parts.joined(separator: "\n\n"), in: schema) + "\n"
  }

  private var begin: String {
    """
    BEGIN;
    SET LOCAL lock_timeout = '\(patience.lockMilliseconds)ms';
    SET LOCAL statement_timeout = 0;
    """
  }

  /// What runs outside of a transaction is in nobody's way and takes as long as it takes.
  private var withoutTimeouts: String {
    """
    SET lock_timeout = 0;
    SET statement_timeout = 0;
    """
  }

  private static func terminated(_ statements: StaticString) -> String {
    let text = statements.description
    return text.hasSuffix(";") ? text : text + ";"
  }

  private static func record(of migration: PostgresMigration) -> String {
    """
    INSERT INTO scrip.schema_version (step, name, applied_at, oldest_program)
      VALUES (\(migration.step), '\(migration.name)', (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, \
    \(migration.oldestProgram));
    """
  }
}
