@testable import PostgresStore

extension PostgresSchema {
  /// What a later program might know: a column that it needs, an index that it can do without and that is built beside
  /// the work, and a table that shuts older programs out.
  static let later = PostgresSchema(
    steps: current.steps + [
      PostgresMigration(
        step: current.newest + 1, name: "notes",
        up: ["ALTER TABLE scrip.coupon ADD COLUMN note text NOT NULL DEFAULT ''"],
        down: ["ALTER TABLE scrip.coupon DROP COLUMN note"], oldestProgram: current.newest),
      PostgresMigration(
        step: current.newest + 2, name: "index of notes",
        up: [
          "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_noted",
          "CREATE INDEX CONCURRENTLY IF NOT EXISTS coupon_noted ON scrip.coupon (tenant, note)",
        ],
        down: ["DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_noted"], oldestProgram: current.newest,
        isTransactional: false),
      PostgresMigration(
        step: current.newest + 3, name: "orders of notes",
        up: [
          "CREATE TABLE scrip.note (tenant bigint PRIMARY KEY)",
          "CREATE VIEW scrip.note_report AS SELECT tenant, note FROM scrip.coupon",
        ],
        down: ["DROP VIEW scrip.note_report", "DROP TABLE scrip.note"], oldestProgram: current.newest + 3),
    ], oldestUsable: current.newest + 1)
}
