/// A table that the events lead to, with the statements that compare and replace it.
///
/// Statements are made for the two schemas at hand, whose names are the only part of them that is not fixed. A scratch
/// schema is copied from the live one, so both have the same order of columns.
struct FoldedTable: Sendable {
  let name: String
  /// What people call one of its rows, in SQL.
  private let key: String
  /// The columns that are copied, where the database makes others itself.
  private let columns: String?

  private init(name: String, key: String, columns: String? = nil) {
    self.name = name
    self.key = key
    self.columns = columns
  }

  /// Every table, each behind those that it refers to.
  static let all: [FoldedTable] = [
    FoldedTable(name: "tenant", key: "'tenant ' || tenant"),
    FoldedTable(name: "coupon", key: "'tenant ' || tenant || ' coupon ' || \(hex("id"))"),
    FoldedTable(
      name: "coupon_version",
      key: "'tenant ' || tenant || ' coupon ' || \(hex("coupon_id")) || ' version ' || version"),
    FoldedTable(
      name: "code", key: "'tenant ' || tenant || ' code ' || canonical",
      columns: "tenant, coupon_id, use_limit, used, is_generated, canonical, display, owner"),
    FoldedTable(
      name: "counter",
      key: "'tenant ' || tenant || ' coupon ' || \(hex("coupon_id")) || ' counter ' || counter"),
    FoldedTable(name: "application", key: "'tenant ' || tenant || ' application ' || \(hex("id"))"),
    FoldedTable(
      name: "usage",
      key:
        "'tenant ' || tenant || ' application ' || \(hex("application_id")) || ' coupon ' || \(hex("coupon_id"))"
    ),
    FoldedTable(name: "access_key", key: "'tenant ' || tenant || ' key ' || \(hex("id"))"),
  ]

  private static func hex(_ column: String) -> String { "replace(\(column)::text, '-', '')" }

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
      FROM (SELECT * FROM \(schema).\(name) EXCEPT SELECT * FROM \(other).\(name)) AS different
    ) AS named
    ORDER BY sample COLLATE "C" LIMIT \(FoldedTable.samplesMax)
    """
  }

  func emptying(_ schema: String) -> String { "DELETE FROM \(schema).\(name)" }

  func filling(_ schema: String, from scratch: String) -> String {
    let into = columns.map { " (\($0))" } ?? ""
    return "INSERT INTO \(schema).\(name)\(into) SELECT \(columns ?? "*") FROM \(scratch).\(name)"
  }
}
