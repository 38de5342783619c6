extension Migration {
  /// The check value of the key under which identities are hashed. One row, written once: no event tells of it.
  static let identityCheck = Migration(
    number: 7, name: "identity check",
    up: """
      CREATE TABLE identity_check (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        value BLOB NOT NULL CHECK (length(value) = 32)
      ) STRICT;
      """,
    down: "DROP TABLE identity_check;")
}
