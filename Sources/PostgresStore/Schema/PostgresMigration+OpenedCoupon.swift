extension PostgresMigration {
  /// - `opened_coupon`: the coupon that a code opens with its terms, or NULLs; codes of archived coupons open nothing. One
  ///   that is not found is looked for among generated codes by its skeleton, as the service does.
  /// - `coupon_refusal`: the answer for a reason, in words that callers of older coupon functions know where there are
  ///   such words.
  ///
  /// They run for every keystroke of a checkout, so what costs a query is asked only where the terms call for it.
  static let openedCoupon: StaticString = """
    CREATE TYPE scrip.opened_coupon AS (
      id uuid, state smallint, starts_at bigint, ends_at bigint, uses bigint, owner text,
      code text, code_limit bigint, code_uses bigint, terms jsonb);

    CREATE FUNCTION scrip.opened_coupon(p_tenant bigint, p_canonical text) RETURNS scrip.opened_coupon
    LANGUAGE plpgsql STABLE AS $$
    DECLARE
      v_coupon scrip.opened_coupon;
      v_found text := p_canonical;
    BEGIN
      FOR v_try IN 1..2 LOOP
        SELECT coupon.id, coupon.state, coupon.starts_at, coupon.ends_at, coupon.locked + coupon.redeemed,
            coalesce(found.owner, coupon.owner), found.canonical, found.use_limit, found.used, version.terms
          INTO v_coupon
          FROM scrip.code AS found
          JOIN scrip.coupon ON coupon.tenant = found.tenant AND coupon.id = found.coupon_id AND coupon.state <> 3
          JOIN scrip.coupon_version AS version ON version.tenant = coupon.tenant AND version.coupon_id = coupon.id
            AND version.version = coupon.version
          WHERE found.tenant = p_tenant AND found.canonical = v_found;
        EXIT WHEN FOUND OR v_try = 2;
        SELECT found.canonical INTO v_found
          FROM scrip.code AS found
          JOIN scrip.coupon ON coupon.tenant = found.tenant AND coupon.id = found.coupon_id AND coupon.state <> 3
          WHERE found.tenant = p_tenant AND found.is_generated
            AND found.skeleton = lpad(length(replace(p_canonical, '-', ''))::text, 2, '0')
              || translate(replace(p_canonical, '-', ''), 'OIL', '011')
          LIMIT 1;
        EXIT WHEN NOT FOUND;
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
        WHERE tenant = p_tenant AND holder_id = p_coupon_id AND counter = p_counter), 0)
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

  static let dropOpenedCoupon: StaticString = """
    DROP FUNCTION scrip.coupon_refusal(text, text);
    DROP FUNCTION scrip.uses_counted(bigint, uuid, text);
    DROP FUNCTION scrip.has_amount(jsonb, text);
    DROP FUNCTION scrip.opened_coupon(bigint, text);
    DROP TYPE scrip.opened_coupon;
    """
}
