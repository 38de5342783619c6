import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// The schema that the migrations make is the one that the types of rows declare.
@Suite(.enabled(if: SchemaDatabase.server != nil)) struct DeclaredSchemaTests {
  private let database: SchemaDatabase

  init() throws {
    database = try SchemaDatabase()
    _ = try database.migrator().up()
  }

  private func rows(_ sql: StatementText, _ bind: (inout Parameters) -> Void = { _ in }) throws -> ResultRows
  {
    try database.connect().roundTrip(.after(milliseconds: 30_000)) { $0.add(sql, bind) }[0]
  }

  @Test func `each table of PostgreSQL has the declared columns, types and key`() throws {
    for shape in WorkingSet.shapes {
      let found = try rows(
        """
        SELECT a.attname::text, format_type(a.atttypid, NULL), a.attnotnull,
          coalesce(array_position(i.indkey::smallint[], a.attnum), -1)
        FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
        WHERE a.attrelid = ('scrip.' || $1)::regclass AND a.attnum > 0 AND NOT a.attisdropped
        """
      ) {
        $0.bind(shape.name)
      }.map { "\($0.text(0)) \($0.text(1)) \($0.bool(2) ? "NOT NULL" : "NULL") key \($0.int64(3))" }
      let key = shape.keyColumns.map(\.name)
      let declared = shape.columns.map { column in
        let place = key.firstIndex(of: column.name) ?? -1
        return "\(column.name) \(column.type.name) \(column.isOptional ? "NULL" : "NOT NULL") key \(place)"
      }
      let others = Set(found).subtracting(declared)
      #expect(Set(declared).isSubset(of: found), "\(shape.name): \(Set(declared).subtracting(found))")
      // The database makes a code's skeleton itself.
      #expect(others.isEmpty || shape.name == "code" && others.count == 1, "\(shape.name): \(others)")
    }
  }

  @Test func `every table of PostgreSQL that names a tenant is declared, or the log, and under the policies`()
    throws
  {
    let tables = try rows(
      """
      SELECT c.relname::text, (SELECT count(*) FROM pg_policy AS p
        WHERE p.polrelid = c.oid AND p.polname IN ('of_batch', 'of_tenants', 'of_all_or_some_tenants'))
      FROM pg_class AS c WHERE c.relnamespace = 'scrip'::regnamespace AND c.relkind = 'r'
        AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'tenant')
      """
    ).map { (name: $0.text(0), policies: $0.int64(1)) }
    #expect(Set(tables.map(\.name)) == Set(WorkingSet.shapes.map(\.name) + ["event"]))
    #expect(tables.allSatisfy { $0.policies == 3 })
  }
}

extension ColumnType {
  fileprivate var name: String {
    switch self {
    case .integer: "bigint"
    case .choice: "smallint"
    case .flag: "boolean"
    case .text: "text"
    case .bytes: "bytea"
    case .uuid: "uuid"
    }
  }
}
