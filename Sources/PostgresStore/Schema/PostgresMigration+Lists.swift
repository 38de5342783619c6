extension PostgresMigration {
  /// Lists of coupons by state and by seller read no more than their page, and the coupons whose locks were revoked are
  /// found. Made while a service works.
  ///
  /// A use of a coupon changes none of the columns, so it touches no index.
  static let lists = PostgresMigration(
    step: 14, name: "lists",
    up: [
      // Those that were broken off are left invalid and in the way.
      "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_by_state",
      "CREATE INDEX CONCURRENTLY IF NOT EXISTS coupon_by_state ON scrip.coupon (tenant, state, id)",
      "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_of_seller",
      """
      CREATE INDEX CONCURRENTLY IF NOT EXISTS coupon_of_seller ON scrip.coupon (tenant, seller_id, id)
      WHERE seller_id IS NOT NULL
      """,
      "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_revoking",
      "CREATE INDEX CONCURRENTLY IF NOT EXISTS coupon_revoking ON scrip.coupon (tenant) WHERE revokes_locks",
    ],
    down: [
      "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_revoking",
      "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_of_seller",
      "DROP INDEX CONCURRENTLY IF EXISTS scrip.coupon_by_state",
    ], oldestProgram: 4, isTransactional: false)
}
