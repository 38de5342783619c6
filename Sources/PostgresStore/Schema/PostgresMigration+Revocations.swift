extension PostgresMigration {
  /// How often a coupon's locks were revoked, and how often they had been when a usage was locked. Rows that are there
  /// already take it from the log. A program that does not know the columns leaves them alone; what it revokes is only
  /// counted by a rebuild.
  ///
  /// Also finds the tenants that have something to give back.
  static let revocations = PostgresMigration(
    step: 8, name: "revocations", up: [addRevocations, tenantsToTidy], down: [dropRevocations],
    oldestProgram: 4)

  private static let addRevocations: StaticString = """
    ALTER TABLE scrip.coupon ADD COLUMN revocations bigint NOT NULL DEFAULT 0;
    ALTER TABLE scrip.usage ADD COLUMN revocations bigint NOT NULL DEFAULT 0;

    CREATE TEMPORARY TABLE revocation ON COMMIT DROP AS
    SELECT tenant, stream, at FROM scrip.event
    WHERE type = 'CouponDisabled' AND (convert_from(payload, 'UTF8')::jsonb ->> 'revokes_locks') = 'true';

    UPDATE scrip.coupon AS c SET revocations = r.number
    FROM (SELECT tenant, stream, count(*) AS number FROM pg_temp.revocation GROUP BY tenant, stream) AS r
    WHERE r.tenant = c.tenant AND r.stream = c.id;

    UPDATE scrip.usage AS u SET revocations = (
      SELECT count(*) FROM pg_temp.revocation AS r
      WHERE r.tenant = u.tenant AND r.stream = u.coupon_id AND r.at < a.locked_at)
    FROM scrip.application AS a
    WHERE a.tenant = u.tenant AND a.id = u.application_id
      AND (u.tenant, u.coupon_id) IN (SELECT tenant, stream FROM pg_temp.revocation);
    """

  /// Goes from tenant to tenant through the index of locks, so that it costs the tenants that have locks, and not all
  /// locks.
  private static let tenantsToTidy: StaticString = """
    CREATE FUNCTION scrip.tenants_to_tidy(p_at bigint) RETURNS TABLE (tenant bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      WITH RECURSIVE locking (tenant) AS (
        (SELECT a.tenant FROM scrip.application a WHERE a.state = 0 ORDER BY a.tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT a.tenant FROM scrip.application a WHERE a.state = 0 AND a.tenant > l.tenant
          ORDER BY a.tenant LIMIT 1)
        FROM locking l WHERE l.tenant IS NOT NULL
      )
      SELECT l.tenant FROM locking l WHERE l.tenant IS NOT NULL AND EXISTS (
        SELECT FROM scrip.application a WHERE a.tenant = l.tenant AND a.state = 0 AND a.expires_at <= p_at)
      UNION
      SELECT c.tenant FROM scrip.coupon c WHERE c.revokes_locks AND c.locked > 0
    $$;

    REVOKE ALL ON FUNCTION scrip.tenants_to_tidy(bigint) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION scrip.tenants_to_tidy(bigint) TO scrip_app;
    """

  private static let dropRevocations: StaticString = """
    DROP FUNCTION scrip.tenants_to_tidy(bigint);
    ALTER TABLE scrip.usage DROP COLUMN revocations;
    ALTER TABLE scrip.coupon DROP COLUMN revocations;
    """
}
