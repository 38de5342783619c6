extension PostgresMigration {
  /// Which rows each role sees and writes. The settings `scrip.tenants` and `scrip.user_id` say whose a transaction sees.
  /// They guard against a forgotten condition. They are no secret: whoever may write SQL of their own under a role may
  /// also set them.
  ///
  /// The setting is read by a subquery without a reference to the row, so a
  /// statement evaluates it once and not for each row. The cast around it makes `ANY` take it as an array.
  ///
  /// The service's statements name their tenants, so its policy is only to look at the rows that they find: `IS TRUE`
  /// keeps it out of index conditions, where it would try each of the batch's tenants for each row. People's statements
  /// may leave the tenant to the policy, so theirs is a condition that an index serves.
  static let policies: StaticString = """
    DO $$
    DECLARE
      v_table text;
    BEGIN
      FOREACH v_table IN ARRAY ARRAY['tenant', 'coupon', 'coupon_version', 'code', 'counter', 'usage', 'event',
        'access_key', 'answer', 'person', 'projection', 'coupon_day', 'coupon_user', 'due_work', 'campaign',
        'shop_order', 'payment', 'payment_settings', 'mail_template', 'subscription', 'invoice', 'coupon_billing',
        'webhook', 'webhook_progress', 'webhook_delivery', 'webhook_replay',
        'inbox_mapping', 'inbox_message', 'inbox_order', 'fraud_settings', 'fraud_case'] LOOP
        EXECUTE format($policy$
          ALTER TABLE scrip.%1$I ENABLE ROW LEVEL SECURITY;

          CREATE POLICY of_batch ON scrip.%1$I TO scrip_app USING ((
            tenant = ANY ((SELECT string_to_array(
              nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[])) IS TRUE);

          CREATE POLICY of_tenants ON scrip.%1$I TO scrip_admin USING (
            tenant = ANY ((SELECT string_to_array(
              nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[]));

          CREATE POLICY of_all_or_some_tenants ON scrip.%1$I FOR SELECT TO scrip_report USING (
            (SELECT nullif(current_setting('scrip.tenants', true), '') IS NULL)
            OR tenant = ANY ((SELECT string_to_array(
              nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[]));
        $policy$, v_table);
      END LOOP;
    END
    $$;
    """

  /// What an end user sees: what everybody may use now, and what is their own: what carries the pseudonym that stands for
  /// `scrip.user_id` in one of the tenants. Codes only if they are their own: a
  /// public coupon's codes are not listed, not even counted.
  ///
  /// Policies of two tables that look at each other would never end. So the one on codes reads coupons, and the one
  /// on coupons asks a function that is not under policies.
  static let userPolicies: StaticString = """
    CREATE FUNCTION scrip.is_offered(p_coupon scrip.coupon) RETURNS boolean
    LANGUAGE sql STABLE AS $$
      SELECT p_coupon.tenant = ANY ((SELECT string_to_array(
          nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[])
        AND p_coupon.state = 1
        AND (p_coupon.starts_at IS NULL OR p_coupon.starts_at <= scrip.now_of(p_coupon.tenant))
        AND (p_coupon.ends_at IS NULL OR p_coupon.ends_at > scrip.now_of(p_coupon.tenant))
        AND (p_coupon.owner IS NULL OR p_coupon.owner = ANY ((SELECT scrip.own_pseudonyms())::text[])
          OR scrip.user_has_code_of(p_coupon.tenant, p_coupon.id))
    $$;

    CREATE POLICY offered_to_user ON scrip.coupon FOR SELECT TO scrip_user USING (scrip.is_offered(coupon));

    CREATE POLICY of_user ON scrip.code FOR SELECT TO scrip_user USING (
      tenant = ANY ((SELECT string_to_array(
        nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[])
      AND (owner = ANY ((SELECT scrip.own_pseudonyms())::text[])
        OR (owner IS NULL AND EXISTS (SELECT FROM scrip.coupon
          WHERE coupon.tenant = code.tenant AND coupon.id = code.coupon_id
            AND coupon.owner = ANY ((SELECT scrip.own_pseudonyms())::text[])))));

    CREATE POLICY of_user ON scrip.counter FOR SELECT TO scrip_user USING (
      tenant = ANY ((SELECT string_to_array(
        nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[])
      AND counter = ANY ((SELECT scrip.own_pseudonyms('i:u:'))::text[]));

    CREATE POLICY of_user ON scrip.usage FOR SELECT TO scrip_user USING (
      tenant = ANY ((SELECT string_to_array(
        nullif(current_setting('scrip.tenants', true), ''), ',')::bigint[])::bigint[])
      AND buyer = ANY ((SELECT scrip.own_pseudonyms('u:'))::text[]));
    """

  static let dropPolicies: StaticString = """
    DO $$
    DECLARE
      v_policy record;
    BEGIN
      FOR v_policy IN
        SELECT tablename, policyname FROM pg_catalog.pg_policies
        WHERE schemaname = (SELECT relnamespace::regnamespace::text FROM pg_catalog.pg_class
          WHERE oid = 'scrip.tenant'::regclass)
      LOOP
        EXECUTE format('DROP POLICY %I ON scrip.%I', v_policy.policyname, v_policy.tablename);
        EXECUTE format('ALTER TABLE scrip.%I DISABLE ROW LEVEL SECURITY', v_policy.tablename);
      END LOOP;
    END
    $$;
    DROP FUNCTION scrip.is_offered(scrip.coupon);
    """
}
