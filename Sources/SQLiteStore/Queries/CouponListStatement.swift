import Ledger
import Promotions
import Scrip

/// The statements that list coupons: for each condition that leaves few, the index that finds them in the order of the
/// list. Further conditions are looked at row by row.
enum CouponListStatement {
  static func text(for filter: CouponFilter) -> StatementText {
    if filter.owner != nil { return ofOwner }
    if filter.sellerID != nil { return ofSeller }
    return filter.stateOfRows == nil ? all : byState
  }

  private static let all = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponRow.self))
      FROM coupon
      WHERE tenant = ?1 AND id < ifnull(?2, x'ffffffffffffffffffffffffffffffffff')
        AND ?3 IS NULL AND ?4 IS NULL AND ?5 IS NULL AND ?6 IS NULL
      ORDER BY id DESC LIMIT ?7
      """)

  private static let ofOwner = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponRow.self))
      FROM coupon INDEXED BY coupon_of_owner
      WHERE tenant = ?1 AND owner = ?4 AND id < ifnull(?2, x'ffffffffffffffffffffffffffffffffff')
        AND (?3 IS NULL OR state = ?3) AND (?5 IS NULL OR seller_id = ?5)
        AND (?6 IS NULL OR (state = 1 AND (starts_at IS NULL OR starts_at <= ?6) AND (ends_at IS NULL OR ?6 < ends_at)))
      ORDER BY id DESC LIMIT ?7
      """)

  private static let ofSeller = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponRow.self))
      FROM coupon INDEXED BY coupon_of_seller
      WHERE tenant = ?1 AND seller_id = ?5 AND id < ifnull(?2, x'ffffffffffffffffffffffffffffffffff')
        AND (?3 IS NULL OR state = ?3) AND ?4 IS NULL
        AND (?6 IS NULL OR (state = 1 AND (starts_at IS NULL OR starts_at <= ?6) AND (ends_at IS NULL OR ?6 < ends_at)))
      ORDER BY id DESC LIMIT ?7
      """)

  private static let byState = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponRow.self))
      FROM coupon INDEXED BY coupon_by_state
      WHERE tenant = ?1 AND state = ?3 AND id < ifnull(?2, x'ffffffffffffffffffffffffffffffffff')
        AND ?4 IS NULL AND ?5 IS NULL
        AND (?6 IS NULL OR (state = 1 AND (starts_at IS NULL OR starts_at <= ?6) AND (ends_at IS NULL OR ?6 < ends_at)))
      ORDER BY id DESC LIMIT ?7
      """)
}

extension CouponFilter {
  /// The state that every row of the list has, if it is known: only active coupons are active at a moment.
  var stateOfRows: Coupon.State? { state ?? (activeAt == nil ? nil : .active) }
}
