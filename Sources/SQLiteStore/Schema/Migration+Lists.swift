extension Migration {
  /// Lists read no more than their page: a tenant's part of the log, and coupons by state and by seller.
  ///
  /// The first costs every event about ten bytes at the end of its tenant's entries. The others are written when a coupon
  /// is made or edited, not when it is used.
  static let lists = Migration(
    number: 6, name: "lists",
    up: """
      CREATE INDEX event_of_tenant ON event (tenant);
      CREATE INDEX coupon_by_state ON coupon (tenant, state);
      CREATE INDEX coupon_of_seller ON coupon (tenant, seller_id) WHERE seller_id IS NOT NULL;
      """,
    down: """
      DROP INDEX coupon_of_seller;
      DROP INDEX coupon_by_state;
      DROP INDEX event_of_tenant;
      """)
}
