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

extension PostgresStore {
  /// What a coupon gave to subscriptions and invoices, by currency.
  func billing(of coupon: Owned<Coupon.ID>) throws(StoreFailure) -> BillingOfCoupon.Found {
    try query(of: [coupon.tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows(PostgresStore.billing) {
        $0.bind(coupon.tenant)
        $0.bind(coupon.value)
      }.map { (row) throws(StoreFailure) in
        try row.row(CouponBillingRow.self)
      }
    }
  }

  private static let billing = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponBillingRow.self, of: "b")) FROM scrip.coupon_billing AS b
      WHERE b.tenant = $1 AND b.coupon_id = $2 ORDER BY b.currency
      """)
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
