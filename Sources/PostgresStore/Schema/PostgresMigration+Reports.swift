extension PostgresMigration {
  /// - `moment`, `microseconds`: from stored moments to `timestamptz` and back, exactly.
  /// - `public_id`: an identifier as the API shows it, `coupon_` and 26 characters of Crockford's base 32.
  static let readableForms: StaticString = """
    CREATE FUNCTION scrip.moment(p_microseconds bigint) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      -- Days by themselves: an interval is multiplied as a double, which has no microseconds in far years.
      SELECT (timestamp '1970-01-01' + make_interval(days => (p_microseconds / 86400000000)::integer)
        + p_microseconds % 86400000000 * interval '1 microsecond') AT TIME ZONE 'UTC'
    $$;

    CREATE FUNCTION scrip.microseconds(p_moment timestamptz) RETURNS bigint
    LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
      SELECT (extract(epoch FROM p_moment) * 1000000)::bigint
    $$;

    CREATE FUNCTION scrip.public_id(p_prefix text, p_id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT p_prefix || '_' || string_agg(
        substr('0123456789abcdefghjkmnpqrstvwxyz', substring(bits FROM 5 * n + 1 FOR 5)::integer + 1, 1), '' ORDER BY n)
      FROM (SELECT B'00' || ('x' || replace(p_id::text, '-', ''))::bit(128) AS bits) AS id, generate_series(0, 25) AS n
    $$;
    """

  /// Views for people: amounts in major units, moments as `timestamptz`, states as words, identifiers as the API shows
  /// them. The caller's own rights and policies count (`security_invoker`).
  static let views: StaticString = """
    CREATE VIEW scrip.coupon_report WITH (security_invoker = true) AS
    SELECT coupon.tenant, scrip.public_id('coupon', coupon.id) AS coupon_id, v.terms::jsonb ->> 'name' AS name,
      (ARRAY['draft', 'active', 'disabled', 'archived'])[coupon.state + 1] AS state,
      v.terms::jsonb -> 'discount' AS discount,
      scrip.moment(coupon.starts_at) AS starts_at, scrip.moment(coupon.ends_at) AS ends_at,
      coupon.locked, coupon.redeemed, coupon.limit_total,
      greatest(0, coupon.limit_total - coupon.locked - coupon.redeemed) AS uses_left,
      coupon.owner, coupon.seller_id, coupon.version,
      scrip.moment(coupon.created_at) AS created_at, scrip.moment(coupon.updated_at) AS updated_at, coupon.id
    FROM scrip.coupon
    JOIN scrip.coupon_version AS v ON v.tenant = coupon.tenant AND v.coupon_id = coupon.id AND v.version = coupon.version;

    CREATE VIEW scrip.usage_report WITH (security_invoker = true) AS
    SELECT tenant, scrip.public_id('usage', id) AS usage_id,
      scrip.public_id('application', application_id) AS application_id,
      scrip.public_id('coupon', coupon_id) AS coupon_id, code, order_id, buyer,
      (ARRAY['locked', 'redeemed', 'released'])[state + 1] AS state,
      (ARRAY['requested', 'expired', 'revoked', 'canceled', 'fully_refunded', 'no_longer_applies'])[
        release_cause + 1] AS release_cause,
      scrip.major(amount, scrip.currency_exponent(currency)) AS discount, currency, over_limit,
      scrip.moment(locked_at) AS locked_at, scrip.moment(expires_at) AS expires_at,
      scrip.moment(settled_at) AS settled_at, locked_at AS locked_at_microseconds
    FROM scrip.usage;

    CREATE VIEW scrip.usage_by_day_report WITH (security_invoker = true) AS
    SELECT tenant, coupon_id AS id, scrip.public_id('coupon', coupon_id) AS coupon_id,
      (scrip.moment(locked_at) AT TIME ZONE 'UTC')::date AS day, currency,
      count(*) AS uses, count(DISTINCT buyer) AS buyers,
      sum(scrip.major(amount, scrip.currency_exponent(currency))) AS discount
    FROM scrip.usage
    WHERE state < 2
    GROUP BY tenant, coupon_id, day, currency;

    CREATE VIEW scrip.event_report WITH (security_invoker = true) AS
    SELECT tenant, position, CASE stream_kind WHEN 0 THEN 'tenant' WHEN 1 THEN scrip.public_id('coupon', stream)
        WHEN 2 THEN scrip.public_id('campaign', stream)
        WHEN 3 THEN scrip.public_id('order', stream)
        WHEN 4 THEN scrip.public_id('subscription', stream)
        WHEN 5 THEN scrip.public_id('invoice', stream)
        ELSE scrip.public_id('stream' || stream_kind, stream) END AS stream,
      sequence, type, scrip.moment(at) AS at, actor, request_id, convert_from(payload, 'UTF8') AS payload
    FROM scrip.event;

    GRANT SELECT ON scrip.coupon_report, scrip.usage_report, scrip.usage_by_day_report, scrip.event_report
      TO scrip_report, scrip_admin;
    """

  /// What an end user may read of the terms of the coupons that they see: not the rules, which may name others, and
  /// not the caller's notes. The view reads terms with its owner's rights and so asks for itself which coupons.
  static let offers: StaticString = """
    CREATE VIEW scrip.offer WITH (security_barrier = true) AS
    SELECT coupon.tenant, scrip.public_id('coupon', coupon.id) AS coupon_id, t ->> 'name' AS name,
      t -> 'discount' AS discount, t ->> 'scope' AS scope, t -> 'minimum' AS minimum,
      scrip.moment(coupon.starts_at) AS starts_at, scrip.moment(coupon.ends_at) AS ends_at,
      coupon.owner IS NOT NULL AS is_personal, coupon.id
    FROM scrip.coupon
    JOIN scrip.coupon_version AS v ON v.tenant = coupon.tenant AND v.coupon_id = coupon.id AND v.version = coupon.version
    CROSS JOIN LATERAL (SELECT v.terms::jsonb AS t) AS read
    WHERE scrip.is_offered(coupon);

    GRANT SELECT ON scrip.offer TO scrip_user;
    """

  static let dropOffers: StaticString = "DROP VIEW scrip.offer"

  static let dropViews: StaticString = """
    DROP VIEW scrip.event_report;
    DROP VIEW scrip.usage_by_day_report;
    DROP VIEW scrip.usage_report;
    DROP VIEW scrip.coupon_report;
    DROP FUNCTION scrip.public_id(text, uuid);
    DROP FUNCTION scrip.microseconds(timestamptz);
    DROP FUNCTION scrip.moment(bigint);
    """
}
