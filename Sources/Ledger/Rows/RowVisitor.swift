/// What is done with the rows of every table in turn, whatever their types.
public protocol RowVisitor {
  /// What it fails with.
  associatedtype Failure: Error = Never

  /// Called for each table.
  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(Failure)
}

/// The shapes of tables, in the order in which they are visited.
public struct ShapeList: RowVisitor {
  /// The shapes.
  public var shapes: [TableShape] = []

  /// None yet.
  public init() {}

  /// Adds a table's.
  public mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) { shapes.append(Row.shape) }
}
