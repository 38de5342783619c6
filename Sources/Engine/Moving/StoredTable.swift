import Scrip

/// A table that holds something of a tenant's, by the name that it has in every store.
public struct StoredTable: Hashable, Sendable {
  /// Its name.
  @Exact public var name: String

  /// The log.
  public static let event = StoredTable(name: "event")
  /// Answers under idempotency keys.
  public static let answer = StoredTable(StoredAnswer.shape)

  /// What names persons.
  public static let person = StoredTable(PersonRow.shape)

  /// Coupons.
  static let coupon = StoredTable(CouponRow.shape)
  /// Applications.
  static let application = StoredTable(ApplicationRecord.shape)

  /// A declared table.
  public init(_ shape: TableShape) { self.init(name: shape.name) }

  private init(name: String) { self.name = name }

  /// Every table.
  public static let all = TableShape.all.map(StoredTable.init) + [.event]
}
