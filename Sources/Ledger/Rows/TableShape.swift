import struct Scrip.StreamKind

/// What is declared of a table, for whoever makes statements from it.
public final class TableShape: Sendable {
  /// A column.
  public struct Column: Hashable, Sendable {
    /// Its name.
    public let name: String  // String: a column of ours
    /// What it is for.
    public let role: ColumnRole
    /// Its type.
    public let type: ColumnType
    /// Whether it may be NULL.
    public let isOptional: Bool

    /// Whether a change finds its row by it, and does not write it.
    public var isFound: Bool { role == .key || role == .owner }
  }

  /// What is counted in a row.
  public struct Count: Sendable {
    /// The columns whose sum may not pass a limit.
    public let columns: [String]  // String: columns of ours
    /// What a refusal says.
    public let refusal: String  // String: words of ours

    /// Counts the sum of columns.
    public init(_ columns: [String], refusal: String) {
      self.columns = columns
      self.refusal = refusal
    }
  }

  /// When a new row takes the place of another one with its key: if what that one refers to is in a certain state.
  public struct Replacement: Sendable {
    /// The column that refers to a row of another table by its `id`.
    public let column: String  // String: a column of ours
    /// The other table.
    public let table: String  // String: a table of ours
    /// What has to be so of that row, as a column and its value.
    public let state: (column: String, value: Int64)  // String: a column of ours
    /// What a refusal says.
    public let refusal: String  // String: words of ours

    /// Replaces rows that refer to one of another table in a certain state.
    public init(
      by column: String, of table: String, where state: (column: String, value: Int64), refusal: String
    ) {
      self.column = column
      self.table = table
      self.state = state
      self.refusal = refusal
    }
  }

  /// What becomes of a new row where there is one of its key that nothing knew of.
  public enum Repetition: Sendable {
    /// It is refused: somebody else has written what decides.
    case isRefused
    /// The one that is there stays: it says the same.
    case keepsFirst
  }

  /// Whether the rows are told by the log.
  public enum Origin: Sendable {
    /// The log leads to them: a rebuild compares and replaces them.
    case folded
    /// They are kept beside the log.
    case kept
  }

  /// The type of its rows.
  public let row: any StoredRow.Type
  /// The table's name.
  public let name: String  // String: a table of ours
  /// What people call a row, before the values of its key: `coupon`.
  public let noun: String  // String: words of ours
  /// Whether the rows are told by the log.
  public let origin: Origin
  /// What becomes of a new row where there is one of its key.
  public let repetition: Repetition
  /// What is counted; nil if nothing is.
  public let count: Count?
  /// When a new row takes another one's place; nil if it never does.
  public let replacement: Replacement?
  /// The column that says whether the log tells of a row; nil if it tells of all.
  public let told: String?  // String: a column of ours
  /// Which streams end in its rows; nil if none do.
  public let streams: StreamKind?
  /// Whether whoever decides holds the rows that it reads. Rows in which streams end are always held; others mostly stand
  /// behind something that is.
  public let isHeld: Bool
  /// Every column, in the order of its declaration.
  public let columns: [Column]

  /// Describes the table of a type of rows.
  public init<Row: StoredRow>(
    _ row: Row.Type, _ name: String, noun: String, _ origin: Origin = .folded,
    repeating repetition: Repetition = .isRefused, counting count: Count? = nil,
    replacing replacement: Replacement? = nil, endsOf streams: StreamKind? = nil,
    toldBy told: String? = nil, isHeld: Bool = false
  ) {
    self.row = row
    self.name = name
    self.noun = noun
    self.origin = origin
    self.repetition = repetition
    self.count = count
    self.replacement = replacement
    self.streams = streams
    self.isHeld = isHeld || streams != nil
    self.told = told
    var list = ColumnList()
    do throws(StoreFailure) {
      let key = try Row.walkKey(&list, nil)
      _ = try Row.walk(&list, nil, of: key)
    } catch {
      preconditionFailure("the columns of \(name) can't be listed: \(error)")
    }
    columns = list.columns
  }
}

extension TableShape {
  /// What people call one of its rows, in SQL: `tenant 1 coupon … version 2`.
  ///
  /// - Parameter uuid: how an identifier becomes a text.
  public func label(uuid: (String) -> String) -> String {  // String: SQL of ours
    let parts = keyColumns.map { column in
      let text = column.type == .uuid ? uuid(column.name) : column.name
      let name = column.name == "id" || column.name == "canonical" ? noun : column.name
      return "'\(name.hasSuffix("_id") ? String(name.dropLast(3)) : name) ' || \(text)"
    }
    return parts.joined(separator: " || ' ' || ")
  }
}

/// The walk that lists columns.
private struct ColumnList: ColumnWalk, ~Copyable {
  var columns: [TableShape.Column] = []

  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value {
    columns.append(
      TableShape.Column(name: name.description, role: role, type: Value.columnType, isOptional: false))
    return .sample
  }

  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value? {
    columns.append(
      TableShape.Column(name: name.description, role: role, type: Value.columnType, isOptional: true))
    return nil
  }
}
