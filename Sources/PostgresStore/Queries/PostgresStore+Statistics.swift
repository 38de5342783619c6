import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// How a coupon was used.
  public func statistics(
    of couponID: Coupon.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponStatistics {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try transaction.statistics(of: Owned(tenant, couponID))
    }
  }
}

extension ReadTransaction: CouponUsesReader {
  private static let days = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponDayRow.self, of: "d")) FROM scrip.coupon_day AS d
      WHERE d.tenant = $1 AND d.coupon_id = $2
      """)

  func couponDays(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [(Owned<CouponDayKey>, CouponDayRow)] {
    try rows(ReadTransaction.days) {
      bind(key, to: &$0)
    }.map { (row) throws(StoreFailure) in
      let found = try row.row(CouponDayRow.self)
      return (found.key, found.row)
    }
  }

  func couponUserCount(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64 {
    try rows("SELECT count(*) FROM scrip.coupon_user WHERE tenant = $1 AND coupon_id = $2") {
      bind(key, to: &$0)
    }.first?.int64(0) ?? 0
  }

  private func bind(_ key: Owned<Coupon.ID>, to parameters: inout Parameters) {
    parameters.bind(key.tenant)
    parameters.bind(key.value)
  }
}
