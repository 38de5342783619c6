import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import SQLiteStore

/// The schema that the migrations make is the one that the types of rows declare.
@Suite struct DeclaredSchemaTests {
  private let folder = TemporaryFolder()

  @Test func `each table of SQLite has the declared columns, types and key`() throws {
    let store = try SQLiteStore(path: folder.path + "/data.sqlite", clock: { noon }, readersMax: 1)
    for shape in WorkingSet.shapes {
      let columns = try store.query { (rows) throws(StoreFailure) in
        try rows.connection.rows("SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1)") {
          $0.bind(shape.name)
        } read: { row in
          Column(name: row.text(0), type: row.text(1), isRequired: row.bool(2), keyPlace: row.int64(3))
        }
      }
      let declared = shape.columns.map { Column($0, keyOf: shape) }
      let others = columns.filter { column in !declared.contains { $0.name == column.name } }
      // Answers are numbered as they are given, and forgotten in that order.
      #expect(others.map(\.name) == (shape.name == "answer" ? ["number"] : []), "\(shape.name)")
      for column in declared {
        #expect(columns.contains { $0.fits(column) }, "\(shape.name): \(column) among \(columns)")
      }
    }
  }

  @Test func `every table of SQLite that names a tenant is declared, or the log`() throws {
    let store = try SQLiteStore(path: folder.path + "/data.sqlite", clock: { noon }, readersMax: 1)
    let tables = try store.query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        SELECT name FROM sqlite_schema AS t
        WHERE type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(t.name) WHERE name = 'tenant')
        """
      ) { $0.text(0) }
    }
    #expect(Set(tables) == Set(WorkingSet.shapes.map(\.name) + ["event"]))
  }

  private struct Column: CustomStringConvertible {
    let name: String
    let type: String
    let isRequired: Bool
    let keyPlace: Int64

    init(name: String, type: String, isRequired: Bool, keyPlace: Int64) {
      self.name = name
      self.type = type
      self.isRequired = isRequired
      self.keyPlace = keyPlace
    }

    init(_ column: TableShape.Column, keyOf shape: TableShape) {
      name = column.name
      type =
        switch column.type {
        case .integer, .choice, .flag: "INTEGER"
        case .text: "TEXT"
        case .bytes, .uuid: "BLOB"
        }
      isRequired = !column.isOptional
      keyPlace = shape.keyColumns.firstIndex { $0.name == column.name }.map { Int64($0) + 1 } ?? 0
    }

    /// A table's own number may be its key; then the declared key is unique beside it. A key is never NULL.
    func fits(_ declared: Column) -> Bool {
      name == declared.name && type == declared.type
        && (isRequired == declared.isRequired || keyPlace > 0)
        && (keyPlace == declared.keyPlace || keyPlace == 0)
    }

    var description: String { "\(name) \(type)\(isRequired ? " NOT NULL" : "") key \(keyPlace)" }
  }
}
