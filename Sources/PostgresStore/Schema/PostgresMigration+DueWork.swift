extension PostgresMigration {
  /// Work that is due at some time. `try_at` is when a lease ends, or when what failed is tried again; NULL where neither is
  /// so.
  ///
  /// - `due_work_open` finds what can be claimed; what is parked is not in it.
  /// - `due_work_held` counts what is claimed or parked, of which there is little.
  static let dueTable: StaticString = """
    CREATE TABLE scrip.due_work (
      tenant bigint NOT NULL,
      due_at bigint NOT NULL,
      attempt bigint,
      try_at bigint,
      parked_at bigint,
      lease_holder uuid,
      is_told boolean NOT NULL,
      kind text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      payload bytea NOT NULL,
      reason text,
      PRIMARY KEY (tenant, kind, key)
    ) WITH (fillfactor = 80);

    CREATE INDEX due_work_open ON scrip.due_work ((greatest(try_at, due_at))) WHERE parked_at IS NULL;
    CREATE INDEX due_work_held ON scrip.due_work (tenant) WHERE parked_at IS NOT NULL OR lease_holder IS NOT NULL;
    """

  /// What claims and counts work of every tenant, and who may touch what.
  ///
  /// What facts of a sandbox have scheduled is due by the sandbox's own clock; leases and pauses are real.
  ///
  /// Rows that another node is just claiming are passed over. They are locked before they are changed, by a part of the
  /// statement that runs once.
  static let dueFunctions: StaticString = """
    CREATE FUNCTION scrip.claim_due_work(p_kinds text[], p_now bigint, p_until bigint, p_holder uuid, p_max bigint)
    RETURNS TABLE (tenant bigint, kind text, key text, due_at bigint, payload bytea, is_told boolean, attempt bigint)
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      WITH found AS MATERIALIZED (
        SELECT w.tenant, w.kind, w.key FROM scrip.due_work AS w
        WHERE w.parked_at IS NULL AND greatest(w.try_at, w.due_at) <= p_now AND w.kind = ANY (p_kinds)
          AND NOT (w.is_told AND EXISTS (
            SELECT FROM scrip.tenant t WHERE t.tenant = w.tenant AND t.test_clock IS NOT NULL))
        ORDER BY greatest(w.try_at, w.due_at) LIMIT p_max FOR UPDATE SKIP LOCKED),
      sandboxed AS MATERIALIZED (
        SELECT w.tenant, w.kind, w.key FROM scrip.tenant t JOIN scrip.due_work AS w ON w.tenant = t.tenant
        WHERE t.test_clock IS NOT NULL AND w.kind = ANY (p_kinds) AND w.is_told AND w.parked_at IS NULL
          AND w.due_at <= t.test_clock AND coalesce(w.try_at, p_now) <= p_now
        ORDER BY w.due_at LIMIT p_max FOR UPDATE OF w SKIP LOCKED),
      due AS (
        SELECT tenant, kind, key FROM found UNION ALL SELECT tenant, kind, key FROM sandboxed LIMIT p_max)
      UPDATE scrip.due_work AS w
      SET attempt = coalesce(w.attempt, 0) + 1, try_at = p_until, lease_holder = p_holder
      FROM due WHERE w.tenant = due.tenant AND w.kind = due.kind AND w.key = due.key
      RETURNING w.tenant, w.kind, w.key, w.due_at, w.payload, w.is_told, w.attempt
    $$;

    CREATE FUNCTION scrip.next_due_work(p_kinds text[]) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT least(
        (SELECT greatest(w.try_at, w.due_at) FROM scrip.due_work AS w
          WHERE w.parked_at IS NULL AND w.kind = ANY (p_kinds) AND NOT (w.is_told AND EXISTS (
            SELECT FROM scrip.tenant t WHERE t.tenant = w.tenant AND t.test_clock IS NOT NULL))
          ORDER BY greatest(w.try_at, w.due_at) LIMIT 1),
        (SELECT min(coalesce(w.try_at, 0)) FROM scrip.tenant t JOIN scrip.due_work AS w ON w.tenant = t.tenant
          WHERE t.test_clock IS NOT NULL AND w.kind = ANY (p_kinds) AND w.is_told AND w.parked_at IS NULL
            AND w.due_at <= t.test_clock))
    $$;

    CREATE FUNCTION scrip.count_due_work(p_now bigint) RETURNS TABLE (due bigint, leased bigint, parked bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      SELECT
        (SELECT count(*) FROM scrip.due_work AS w
          WHERE w.parked_at IS NULL AND greatest(w.try_at, w.due_at) <= p_now AND NOT (w.is_told AND EXISTS (
            SELECT FROM scrip.tenant t WHERE t.tenant = w.tenant AND t.test_clock IS NOT NULL)))
        + (SELECT count(*) FROM scrip.tenant t JOIN scrip.due_work AS w ON w.tenant = t.tenant
          WHERE t.test_clock IS NOT NULL AND w.is_told AND w.parked_at IS NULL AND w.due_at <= t.test_clock
            AND coalesce(w.try_at, p_now) <= p_now),
        count(*) FILTER (WHERE h.parked_at IS NULL AND h.try_at > p_now), count(h.parked_at)
      FROM scrip.due_work AS h WHERE h.parked_at IS NOT NULL OR h.lease_holder IS NOT NULL
    $$;

    REVOKE ALL ON FUNCTION scrip.claim_due_work(text[], bigint, bigint, uuid, bigint), scrip.next_due_work(text[]),
      scrip.count_due_work(bigint) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION scrip.claim_due_work(text[], bigint, bigint, uuid, bigint), scrip.next_due_work(text[]),
      scrip.count_due_work(bigint) TO scrip_app;
    """

  static let dropDueFunctions: StaticString = """
    DROP FUNCTION scrip.count_due_work(bigint);
    DROP FUNCTION scrip.next_due_work(text[]);
    DROP FUNCTION scrip.claim_due_work(text[], bigint, bigint, uuid, bigint);
    """
}
