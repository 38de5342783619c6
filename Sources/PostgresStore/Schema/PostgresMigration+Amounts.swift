extension PostgresMigration {
  /// Amounts as the library has them.
  ///
  /// - `currency_exponent`: how many decimals a currency's amounts have; NULL for one that is not known.
  /// - `major`: minor units as a number of major ones.
  /// - `rounded`: an exact fraction made whole by one of the tenant's three modes; both parts are not negative.
  static let amountFunctions: StaticString = """
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

  static let dropAmountFunctions: StaticString = """
    DROP FUNCTION scrip.rounded(numeric, numeric, text);
    DROP FUNCTION scrip.major(bigint, integer);
    DROP FUNCTION scrip.currency_exponent(text);
    """
}
