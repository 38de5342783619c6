extension PostgresMigration {
  /// `judged_coupon`: the answer for a tenant and a pseudonym, in the order of `RefusalReason`. What it can't judge from
  /// a code, a user and a total is left to a quote, once everything that comes first has been judged.
  ///
  /// What goods cost is nobody's setting: a total becomes money half-up whatever way the tenant rounds discounts in,
  /// and an order has a highest total.
  static let judgedCoupon: StaticString = """
    CREATE FUNCTION scrip.judged_coupon(
      p_tenant scrip.tenant, p_code text, p_person text, p_order_total numeric, p_currency text) RETURNS json
    LANGUAGE plpgsql STABLE AS $$
    DECLARE
      v_now bigint := coalesce(p_tenant.test_clock, extract(epoch FROM now()) * 1000000);
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
      v_total := scrip.rounded(p_order_total * 10::numeric ^ v_exponent, 1, 'half_up');
      IF v_total > 9007199254740991 THEN
        RAISE EXCEPTION 'p_order_total must be at most 9007199254740991 minor units'
          USING ERRCODE = 'invalid_parameter_value';
      END IF;
      v_per_user := coalesce((v_limits ->> 'per_user')::bigint, CASE WHEN v_coupon.owner IS NOT NULL THEN 1 END);
      IF v_per_user IS NOT NULL AND p_person IS NOT NULL THEN
        v_user_uses := scrip.uses_counted(p_tenant.tenant, v_coupon.id, 'i:u:' || p_person);
      END IF;
      IF v_limits -> 'per_period' <> '[]' THEN
        v_period_is_full := EXISTS (
          SELECT FROM jsonb_to_recordset(v_limits -> 'per_period') AS limited (period text, total bigint)
          WHERE total <= scrip.uses_counted(p_tenant.tenant, v_coupon.id,
            format('p:%s:%s', period, date_trunc(period,
              scrip.moment(v_now) AT TIME ZONE 'UTC')::date)));
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
        WHEN v_terms -> 'billing' ->> 'at_checkout' = 'false' THEN 'billing_only'
        WHEN v_now < v_coupon.starts_at THEN 'not_started'
        WHEN v_now >= v_coupon.ends_at THEN 'expired'
        WHEN v_coupon.owner IS NOT NULL AND p_person IS NULL THEN 'identity_required'
        WHEN v_coupon.owner <> p_person THEN 'owner_mismatch'
        WHEN v_currency IS NULL AND cardinality(v_currencies) > 1 THEN 'currency_required'
        WHEN NOT (scrip.has_amount(v_discount -> 'amounts', v_currency) AND scrip.has_amount(v_minimum, v_currency)
          AND scrip.has_amount(v_discount -> 'cap', v_currency) AND scrip.has_amount(v_limits -> 'budget', v_currency))
          THEN 'currency_mismatch'
        WHEN v_discount ->> 'type' IN ('shipping', 'decimal') OR v_terms ->> 'scope' <> 'order' OR v_terms ->> 'rules' IS NOT NULL
          OR v_terms ->> 'eligible_lines' IS NOT NULL OR v_terms ->> 'seller_id' IS NOT NULL
          OR v_terms ->> 'campaign_id' IS NOT NULL THEN 'needs_quote'
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
        'currency', v_currency, 'provisional', p_person IS NULL AND v_per_user IS NOT NULL);
    END
    $$;
    """
}
