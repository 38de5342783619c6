extension PostgresMigrator {
  /// Everything that `up` does to an empty database, for people who read first, or who let nobody but themselves change
  /// a schema. Run by hand, with `psql -v ON_ERROR_STOP=1`, it leaves the database as `up` does.
  public func script() -> String {
    var parts = ["CREATE SCHEMA IF NOT EXISTS scrip;", PostgresMigrator.listOfSteps.description]
    var isOpen = false
    for migration in PostgresMigration.all {
      if migration.isTransactional != isOpen {
        parts.append(
          isOpen ? "COMMIT;" : "BEGIN;\nSET LOCAL lock_timeout = '\(patience.lockMilliseconds)ms';")
        isOpen = migration.isTransactional
      }
      parts.append("-- Step \(migration.step): \(migration.name)")
      parts += migration.up.map(PostgresMigrator.terminated)
      parts.append(PostgresMigrator.record(of: migration))
    }
    if isOpen { parts.append("COMMIT;") }
    return parts.joined(separator: "\n\n") + "\n"
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
