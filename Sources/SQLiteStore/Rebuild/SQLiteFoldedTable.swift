import Ledger
import Promotions

/// A table that the events lead to, with the statements that compare and replace it. The scratch database is attached
/// as `scratch`.
struct SQLiteFoldedTable: Sendable {
  let name: String
  let onlyHere: StatementText
  let onlyInScratch: StatementText
  /// Empties the table and fills it again.
  let replace: String

  static let all = WorkingSet.shapes.filter { $0.origin == .folded }.map(SQLiteFoldedTable.init)

  private init(_ shape: TableShape) {
    name = shape.name
    let columns = shape.toldColumns.map(\.name).joined(separator: ", ")
    let told = shape.toldCondition
    let difference = { (here: String, there: String) in
      StatementText(
        made: """
          SELECT \(shape.label { "lower(hex(\($0)))" }) FROM (
            SELECT \(columns) FROM \(here).\(shape.name)\(told)
            EXCEPT SELECT \(columns) FROM \(there).\(shape.name)\(told))
          """)
    }
    onlyHere = difference("main", "scratch")
    onlyInScratch = difference("scratch", "main")
    replace = """
      DELETE FROM main.\(name)\(told);
      INSERT INTO main.\(name) (\(columns)) SELECT \(columns) FROM scratch.\(name)\(told);
      """
  }
}
