extension Migration {
  /// How often a coupon's locks were revoked, and how often they had been when a usage was locked. Rows that are there
  /// already take it from the log.
  ///
  /// Also finds a tenant's locks by their end, so that nobody goes through other tenants' locks, and the few coupons
  /// whose locks are revoked: not those alone that have any left, or each use of a coupon would touch the index.
  static let revocations = Migration(
    number: 4, name: "revocations",
    up: """
      ALTER TABLE coupon ADD COLUMN revocations INTEGER NOT NULL DEFAULT 0;
      ALTER TABLE usage ADD COLUMN revocations INTEGER NOT NULL DEFAULT 0;

      CREATE TEMPORARY TABLE revocation AS
      SELECT tenant, stream, at FROM main.event
      WHERE type = 'CouponDisabled' AND json_extract(CAST(payload AS TEXT), '$.revokes_locks');

      UPDATE main.coupon SET revocations = (
        SELECT count(*) FROM revocation WHERE revocation.tenant = coupon.tenant AND revocation.stream = coupon.id)
      WHERE (tenant, id) IN (SELECT tenant, stream FROM revocation);

      UPDATE main.usage SET revocations = (
        SELECT count(*) FROM revocation JOIN main.application
          ON application.tenant = usage.tenant AND application.id = usage.application_id
        WHERE revocation.tenant = usage.tenant AND revocation.stream = usage.coupon_id
          AND revocation.at < application.locked_at)
      WHERE (tenant, coupon_id) IN (SELECT tenant, stream FROM revocation);

      DROP TABLE temp.revocation;

      DROP INDEX application_locked;
      CREATE INDEX application_locked ON application (tenant, expires_at) WHERE state = 0;
      CREATE INDEX coupon_revoking ON coupon (tenant) WHERE revokes_locks;
      """,
    down: """
      DROP INDEX coupon_revoking;
      DROP INDEX application_locked;
      CREATE INDEX application_locked ON application (expires_at) WHERE state = 0;
      ALTER TABLE usage DROP COLUMN revocations;
      ALTER TABLE coupon DROP COLUMN revocations;
      """)
}
