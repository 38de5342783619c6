extension PostgresMigration {
  /// `validate_coupon` for callers that speak SQL and no HTTP, over the tables that the service keeps.
  static let validation = PostgresMigration(
    step: 4, name: "validate_coupon",
    up: [moneyFunctions, codeFunctions, couponJudgement, firstJudgement, validateCoupon],
    down: [dropValidation], oldestProgram: 4)

  /// What was typed, brought to the form under which it is stored, as `CouponCode` does it.
  ///
  /// - `canonical_code`: compatibility forms folded (NFKC), white space and format characters dropped, ASCII letters
  ///   raised without a locale; NULL if that is no code.
  /// - `code_spellings`: the generated codes that a canonical code may stand for, the likeliest first.
  private static let codeFunctions: StaticString = #"""
    CREATE FUNCTION scrip.canonical_code(p_typed text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT CASE WHEN octet_length(p_typed) <= 400 AND folded COLLATE "C" ~ '^[A-Z0-9][A-Z0-9_-]{2,39}$' THEN folded END
      FROM (SELECT translate(
        regexp_replace(normalize(p_typed, NFKC),
          '[\u0009-\u000D\u0020\u0085\u00A0\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u1680\u180E'
          '\u2000-\u200F\u2028-\u202F\u205F-\u2064\u2066-\u206F\u3000\uFEFF\uFFF9-\uFFFB\U000110BD\U000110CD'
          '\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0001\U000E0020-\U000E007F]', '', 'g'),
        'abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') AS folded) AS typed
    $$;

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
    """#

  /// - `currency_exponent`: how many decimals a currency's amounts have; NULL for one that is not known.
  /// - `major`: minor units as a number of major ones.
  /// - `rounded`: an exact fraction made whole by one of the tenant's three modes; both parts are not negative.
  private static let moneyFunctions: StaticString = """
    CREATE FUNCTION scrip.currency_exponent(p_currency text) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT CASE
        WHEN p_currency = ANY (string_to_array(
          'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF', ' ')) THEN 0
        WHEN p_currency = ANY (string_to_array(
          'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF '
          'CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD '
          'HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT '
          'MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR '
          'SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS '
          'VED VES WST XCD XCG YER ZAR ZMW ZWG', ' ')) THEN 2
        WHEN p_currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') THEN 3
        WHEN p_currency IN ('CLF', 'UYW') THEN 4
      END
    $$;

    CREATE FUNCTION scrip.major(p_minor bigint, p_exponent integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT round(p_minor / (10::numeric ^ p_exponent), p_exponent)
    $$;

    CREATE FUNCTION scrip.rounded(p_part numeric, p_whole numeric, p_rounding text) RETURNS numeric
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
      SELECT div(p_part, p_whole) + CASE
        WHEN p_rounding = 'down' OR 2 * mod(p_part, p_whole) < p_whole THEN 0
        WHEN p_rounding = 'half_even' AND 2 * mod(p_part, p_whole) = p_whole THEN mod(div(p_part, p_whole), 2)
        ELSE 1 END
    $$;
    """

  private static let dropValidation: StaticString = """
    DROP FUNCTION scrip.validate_coupon(text, text, numeric, text);
    DROP FUNCTION scrip.coupon_refusal(text, text);
    DROP FUNCTION scrip.judged_coupon(scrip.tenant, text, text, numeric, text);
    DROP FUNCTION scrip.uses_counted(bigint, uuid, text);
    DROP FUNCTION scrip.has_amount(jsonb, text);
    DROP FUNCTION scrip.opened_coupon(bigint, text);
    DROP TYPE scrip.opened_coupon;
    DROP FUNCTION scrip.code_spellings(text);
    DROP FUNCTION scrip.canonical_code(text);
    DROP FUNCTION scrip.rounded(numeric, numeric, text);
    DROP FUNCTION scrip.major(bigint, integer);
    DROP FUNCTION scrip.currency_exponent(text);
    """
}
