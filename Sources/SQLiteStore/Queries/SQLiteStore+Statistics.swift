import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// How a coupon was used.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try query { (rows) throws(StoreFailure) in try rows.statistics(of: Owned(tenant, couponID)) }
  }
}

extension SQLiteStore {
  /// What a coupon gave to subscriptions and invoices, by currency.
  func billing(of coupon: Owned<Coupon.ID>) throws(StoreFailure) -> BillingOfCoupon.Found {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(SQLiteStore.billing) {
        $0.bind(coupon.tenant)
        $0.bind(coupon.value)
      } read: { (row) throws(StoreFailure) in
        try row.row(CouponBillingRow.self)
      }
    }
  }

  private static let billing = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponBillingRow.self)) FROM coupon_billing
      WHERE tenant = ?1 AND coupon_id = ?2 ORDER BY currency
      """)
}

extension RowReader: CouponUsesReader {
  private static let days = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponDayRow.self)) FROM coupon_day WHERE tenant = ?1 AND coupon_id = ?2
      """)

  func couponDays(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [(Owned<CouponDayKey>, CouponDayRow)] {
    try connection.rows(RowReader.days) {
      bind(key, to: $0)
    } read: { (row) throws(StoreFailure) in
      let found = try row.row(CouponDayRow.self)
      return (found.key, found.row)
    }
  }

  func couponUserCount(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64 {
    try connection.first("SELECT count(*) FROM coupon_user WHERE tenant = ?1 AND coupon_id = ?2") {
      bind(key, to: $0)
    } read: {
      $0.int64(0)
    } ?? 0
  }

  private func bind(_ key: Owned<Coupon.ID>, to statement: Statement) {
    statement.bind(key.tenant)
    statement.bind(key.value)
  }
}
