import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of coupons, newest first.
  public func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    if filter.isEmpty { return [] }
    return try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(filter.limit) { (last: Coupon?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last?.id ?? filter.after
        rest.limit = limit
        return try transaction.coupons(transaction.rows(of: rest, tenant), noting: unreadable)
      }
    }
  }
}

extension ReadTransaction {
  fileprivate func rows(of filter: CouponFilter, _ tenant: Tenant.ID) throws(StoreFailure) -> ResultRows {
    if let code = filter.code { return try coupons(filter, openedBy: Owned(tenant, code)) }
    if let owner = filter.owner { return try coupons(filter, of: tenant, owner: owner) }
    if filter.sellerID != nil { return try couponsOfSeller(filter, of: tenant) }
    if filter.state != nil || filter.activeAt != nil { return try couponsByState(filter, of: tenant) }
    return try coupons(filter, of: tenant)
  }
}

/// Conditions that are not asked for are written as CASE and not as OR. The planner can't know how many rows either
/// lets through; of OR it expects so few that it would rather read and sort every coupon of the tenant than walk the
/// primary key until the page is full.
///
/// Under a policy an index is only searched with expressions that can't tell anybody of rows that the policy hides, and
/// `coalesce` is not trusted to be one. So there always is a coupon to begin behind.
extension ReadTransaction {
  fileprivate func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> ResultRows {
    try rows(ReadTransaction.everyCoupon) {
      $0.bind(tenant)
      $0.bind(filter.after ?? .last)
      $0.bind(filter.limit)
    }
  }

  /// A seller's coupons have an index in the order of the list.
  fileprivate func couponsOfSeller(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure)
    -> ResultRows
  {
    try rows(ReadTransaction.couponsOfSeller) {
      bind(filter, of: tenant, to: &$0)
    }
  }

  /// So have the coupons of one state. Only active ones are active at a moment.
  fileprivate func couponsByState(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure)
    -> ResultRows
  {
    try rows(ReadTransaction.couponsByState) {
      $0.bind(tenant)
      $0.bind(filter.after ?? .last)
      $0.bind((filter.state ?? .active).stored)
      $0.bind(filter.activeAt)
      $0.bind(filter.limit)
    }
  }

  /// An owner has few coupons, which have an index of their own.
  fileprivate func coupons(
    _ filter: CouponFilter, of tenant: Tenant.ID, owner: UserID
  ) throws(StoreFailure) -> ResultRows {
    try rows(ReadTransaction.couponsOfOwner) {
      bind(filter, of: tenant, to: &$0)
      $0.bind(owner)
    }
  }

  /// At most one coupon: the one that the code opens, if the rest of the filter lets it through. An archived coupon's
  /// codes open nothing.
  fileprivate func coupons(
    _ filter: CouponFilter, openedBy key: Owned<CouponCode>
  ) throws(StoreFailure) -> ResultRows {
    try rows(ReadTransaction.couponOfCode) {
      bind(filter, of: key.tenant, to: &$0)
      $0.bind(key.value.canonical)
      $0.bind(filter.owner)
    }
  }

  /// Binds `$1` to `$6`.
  private func bind(_ filter: CouponFilter, of tenant: Tenant.ID, to parameters: inout Parameters) {
    parameters.bind(tenant)
    parameters.bind(filter.after ?? .last)
    parameters.bind(filter.state?.stored)
    parameters.bind(filter.sellerID)
    parameters.bind(filter.activeAt)
    parameters.bind(filter.limit)
  }
}

extension Coupon.ID {
  /// Behind every coupon.
  static var last: Coupon.ID { Coupon.ID(UInt128.max) }
}

extension ReadTransaction {
  fileprivate static let everyCoupon = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "coupon"))
      FROM scrip.coupon WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3
      """)

  fileprivate static let couponsOfSeller = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "coupon"))
      FROM scrip.coupon
      WHERE tenant = $1 AND seller_id = $4 AND id < $2
        AND CASE WHEN $3 IS NULL THEN true ELSE state = $3 END
        AND CASE WHEN $5 IS NULL THEN true ELSE state = 1 AND (starts_at IS NULL OR starts_at <= $5)
          AND (ends_at IS NULL OR $5 < ends_at) END
      ORDER BY id DESC LIMIT $6
      """)

  fileprivate static let couponsByState = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "coupon"))
      FROM scrip.coupon
      WHERE tenant = $1 AND state = $3 AND id < $2
        AND CASE WHEN $4 IS NULL THEN true ELSE state = 1 AND (starts_at IS NULL OR starts_at <= $4)
          AND (ends_at IS NULL OR $4 < ends_at) END
      ORDER BY id DESC LIMIT $5
      """)

  fileprivate static let couponsOfOwner = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "coupon"))
      FROM scrip.coupon
      WHERE tenant = $1 AND owner = $7 AND id < $2
        AND CASE WHEN $3 IS NULL THEN true ELSE state = $3 END
        AND CASE WHEN $4 IS NULL THEN true ELSE seller_id = $4 END
        AND CASE WHEN $5 IS NULL THEN true ELSE state = 1 AND (starts_at IS NULL OR starts_at <= $5)
          AND (ends_at IS NULL OR $5 < ends_at) END
      ORDER BY id DESC LIMIT $6
      """)

  fileprivate static let couponOfCode = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CouponRow.self, of: "coupon"))
      FROM scrip.code JOIN scrip.coupon ON coupon.tenant = $1 AND coupon.id = code.coupon_id
      WHERE code.tenant = $1 AND code.canonical = $7 AND state <> 3
        AND coupon.id < $2
        AND CASE WHEN $3 IS NULL THEN true ELSE state = $3 END
        AND CASE WHEN $4 IS NULL THEN true ELSE seller_id = $4 END
        AND CASE WHEN $5 IS NULL THEN true ELSE state = 1 AND (starts_at IS NULL OR starts_at <= $5)
          AND (ends_at IS NULL OR $5 < ends_at) END
        AND CASE WHEN $8 IS NULL THEN true ELSE coupon.owner = $8 END
      LIMIT $6
      """)
}
