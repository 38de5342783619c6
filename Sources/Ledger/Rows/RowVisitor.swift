/// What is done with the rows of every table in turn, whatever their types.
public protocol RowVisitor {
  /// What it fails with.
  associatedtype Failure: Error = Never

  /// Called for each table.
  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(Failure)

  /// Called for each table whose rows are parts of what is in memory.
  mutating func visit<Group: RowGroup>(groups: Rows<Group>) throws(Failure)
}

/// What several rows of one table tell together: in memory it is one, and is loaded and changed as a whole.
public protocol RowGroup: StoredRecord {
  /// A row of the table. The columns of its key but the last are those of the group's.
  associatedtype Part: StoredRow

  /// What people call it.
  static var noun: String { get }

  /// The rows that tell it.
  func parts(of key: Key) -> [(key: Part.Key, row: Part)]
}

/// The shapes of tables, in the order in which they are visited.
public struct ShapeList: RowVisitor {
  /// The shapes.
  public var shapes: [TableShape] = []

  /// None yet.
  public init() {}

  /// Adds a table's.
  public mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) { shapes.append(Row.shape) }

  /// Adds the table's of the parts.
  public mutating func visit<Group: RowGroup>(groups: Rows<Group>) { shapes.append(Group.Part.shape) }
}
