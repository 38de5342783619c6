import Ledger
import Promotions

/// What a migration needs of the server and of the role that it logs in as: asked before it begins, because half an
/// answer from the middle of a step helps nobody.
extension PostgresMigrator {
  /// Views that look with the caller's rights came with this version.
  static let oldestServer = 150_000

  func requireServer(_ connection: PostgresConnection) throws(StoreFailure) {
    guard connection.serverVersion >= PostgresMigrator.oldestServer else {
      throw .schema(
        "the server is PostgreSQL \(connection.serverVersion / 10_000), and 15 or newer is needed")
    }
    let rows = try connection.roundTrip(MigrationLock.deadline) {
      $0.add("SELECT current_setting('server_encoding')")
    }
    let encoding = rows[0][0].text(0)
    guard encoding == "UTF8" else {
      throw .schema(
        "the database is encoded in \(encoding), and UTF8 is needed: CREATE DATABASE … ENCODING 'UTF8'")
    }
  }

  /// Makes the schema and the list of steps, if they are missing.
  func prepareSchema(_ connection: PostgresConnection) throws(StoreFailure) {
    let rows = try connection.roundTrip(MigrationLock.deadline) { [schema] pipeline in
      pipeline.add(
        """
        SELECT to_regnamespace($1) IS NOT NULL, has_database_privilege(current_database(), 'CREATE'),
          quote_ident(current_user), quote_ident(current_database()), quote_ident($1) = $1
        """
      ) { $0.bind(schema) }
    }
    let row = rows[0][0]
    guard row.bool(4) else {
      throw .schema("\(schema) is a word of SQL and can't be a schema's name here: choose another one")
    }
    if !row.bool(0) {
      guard row.bool(1) else {
        throw .schema(
          """
          the role \(row.text(2)) may not make a schema in this database. Have an administrator run: \
          GRANT CREATE ON DATABASE \(row.text(3)) TO \(row.text(2))
          """)
      }
      try connection.execute(script: "CREATE SCHEMA \(schema)", MigrationLock.deadline)
    }
    try connection.execute(script: PostgresMigrator.listOfSteps.description, MigrationLock.deadline)
  }

  static let listOfSteps: StaticString = """
    CREATE TABLE IF NOT EXISTS scrip.schema_version (
      step bigint PRIMARY KEY,
      name text NOT NULL,
      applied_at bigint NOT NULL,
      oldest_program bigint NOT NULL
    );
    """

  /// Roles that are missing have to be made, and the role that migrates has to be a member of each of them.
  func requireRoles(_ connection: PostgresConnection) throws(StoreFailure) {
    let rows = try connection.roundTrip(MigrationLock.deadline) {
      $0.add(
        """
        SELECT quote_ident(current_user), rolsuper OR rolcreaterole, ARRAY(
          SELECT role FROM unnest(ARRAY['scrip_app', 'scrip_report', 'scrip_admin', 'scrip_user']) AS role
          WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role)) = '{}',
          NOT EXISTS (SELECT FROM pg_roles AS role
            WHERE role.rolname IN ('scrip_app', 'scrip_report', 'scrip_admin', 'scrip_user')
              AND NOT pg_has_role(current_user, role.oid, 'USAGE'))
        FROM pg_roles WHERE rolname = current_user
        """)
    }
    let row = rows[0][0]
    if row.bool(1) || row.bool(2) && row.bool(3) { return }
    let making = row.bool(2) ? "" : PostgresMigration.rolesByHand.description + "\n"
    throw .schema(
      """
      the role \(row.text(0)) may not make roles, nor become a member of them. Have an administrator run this, once \
      for the whole server, and migrate again:
      \(making)GRANT scrip_app, scrip_report, scrip_admin, scrip_user TO \(row.text(0));
      """)
  }
}
