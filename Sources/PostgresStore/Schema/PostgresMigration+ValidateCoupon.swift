extension PostgresMigration {
  /// - `opened_coupon`: the coupon that a code opens with its terms, or NULLs; codes of archived coupons open nothing.
  ///   Only one that is not found is looked for in the other spellings of generated codes.
  /// - `coupon_refusal`: the answer for a reason, in words that callers of older coupon functions know where there are
  ///   such words.
  ///
  /// They run for every keystroke of a checkout, so what costs a query is asked only where the terms call for it.
  static let couponJudgement: StaticString = """
    CREATE TYPE scrip.opened_coupon AS (
      id uuid, state smallint, starts_at bigint, ends_at bigint, uses bigint, owner text,
      code text, code_limit bigint, code_uses bigint, terms jsonb);

    CREATE FUNCTION scrip.opened_coupon(p_tenant bigint, p_canonical text) RETURNS scrip.opened_coupon
    LANGUAGE plpgsql STABLE AS $$
    DECLARE
      v_coupon scrip.opened_coupon;
      v_spelling text := p_canonical;
      v_others text[];
    BEGIN
      FOR v_place IN 0..18 LOOP
        SELECT coupon.id, coupon.state, coupon.starts_at, coupon.ends_at, coupon.locked + coupon.redeemed,
            coalesce(found.owner, coupon.owner), found.canonical, found.use_limit, found.used, version.terms
          INTO v_coupon
          FROM scrip.code AS found
          JOIN scrip.coupon ON coupon.tenant = found.tenant AND coupon.id = found.coupon_id AND coupon.state <> 3
          JOIN scrip.coupon_version AS version ON version.tenant = coupon.tenant AND version.coupon_id = coupon.id
            AND version.version = coupon.version
          WHERE found.tenant = p_tenant AND found.canonical = v_spelling AND (v_place = 0 OR found.is_generated);
        EXIT WHEN FOUND;
        v_others := coalesce(v_others, scrip.code_spellings(p_canonical));
        v_spelling := v_others[v_place + 1];
        EXIT WHEN v_spelling IS NULL;
      END LOOP;
      RETURN v_coupon;
    END
    $$;

    CREATE FUNCTION scrip.has_amount(p_amounts jsonb, p_currency text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT p_amounts IS NULL OR p_amounts = '{}' OR coalesce(p_amounts ? p_currency, false)
    $$;

    CREATE FUNCTION scrip.uses_counted(p_tenant bigint, p_coupon_id uuid, p_counter text) RETURNS bigint
    LANGUAGE sql STABLE AS $$
      SELECT coalesce((SELECT used FROM scrip.counter
        WHERE tenant = p_tenant AND coupon_id = p_coupon_id AND counter = p_counter), 0)
    $$;

    CREATE FUNCTION scrip.coupon_refusal(p_reason text, p_detail text) RETURNS json
    LANGUAGE sql IMMUTABLE AS $$
      SELECT json_build_object('valid', false, 'error', CASE p_reason
        WHEN 'not_started' THEN 'Coupon not yet valid'
        WHEN 'expired' THEN 'Coupon has expired'
        WHEN 'identity_required' THEN 'This coupon is only for known customers; please sign in'
        WHEN 'currency_required' THEN 'This coupon has amounts in several currencies; name one'
        WHEN 'currency_mismatch' THEN format('This coupon can''t be used in %s', p_detail)
        WHEN 'needs_quote' THEN 'This coupon needs a quote: it depends on more than the order''s total'
        WHEN 'minimum_not_reached' THEN format('Minimum order value of %s required', p_detail)
        WHEN 'usage_limit_reached' THEN 'Coupon usage limit reached'
        WHEN 'code_limit_reached' THEN 'Coupon usage limit reached'
        WHEN 'user_limit_reached' THEN 'You have already used this coupon'
        WHEN 'period_limit_reached' THEN 'Coupon usage limit reached'
        WHEN 'budget_exhausted' THEN 'Coupon usage limit reached'
        WHEN 'no_effect' THEN 'This coupon would take nothing off this order'
        ELSE 'Invalid coupon code' END, 'reason', p_reason)
    $$;
    """

  /// `judged_coupon`: the answer for a tenant, in the order of `RefusalReason`. What it can't judge from a code, a
  /// user and a total is left to a quote, once everything that comes first has been judged.
  ///
  /// A later step has replaced it; this is what going back brings again.
  static let firstJudgement: StaticString = """
    CREATE FUNCTION scrip.judged_coupon(
      p_tenant scrip.tenant, p_code text, p_user_id text, p_order_total numeric, p_currency text) RETURNS json
    LANGUAGE plpgsql STABLE AS $$
    DECLARE
      v_now bigint := extract(epoch FROM now()) * 1000000;
      v_canonical text := scrip.canonical_code(p_code);
      v_coupon scrip.opened_coupon := scrip.opened_coupon(p_tenant.tenant, v_canonical);
      v_terms jsonb := v_coupon.terms;
      v_discount jsonb := v_terms -> 'discount';
      v_minimum jsonb := v_terms -> 'minimum';
      v_limits jsonb := v_terms -> 'limits';
      v_currency text := p_currency;
      v_currencies text[] := '{}';
      v_exponent integer;
      v_total numeric;
      v_per_user bigint;
      v_user_uses bigint;
      v_period_is_full boolean;
      v_budget_left bigint;
      v_capped numeric;
      v_amount numeric;
      v_reason text;
    BEGIN
      IF v_coupon.id IS NULL THEN
        RETURN scrip.coupon_refusal(CASE WHEN v_canonical IS NULL THEN 'code_malformed' ELSE 'unknown_code' END, NULL);
      END IF;
      IF v_currency IS NULL THEN
        v_currencies := ARRAY(SELECT DISTINCT jsonb_object_keys(map) FROM unnest(ARRAY[
          v_discount -> 'amounts', v_discount -> 'cap', v_minimum, v_limits -> 'budget']) AS map WHERE map IS NOT NULL);
        v_currency := CASE WHEN cardinality(v_currencies) = 1 THEN v_currencies[1] END;
      END IF;
      v_exponent := CASE WHEN v_currency IS NULL THEN 2 ELSE scrip.currency_exponent(v_currency) END;
      v_total := scrip.rounded(p_order_total * 10::numeric ^ v_exponent, 1, p_tenant.rounding);
      v_per_user := coalesce((v_limits ->> 'per_user')::bigint, CASE WHEN v_coupon.owner IS NOT NULL THEN 1 END);
      IF v_per_user IS NOT NULL AND p_user_id IS NOT NULL THEN
        v_user_uses := scrip.uses_counted(p_tenant.tenant, v_coupon.id, 'i:u:' || p_user_id);
      END IF;
      IF v_limits -> 'per_period' <> '[]' THEN
        v_period_is_full := EXISTS (
          SELECT FROM jsonb_to_recordset(v_limits -> 'per_period') AS limited (period text, total bigint)
          WHERE total <= scrip.uses_counted(p_tenant.tenant, v_coupon.id,
            format('p:%s:%s', period, date_trunc(period, now() AT TIME ZONE 'UTC')::date)));
      END IF;
      IF v_limits -> 'budget' ? v_currency THEN
        v_budget_left := greatest(0, (v_limits -> 'budget' ->> v_currency)::bigint
          - scrip.uses_counted(p_tenant.tenant, v_coupon.id, 'b:' || v_currency));
      END IF;
      v_capped := least(v_total, (v_discount -> 'cap' ->> v_currency)::numeric, CASE v_discount ->> 'type'
        WHEN 'percent' THEN
          scrip.rounded(v_total * (v_discount ->> 'percent')::numeric * 10000, 1000000, p_tenant.rounding)
        ELSE (v_discount -> 'amounts' ->> v_currency)::numeric END);
      v_amount := CASE WHEN v_limits ->> 'on_budget_short' = 'clip' AND v_budget_left > 0
        THEN least(v_capped, v_budget_left) ELSE v_capped END;
      v_reason := CASE
        WHEN v_coupon.state = 0 THEN 'coupon_not_active'
        WHEN v_coupon.state = 2 THEN 'coupon_disabled'
        WHEN v_now < v_coupon.starts_at THEN 'not_started'
        WHEN v_now >= v_coupon.ends_at THEN 'expired'
        WHEN v_coupon.owner IS NOT NULL AND p_user_id IS NULL THEN 'identity_required'
        WHEN v_coupon.owner <> p_user_id THEN 'owner_mismatch'
        WHEN v_currency IS NULL AND cardinality(v_currencies) > 1 THEN 'currency_required'
        WHEN NOT (scrip.has_amount(v_discount -> 'amounts', v_currency) AND scrip.has_amount(v_minimum, v_currency)
          AND scrip.has_amount(v_discount -> 'cap', v_currency) AND scrip.has_amount(v_limits -> 'budget', v_currency))
          THEN 'currency_mismatch'
        WHEN v_discount ->> 'type' = 'shipping' OR v_terms ->> 'scope' <> 'order' OR v_terms ->> 'rules' IS NOT NULL
          OR v_terms ->> 'eligible_lines' IS NOT NULL OR v_terms ->> 'seller_id' IS NOT NULL THEN 'needs_quote'
        WHEN v_total < (v_minimum ->> v_currency)::bigint THEN 'minimum_not_reached'
        WHEN v_coupon.uses >= (v_limits ->> 'total')::bigint THEN 'usage_limit_reached'
        WHEN v_coupon.code_uses >= coalesce(v_coupon.code_limit, (v_limits ->> 'per_code')::bigint)
          THEN 'code_limit_reached'
        WHEN v_user_uses >= v_per_user THEN 'user_limit_reached'
        WHEN v_period_is_full THEN 'period_limit_reached'
        WHEN v_budget_left = 0 THEN 'budget_exhausted'
        WHEN v_capped = 0 THEN 'no_effect'
        WHEN v_amount > v_budget_left THEN 'budget_exhausted' END;
      IF v_reason IS NOT NULL THEN
        RETURN scrip.coupon_refusal(v_reason, CASE v_reason
          WHEN 'currency_mismatch' THEN v_currency
          WHEN 'minimum_not_reached' THEN CASE v_currency WHEN 'INR' THEN '₹' ELSE v_currency || ' ' END
            || scrip.major((v_minimum ->> v_currency)::bigint, v_exponent) END);
      END IF;
      RETURN json_build_object('valid', true, 'coupon_id', v_coupon.id, 'code', v_coupon.code,
        'discount_amount', scrip.major(v_amount::bigint, v_exponent),
        'discount_type', CASE v_discount ->> 'type' WHEN 'percent' THEN 'percentage' ELSE 'fixed' END,
        'discount_value', coalesce((v_discount ->> 'percent')::numeric,
          scrip.major((v_discount -> 'amounts' ->> v_currency)::bigint, v_exponent)),
        'currency', v_currency, 'provisional', p_user_id IS NULL AND v_per_user IS NOT NULL);
    END
    $$;
    """

  /// The function that callers see: finds out whom it works for, and refuses what is no question at all.
  ///
  /// It reads with the rights of the role that migrated, so that an end user can ask about a code without being able
  /// to list codes. Somebody who is no service asks for themselves alone, and learns no more than the words.
  ///
  /// A later step has replaced it; this is what going back brings again.
  static let validateCoupon: StaticString = """
    CREATE FUNCTION scrip.validate_coupon(
      p_code text, p_user_id text, p_order_total numeric, p_currency text DEFAULT NULL) RETURNS json
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
      v_caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
      v_serves boolean := pg_has_role(v_caller, 'scrip_app', 'USAGE') OR pg_has_role(v_caller, 'scrip_admin', 'USAGE');
      v_user_id text := nullif(p_user_id, '');
      v_currency text := coalesce(nullif(p_currency, ''), nullif(current_setting('scrip.currency', true), ''));
      v_tenants text[] := string_to_array(nullif(current_setting('scrip.tenants', true), ''), ',');
      v_tenant scrip.tenant;
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
      v_answer := scrip.judged_coupon(v_tenant, p_code, v_user_id, p_order_total, v_currency);
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
}
