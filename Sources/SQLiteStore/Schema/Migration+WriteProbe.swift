extension Migration {
  /// A row that is written only to see whether writing works: no event tells of it, and nobody reads it.
  static let writeProbe = Migration(
    number: 8, name: "write probe",
    up: """
      CREATE TABLE write_probe (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        value BLOB NOT NULL
      ) STRICT;
      """,
    down: "DROP TABLE write_probe;")
}
