/// What is done with the rows of every table in turn, whatever their types.
public protocol RowVisitor {
  /// What it fails with.
  associatedtype Failure: Error = Never

  /// Called for each table.
  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(Failure)

  /// Called for the one table whose rows are parts of what is in memory: each usage of an application is one.
  mutating func visit(_ applications: Rows<ApplicationRecord>) throws(Failure)
}

extension TableShape {
  /// All declared tables, each behind those that it refers to.
  public static let all: [TableShape] = {
    var list = ShapeList()
    WorkingSet().visitTables(&list)
    return list.shapes
  }()
}

private struct ShapeList: RowVisitor {
  var shapes: [TableShape] = []

  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) { shapes.append(Row.shape) }

  mutating func visit(_ applications: Rows<ApplicationRecord>) { shapes.append(UsageRow.shape) }
}
