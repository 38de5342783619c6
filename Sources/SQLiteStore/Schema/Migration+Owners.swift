extension Migration {
  /// Finds what is personal to a user. Few coupons and codes have an owner, so the others stay out of the indexes.
  static let owners = Migration(
    number: 3, name: "owners",
    up: """
      CREATE INDEX coupon_of_owner ON coupon (tenant, owner) WHERE owner IS NOT NULL;
      CREATE INDEX code_of_owner ON code (tenant, owner, coupon_id) WHERE owner IS NOT NULL;
      """,
    down: """
      DROP INDEX code_of_owner;
      DROP INDEX coupon_of_owner;
      """)
}
