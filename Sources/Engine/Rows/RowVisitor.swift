/// What is done with the rows of every table in turn, whatever their types.
public protocol RowVisitor {
  /// Called for each table.
  mutating func visit<Row: StoredRow>(_ rows: inout Rows<Row>) throws(StoreFailure)
}

extension TableShape {
  /// All declared tables, each behind those that it refers to.
  public static let all: [TableShape] = {
    var list = ShapeList()
    var set = WorkingSet()
    do throws(StoreFailure) { try set.visitTables(&list) } catch {
      preconditionFailure("shapes are listed: \(error)")
    }
    // A usage is a row of its own, and part of its application in memory.
    let place = list.shapes.firstIndex { $0.name == ApplicationRecord.shape.name } ?? 0
    list.shapes.insert(UsageRow.shape, at: place + 1)
    return list.shapes
  }()
}

private struct ShapeList: RowVisitor {
  var shapes: [TableShape] = []

  mutating func visit<Row: StoredRow>(_ rows: inout Rows<Row>) { shapes.append(Row.shape) }
}
