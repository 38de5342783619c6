import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of the coupons that are personal to a user, newest first.
  public func wallet(
    _ filter: WalletFilter, of tenant: Tenant.ID
  ) throws(StoreFailure) -> [PersonalCoupon] {
    try list { (rows, unreadable) throws(StoreFailure) in
      var entries: [PersonalCoupon] = []
      let coupons = try unreadable.page(filter.limit) { (last: Coupon?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last?.id ?? filter.after
        rest.limit = limit
        return try rows.personalCoupons(rest, of: tenant, unreadable)
      }
      for coupon in coupons {
        entries.append(try rows.personal(coupon, to: filter.userID, of: tenant, unreadable))
      }
      return entries
    }
  }
}

extension RowReader {
  /// What a user owns is found first and then looked up, because the other way round every coupon would be read.
  fileprivate func personalCoupons(
    _ filter: WalletFilter, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [Coupon?] {
    try connection.rows(RowReader.couponsOfOwner) {
      $0.bind(tenant)
      $0.bind(filter.userID)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try listed(row, of: tenant, unreadable)
    }
  }

  private static let couponsOfOwner = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CouponRow.self, of: "coupon"))
      FROM (
        SELECT id FROM coupon INDEXED BY coupon_of_owner WHERE tenant = ?1 AND owner = ?2
        UNION
        SELECT coupon_id FROM code INDEXED BY code_of_owner WHERE tenant = ?1 AND owner = ?2
      ) AS owned CROSS JOIN coupon ON coupon.tenant = ?1 AND coupon.id = owned.id
      WHERE coupon.id < ifnull(?3, x'ffffffffffffffffffffffffffffffffff') AND state <> 3
      ORDER BY coupon.id DESC LIMIT ?4
      """)

  fileprivate func personal(
    _ coupon: Coupon, to userID: UserID, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> PersonalCoupon {
    let key = Owned(tenant, coupon.id)
    let isOwner = coupon.terms.owner == userID
    let codes =
      try isOwner
      ? codesOfOwner(userID, coupon, key, unreadable) : ownCodes(userID, coupon, key, unreadable)
    let identity = UsageCounter.identity(IdentityKey(userID))
    let counter = CounterKey(couponID: coupon.id, counter: identity)
    return PersonalCoupon(
      coupon: coupon, codes: Array(codes.prefix(WalletFilter.codesMax)),
      hasMoreCodes: codes.count > WalletFilter.codesMax,
      used: try used(Owned(tenant, counter)))
  }

  private func used(_ key: Owned<CounterKey>) throws(StoreFailure) -> Int64 {
    let row: CounterRow? = try connection.row(key)
    return row?.used ?? 0
  }

  /// The codes of a coupon that the user owns, except those that were given to somebody else; one more than is shown.
  /// Each list ends where it is full, so that not all codes are read where there are many.
  private func codesOfOwner(
    _ userID: UserID, _ coupon: Coupon, _ key: Owned<Coupon.ID>, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [PersonalCoupon.Code] {
    let unused = try codes(RowReader.unusedCodesOfCoupon, userID, coupon, key, unreadable)
    if unused.count > WalletFilter.codesMax { return unused }
    return try unused + codes(RowReader.usedCodesOfCoupon, userID, coupon, key, unreadable)
  }

  private static let unusedCodesOfCoupon = ownedCodes(
    by: "code_of_coupon", where: "(owner IS NULL OR owner = ?3) AND used <")
  private static let usedCodesOfCoupon = ownedCodes(
    by: "code_of_coupon", where: "(owner IS NULL OR owner = ?3) AND used >=")
  private static let unusedCodesOfOwner = ownedCodes(by: "code_of_owner", where: "owner = ?3 AND used <")
  private static let usedCodesOfOwner = ownedCodes(by: "code_of_owner", where: "owner = ?3 AND used >=")

  private static func ownedCodes(
    by index: String, where condition: String  // String: SQL of ours
  ) -> StatementText {
    StatementText(
      made: """
        SELECT \(SQLiteTable.columns(CodeRecord.self)) FROM code INDEXED BY \(index)
        WHERE tenant = ?1 AND coupon_id = ?2 AND \(condition) coalesce(use_limit, ?4, used + 1)
        ORDER BY canonical LIMIT ?5
        """)
  }

  /// The user's own codes of a coupon that is not the user's; one more than is shown.
  private func ownCodes(
    _ userID: UserID, _ coupon: Coupon, _ key: Owned<Coupon.ID>, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [PersonalCoupon.Code] {
    let unused = try codes(RowReader.unusedCodesOfOwner, userID, coupon, key, unreadable)
    if unused.count > WalletFilter.codesMax { return unused }
    return try unused + codes(RowReader.usedCodesOfOwner, userID, coupon, key, unreadable)
  }

  private func codes(
    _ sql: StatementText, _ userID: UserID, _ coupon: Coupon, _ key: Owned<Coupon.ID>,
    _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [PersonalCoupon.Code] {
    try connection.rows(sql) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(userID)
      $0.bind(coupon.terms.limits.perCode)
      $0.bind(WalletFilter.codesMax + 1)
    } read: { (row) throws(StoreFailure) in
      try personalCode(row, of: key.tenant, unreadable)
    }.compactMap { $0 }
  }

  private func personalCode(
    _ row: Statement, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> PersonalCoupon.Code? {
    let record = try unreadable.read("code", row.text(1), of: tenant) { () throws(StoreFailure) in
      try row.row(CodeRecord.self).row
    }
    return record.map { PersonalCoupon.Code(grant: $0.grant, used: $0.used) }
  }
}
