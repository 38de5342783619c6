import struct Scrip.Identifier
import protocol Scrip.Identified
import struct Scrip.Instant
import struct Scrip.Tenant

/// Rows that lists show in the order in which they were made. Their table has a column `created_at`, and an index over
/// tenant, that and the identifier; one more for each column that a list is asked by.
public protocol DatedRow: StoredRow {
  /// When it was made.
  var createdAt: Instant { get }
}

/// A column of a row that a list is asked by, with the value that it is to have.
public struct RowCondition<Row: DatedRow>: Sendable {
  /// The column.
  public let column: String  // String: a column of ours
  /// The value.
  public let value: any ColumnValue
  /// Whether a row has it.
  public let holds: @Sendable (Row) -> Bool

  /// Asks for a column's value.
  public init(_ column: String, _ value: any ColumnValue, _ holds: @escaping @Sendable (Row) -> Bool) {
    self.column = column
    self.value = value
    self.holds = holds
  }
}

/// A page of a tenant's rows whose key is an identifier, those that were made last before others.
public struct LatestRows<Row: DatedRow, Subject: Identified>: Search
where Row.Key == Owned<Identifier<Subject>> {
  /// The answer.
  public typealias Found = [Row]

  /// Where a row stands in lists.
  public struct Place: Hashable, Comparable, Sendable {
    /// When it was made.
    public let createdAt: Instant
    /// Which one.
    public let id: Identifier<Subject>

    /// Names a place.
    public init(createdAt: Instant, id: Identifier<Subject>) {
      self.createdAt = createdAt
      self.id = id
    }

    /// By the moment, then by the identifier.
    public static func < (left: Place, right: Place) -> Bool {
      (left.createdAt, left.id) < (right.createdAt, right.id)
    }

    /// Behind every row.
    public static var last: Place { Place(createdAt: .latest, id: Identifier(.max)) }
  }

  /// Whose rows.
  public let tenant: Tenant.ID
  /// Only those that have a column's value.
  public let condition: RowCondition<Row>?
  /// Only those behind this one.
  public let after: Place?
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(
    _ row: Row.Type, of tenant: Tenant.ID, where condition: RowCondition<Row>? = nil, after: Place?,
    limit: Int
  ) {
    self.tenant = tenant
    self.condition = condition
    self.after = after
    self.limit = limit
  }

  /// Whether a row belongs to the list, whichever page.
  public func holds(_ key: Row.Key, _ row: Row) -> Bool {
    guard key.tenant == tenant, condition?.holds(row) ?? true else { return false }
    return after.map { place(of: key, row) < $0 } ?? true
  }

  /// Where a row stands.
  public func place(of key: Row.Key, _ row: Row) -> Place {
    Place(createdAt: row.createdAt, id: key.value)
  }
}
