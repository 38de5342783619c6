extension PostgresMigration {
  /// What reading and writing call to look something up before it is known whose it is, or for every tenant at once. A
  /// scratch schema has them as well.
  ///
  /// These functions run with the rights of the role that migrated, which is under no policy; a fixed search path keeps
  /// callers from slipping their own functions under them.
  static let keyLookups: StaticString = """
    CREATE FUNCTION scrip.access_key_by_secret(p_secret_hash bytea) RETURNS SETOF scrip.access_key
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT * FROM scrip.access_key WHERE secret_hash = p_secret_hash
    $$;

    CREATE FUNCTION scrip.tenant_list() RETURNS SETOF scrip.tenant
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT * FROM scrip.tenant ORDER BY tenant
    $$;

    -- One node at a time: two that forgot the same answers would wait for each other.
    CREATE FUNCTION scrip.forget_answers(p_before bigint, p_max integer) RETURNS bigint
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      v_forgotten bigint;
    BEGIN
      IF NOT pg_try_advisory_xact_lock(hashtextextended('scrip.forget_answers', 0)) THEN
        RETURN 0;
      END IF;
      DELETE FROM scrip.answer WHERE (tenant, key) IN (
        SELECT a.tenant, a.key FROM scrip.answer a WHERE a.at < p_before LIMIT p_max);
      GET DIAGNOSTICS v_forgotten = ROW_COUNT;
      RETURN v_forgotten;
    END
    $$;
    """

  /// The others of their kind, and who may call them.
  static let acrossTenants: StaticString = """
    -- The moment for one of the caller's tenants, in microseconds: by its own clock, if it has one. NULL for others.
    CREATE FUNCTION scrip.now_of(p_tenant bigint) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT CASE WHEN p_tenant = ANY (
          string_to_array(nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])
        THEN coalesce((SELECT t.test_clock FROM scrip.tenant t WHERE t.tenant = p_tenant),
          (extract(epoch FROM now()) * 1000000)::bigint) END
    $$;

    -- Tenants that have something to give back, each with the moment that is its own. Goes from tenant to tenant through
    -- the index of locks, so that it costs the tenants that have locks, and not all locks.
    CREATE FUNCTION scrip.tenants_to_tidy(p_at bigint) RETURNS TABLE (tenant bigint, moment bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      WITH RECURSIVE locking (tenant) AS (
        (SELECT u.tenant FROM scrip.usage u WHERE u.is_first AND u.application_state = 0 ORDER BY u.tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT u.tenant FROM scrip.usage u WHERE u.is_first AND u.application_state = 0 AND u.tenant > l.tenant
          ORDER BY u.tenant LIMIT 1)
        FROM locking l WHERE l.tenant IS NOT NULL
      )
      , own (tenant, moment) AS (
        SELECT l.tenant, coalesce((SELECT t.test_clock FROM scrip.tenant t WHERE t.tenant = l.tenant), p_at)
        FROM (SELECT l.tenant FROM locking l WHERE l.tenant IS NOT NULL
          UNION SELECT c.tenant FROM scrip.coupon c WHERE c.revokes_locks AND c.locked > 0) AS l
      )
      SELECT o.tenant, o.moment FROM own o WHERE EXISTS (
        SELECT FROM scrip.usage u
        WHERE u.tenant = o.tenant AND u.is_first AND u.application_state = 0 AND u.expires_at <= o.moment)
        OR EXISTS (SELECT FROM scrip.coupon c WHERE c.tenant = o.tenant AND c.revokes_locks AND c.locked > 0)
    $$;

    -- What stands for a caller's user id in every other table; NULL for somebody of whom nothing is known. A pseudonym
    -- stands for itself.
    CREATE FUNCTION scrip.pseudonym(p_tenant bigint, p_user_id text) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT CASE WHEN p_user_id ~ '^person_[0-7][0-9a-hjkmnp-tv-z]{25}$' THEN p_user_id
        ELSE (SELECT pseudonym FROM scrip.person WHERE tenant = p_tenant AND user_id = p_user_id) END
    $$;

    -- The pseudonyms of the user in `scrip.user_id`, one in each tenant in `scrip.tenants` that knows them, behind a
    -- prefix.
    CREATE FUNCTION scrip.own_pseudonyms(p_prefix text DEFAULT '') RETURNS text[]
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT array_agg(p_prefix || scrip.pseudonym(tenant::bigint, nullif(current_setting('scrip.user_id', true), '')))
      FROM unnest(string_to_array(nullif(current_setting('scrip.tenants', true), ''), ',')) AS own (tenant)
    $$;

    -- Tenants whose events a projection has not all read; of rows that an older fold has made it has read none. One look
    -- into the index for each tenant.
    CREATE FUNCTION scrip.tenants_behind(p_projection text, p_version bigint) RETURNS TABLE (tenant bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT t.tenant FROM scrip.tenant t
      LEFT JOIN scrip.projection p ON p.tenant = t.tenant AND p.name = p_projection COLLATE "C"
      WHERE EXISTS (
        SELECT FROM scrip.event e
        WHERE e.tenant = t.tenant AND e.position > CASE WHEN p.version >= p_version THEN p.position ELSE 0 END)
    $$;

    CREATE FUNCTION scrip.user_has_code_of(p_tenant bigint, p_coupon_id uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT EXISTS (SELECT FROM scrip.code WHERE tenant = p_tenant AND coupon_id = p_coupon_id
        AND owner = ANY (scrip.own_pseudonyms()))
    $$;

    REVOKE ALL ON FUNCTION scrip.access_key_by_secret(bytea), scrip.tenant_list(), scrip.tenants_to_tidy(bigint),
      scrip.now_of(bigint),
      scrip.forget_answers(bigint, integer), scrip.tenants_behind(text, bigint),
      scrip.pseudonym(bigint, text), scrip.own_pseudonyms(text), scrip.user_has_code_of(bigint, uuid) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION scrip.access_key_by_secret(bytea), scrip.tenant_list(), scrip.tenants_to_tidy(bigint),
      scrip.forget_answers(bigint, integer), scrip.tenants_behind(text, bigint) TO scrip_app;
    GRANT EXECUTE ON FUNCTION scrip.user_has_code_of(bigint, uuid), scrip.own_pseudonyms(text),
      scrip.now_of(bigint) TO scrip_user;
    """

  static let dropAcrossTenants: StaticString = """
    DROP FUNCTION scrip.user_has_code_of(bigint, uuid);
    DROP FUNCTION scrip.own_pseudonyms(text);
    DROP FUNCTION scrip.pseudonym(bigint, text);
    DROP FUNCTION scrip.tenants_behind(text, bigint);
    DROP FUNCTION scrip.tenants_to_tidy(bigint);
    DROP FUNCTION scrip.now_of(bigint);
    """

  static let dropKeyLookups: StaticString = """
    DROP FUNCTION scrip.forget_answers(bigint, integer);
    DROP FUNCTION scrip.tenant_list();
    DROP FUNCTION scrip.access_key_by_secret(bytea);
    """
}
