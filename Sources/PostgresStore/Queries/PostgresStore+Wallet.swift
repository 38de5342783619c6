import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of the coupons that are personal to a user, newest first.
  public func wallet(
    _ filter: WalletFilter, of tenant: Tenant.ID
  ) throws(StoreFailure) -> [PersonalCoupon] {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      let entries = try unreadable.page(filter.limit) {
        (last: (coupon: Coupon, used: Int64)?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last?.coupon.id ?? filter.after
        rest.limit = limit
        let found = try transaction.personalCoupons(rest, of: tenant)
        let coupons = try transaction.coupons(found, noting: unreadable)
        return coupons.indices.map { index in
          coupons[index].map { ($0, found[index].int64(PostgresTable.columnCount(CouponRow.self))) }
        }
      }
      if entries.isEmpty { return [] }
      let codes = try transaction.personalCodes(
        entries.map(\.coupon), to: filter.userID, of: tenant, noting: unreadable)
      return zip(entries, codes).map { entry, codes in
        PersonalCoupon(
          coupon: entry.coupon, codes: Array(codes.prefix(WalletFilter.codesMax)),
          hasMoreCodes: codes.count > WalletFilter.codesMax, used: entry.used)
      }
    }
  }
}

extension ReadTransaction {
  /// What a user owns is found first and then looked up, because the other way round every coupon would be read.
  fileprivate func personalCoupons(
    _ filter: WalletFilter, of tenant: Tenant.ID
  ) throws(StoreFailure) -> ResultRows {
    let identity = UsageCounter.identity(IdentityKey(filter.userID))
    return try rows(ReadTransaction.personalCoupons) {
      $0.bind(tenant)
      $0.bind(filter.userID)
      $0.bind(filter.after ?? .last)
      $0.bind(filter.limit)
      $0.bind(identity.stored)
    }
  }

  /// For each coupon the user's own codes and, if the coupon is the user's, those that were given to nobody; one more
  /// than is shown.
  fileprivate func personalCodes(
    _ coupons: [Coupon], to userID: UserID, of tenant: Tenant.ID, noting unreadable: UnreadableRows
  ) throws(StoreFailure) -> [[PersonalCoupon.Code]] {
    let found = try rows(ReadTransaction.personalCodes) {
      $0.bind(tenant)
      $0.bind(userID)
      $0.bind(coupons.map(\.id))
      $0.bind(coupons.map { $0.terms.owner == userID })
      $0.bind(coupons.map(\.terms.limits.perCode))
      $0.bind(WalletFilter.codesMax + 1)
    }
    var codes = [[PersonalCoupon.Code]](repeating: [], count: coupons.count)
    for row in found {
      let read = try unreadable.read("code", row.text(1), of: tenant) { () throws(StoreFailure) in
        try row.row(CodeRecord.self).row
      }
      guard let record = read else { continue }
      codes[Int(row.int64(PostgresTable.columnCount(CodeRecord.self))) - 1].append(
        PersonalCoupon.Code(grant: record.grant, used: record.used))
    }
    return codes
  }
}

extension ReadTransaction {
  fileprivate static let personalCoupons = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "coupon")), coalesce((SELECT used FROM scrip.counter
          WHERE counter.tenant = $1 AND counter.coupon_id = coupon.id AND counter.counter = $5), 0)
      FROM (
        SELECT id FROM scrip.coupon WHERE tenant = $1 AND owner = $2
        UNION
        SELECT coupon_id FROM scrip.code WHERE tenant = $1 AND owner = $2
      ) AS owned JOIN scrip.coupon ON coupon.tenant = $1 AND coupon.id = owned.id
      WHERE owned.id < $3 AND state <> 3
      ORDER BY owned.id DESC LIMIT $4
      """)

  fileprivate static let personalCodes = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CodeRecord.self, of: "own")), wanted.number
      FROM unnest($3, $4, $5) WITH ORDINALITY AS wanted (coupon_id, is_owned, limit_per_code, number)
      CROSS JOIN LATERAL (
        SELECT *, used >= coalesce(use_limit, wanted.limit_per_code, used + 1) AS is_used_up
        FROM (
          SELECT * FROM scrip.code WHERE tenant = $1 AND owner = $2 AND coupon_id = wanted.coupon_id
          UNION ALL
          SELECT * FROM scrip.code
          WHERE tenant = $1 AND coupon_id = wanted.coupon_id AND owner IS NULL AND wanted.is_owned
        ) AS code
        ORDER BY is_used_up, canonical LIMIT $6
      ) AS own
      ORDER BY wanted.number, own.is_used_up, own.canonical
      """)
}
