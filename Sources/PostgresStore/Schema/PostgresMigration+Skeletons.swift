extension PostgresMigration {
  /// Finds codes by their skeletons: without hyphens, O read as 0, I and L as 1. PostgreSQL makes each itself, so that no
  /// row, of whatever program, can have another skeleton than its own. It is a column, because a policy keeps functions
  /// of other columns from being looked up. Two digits of its length stand first, so that the codes of a pattern are counted
  /// among codes of their length.
  static let skeletons = PostgresMigration(
    step: 11, name: "skeletons of codes",
    up: [
      """
      ALTER TABLE scrip.code ADD COLUMN skeleton text COLLATE "C" GENERATED ALWAYS AS (
        lpad(length(replace(canonical, '-', ''))::text, 2, '0') || translate(replace(canonical, '-', ''), 'OIL', '011')
      ) STORED;
      CREATE INDEX code_of_skeleton ON scrip.code (tenant, skeleton);
      """
    ],
    down: ["ALTER TABLE scrip.code DROP COLUMN skeleton"], oldestProgram: 4)

  /// `validate_coupon` finds generated codes as the service does.
  static let skeletonSearch = PostgresMigration(
    step: 13, name: "codes found by skeleton", up: [openedBySkeleton],
    down: [openedBySpelling], oldestProgram: 4)

  private static let openedBySkeleton: StaticString = """
    CREATE OR REPLACE FUNCTION scrip.opened_coupon(p_tenant bigint, p_canonical text) RETURNS scrip.opened_coupon
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

    DROP FUNCTION scrip.code_spellings(text);
    """

  private static let openedBySpelling: StaticString = """
    CREATE FUNCTION scrip.code_spellings(p_canonical text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
      v_plain text := replace(p_canonical, '-', '');
      v_letter text;
      v_spellings text[] := ARRAY[''];
    BEGIN
      IF scrip.canonical_code(v_plain) IS NULL THEN
        RETURN ARRAY[]::text[];
      END IF;
      IF 2 ^ regexp_count(v_plain, '[0O]') * 3 ^ regexp_count(v_plain, '[1IL]') > 18 THEN
        RETURN ARRAY[v_plain];
      END IF;
      FOREACH v_letter IN ARRAY string_to_array(v_plain, NULL) LOOP
        v_spellings := ARRAY(SELECT spelling || twin FROM unnest(v_spellings) AS spelling, unnest(CASE
          WHEN v_letter IN ('0', 'O') THEN ARRAY['0', 'O']
          WHEN v_letter IN ('1', 'I', 'L') THEN ARRAY['1', 'I', 'L']
          ELSE ARRAY[v_letter] END) AS twin);
      END LOOP;
      RETURN v_plain || ARRAY(SELECT spelling FROM unnest(v_spellings) AS spelling
        WHERE spelling <> v_plain ORDER BY spelling COLLATE "C");
    END
    $$;

    CREATE OR REPLACE FUNCTION scrip.opened_coupon(p_tenant bigint, p_canonical text) RETURNS scrip.opened_coupon
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
    """
}
