extension PostgresMigration {
  /// A row that is written only to see whether writing works: no event tells of it, and nobody reads it. Its bytes are
  /// kept beside the row and as they are, so that many of them need much room.
  static let writeProbe = PostgresMigration(
    step: 16, name: "write probe",
    up: [
      """
      CREATE TABLE scrip.write_probe (
        number bigint PRIMARY KEY CHECK (number = 1),
        value bytea NOT NULL
      );
      ALTER TABLE scrip.write_probe ALTER COLUMN value SET STORAGE EXTERNAL;
      GRANT SELECT, INSERT, UPDATE, TRUNCATE ON scrip.write_probe TO scrip_app;
      """
    ],
    down: ["DROP TABLE scrip.write_probe"], oldestProgram: 4)
}
