extension PostgresMigration {
  /// The check value of the key under which identities are hashed. One row of no tenant, written once: no event tells
  /// of it.
  static let identityCheck = PostgresMigration(
    step: 12, name: "identity check",
    up: [
      """
      CREATE TABLE scrip.identity_check (
        number bigint PRIMARY KEY CHECK (number = 1),
        value bytea NOT NULL CHECK (octet_length(value) = 32)
      );
      GRANT SELECT, INSERT ON scrip.identity_check TO scrip_app;
      """
    ],
    down: ["DROP TABLE scrip.identity_check"], oldestProgram: 4)
}
