/// What is done with the rows of every table in turn, whatever their types.
public protocol RowVisitor {
  /// What it fails with.
  associatedtype Failure: Error = Never

  /// Called for each table.
  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(Failure)
}

extension TableShape {
  /// All declared tables, each behind those that it refers to.
  public static let all: [TableShape] = {
    var list = ShapeList()
    WorkingSet().visitTables(&list)
    // A usage is a row of its own, and part of its application in memory.
    let place = list.shapes.firstIndex { $0.name == ApplicationRecord.shape.name } ?? 0
    list.shapes.insert(UsageRow.shape, at: place + 1)
    return list.shapes
  }()
}

private struct ShapeList: RowVisitor {
  var shapes: [TableShape] = []

  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) { shapes.append(Row.shape) }
}
