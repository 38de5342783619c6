extension PostgresMigration {
  /// `validate_coupon` for callers that speak SQL and no HTTP, over the tables that the service keeps. It finds out whom
  /// it works for, and refuses what is no question at all. Letters of currencies are raised without a locale, as
  /// `Currency` does it.
  ///
  /// It reads with the rights of the role that migrated, so that an end user can ask about a code without being able
  /// to list codes. Somebody who is no service asks for themselves alone, and learns no more than the words.
  static let validateCoupon: StaticString = """
    CREATE FUNCTION scrip.validate_coupon(
      p_code text, p_user_id text, p_order_total numeric, p_currency text DEFAULT NULL) RETURNS json
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      v_caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
      v_serves boolean := pg_has_role(v_caller, 'scrip_app', 'USAGE') OR pg_has_role(v_caller, 'scrip_admin', 'USAGE');
      v_user_id text := nullif(p_user_id, '');
      v_currency text := upper(coalesce(nullif(p_currency, ''), nullif(current_setting('scrip.currency', true), ''))
        COLLATE "C");
      v_tenants text[] := string_to_array(nullif(current_setting('scrip.tenants', true), ''), ',');
      v_tenant scrip.tenant;
      v_person text;
      v_answer json;
    BEGIN
      SELECT * INTO v_tenant FROM scrip.tenant WHERE cardinality(v_tenants) = 1 AND tenant = v_tenants[1]::bigint;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'scrip.tenants must name exactly one tenant that exists' USING ERRCODE = 'invalid_parameter_value';
      END IF;
      IF NOT v_serves AND v_user_id <> coalesce(current_setting('scrip.user_id', true), '') THEN
        RAISE EXCEPTION 'p_user_id must be the user that scrip.user_id names' USING ERRCODE = 'insufficient_privilege';
      END IF;
      IF v_currency IS NOT NULL AND scrip.currency_exponent(v_currency) IS NULL THEN
        RAISE EXCEPTION 'p_currency must be an ISO 4217 code' USING ERRCODE = 'invalid_parameter_value';
      END IF;
      IF p_order_total IS NULL OR p_order_total NOT BETWEEN 0 AND 900000000000000 THEN
        RAISE EXCEPTION 'p_order_total must be an amount of 0 to 900 000 000 000 000'
          USING ERRCODE = 'invalid_parameter_value';
      END IF;
      -- Somebody of whom nothing is known has used nothing and owns nothing.
      IF v_user_id IS NOT NULL THEN
        v_person := coalesce(scrip.pseudonym(v_tenant.tenant, v_user_id), '');
      END IF;
      v_answer := scrip.judged_coupon(v_tenant, p_code, v_person, p_order_total, v_currency);
      IF v_serves OR (v_answer ->> 'valid')::boolean THEN
        RETURN v_answer;
      END IF;
      RETURN json_build_object('valid', false, 'error', v_answer ->> 'error');
    END
    $$;

    REVOKE ALL ON FUNCTION scrip.opened_coupon(bigint, text), scrip.uses_counted(bigint, uuid, text),
      scrip.judged_coupon(scrip.tenant, text, text, numeric, text),
      scrip.validate_coupon(text, text, numeric, text) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION scrip.validate_coupon(text, text, numeric, text) TO scrip_app, scrip_admin, scrip_user;
    """

  static let dropValidateCoupon: StaticString = """
    DROP FUNCTION scrip.validate_coupon(text, text, numeric, text);
    DROP FUNCTION scrip.judged_coupon(scrip.tenant, text, text, numeric, text);
    """
}
