import Ledger
import Promotions

/// A table that the events lead to, with the statements that compare and replace it.
///
/// Statements are made for the two schemas at hand, whose names are the only part of them that is not fixed. A scratch
/// schema is copied from the live one, so both have the same order of columns.
struct PostgresFoldedTable: Sendable {
  let name: String
  /// What people call one of its rows, in SQL.
  private let key: String
  /// The declared columns: the database makes others itself.
  private let columns: String
  /// The condition that the log tells of a row.
  private let told: String

  /// Every table, each behind those that it refers to.
  static let all = WorkingSet.shapes.filter { $0.origin == .folded }.map(PostgresFoldedTable.init)

  private init(_ shape: TableShape) {
    name = shape.name
    columns = shape.toldColumns.map(\.name).joined(separator: ", ")
    told = shape.toldCondition
    key = shape.label { "replace(\($0)::text, '-', '')" }
  }

  /// How many rows are shown for people.
  private static let samplesMax = 10

  /// Where a comparison puts what it finds; gone with the transaction.
  static let differences = """
    CREATE TEMPORARY TABLE scrip_difference (
      table_name text NOT NULL, is_missing boolean NOT NULL, row_count bigint NOT NULL, sample text NOT NULL
    ) ON COMMIT DROP
    """

  /// Notes the rows that only one of the schemas has in that form: how many, and the first of them.
  func comparison(of live: String, with scratch: String) -> [String] {
    [
      comparison(of: scratch, without: live, isMissing: true),
      comparison(of: live, without: scratch, isMissing: false),
    ]
  }

  private func comparison(of schema: String, without other: String, isMissing: Bool) -> String {
    """
    INSERT INTO pg_temp.scrip_difference (table_name, is_missing, row_count, sample)
    SELECT '\(name)', \(isMissing), count(*) OVER (), sample
    FROM (
      SELECT \(key) AS sample
      FROM (SELECT \(columns) FROM \(schema).\(name)\(told) EXCEPT SELECT \(columns) FROM \(other).\(name)\(told)) AS different
    ) AS named
    ORDER BY sample COLLATE "C" LIMIT \(PostgresFoldedTable.samplesMax)
    """
  }

  func emptying(_ schema: String) -> String { "DELETE FROM \(schema).\(name)\(told)" }

  func filling(_ schema: String, from scratch: String) -> String {
    "INSERT INTO \(schema).\(name) (\(columns)) SELECT \(columns) FROM \(scratch).\(name)\(told)"
  }
}
