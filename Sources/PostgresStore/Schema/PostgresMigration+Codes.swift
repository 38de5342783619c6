extension PostgresMigration {
  /// What was typed, brought to the form under which it is stored, as `CouponCode` does it; NULL if that is no code: Latin
  /// letters with marks, digits and some signs.
  ///
  /// - `code_trimmed`: without white space, controls, invisible characters, quotation marks and full stops at the ends.
  /// - `code_raised`: letters that codes may have, raised by simple case mapping.
  ///
  /// Written in steps: of nested queries each would be computed as often as the one above it names it.
  static let codeFunctions: StaticString = #"""
    CREATE FUNCTION scrip.code_trimmed(p_typed text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT regexp_replace(p_typed, '^[' || around || ']+|[' || around || ']+$', '', 'g')
      FROM (SELECT
          '"''`.\u00AB\u00B4\u00BB\u2018-\u201F\u2024-\u2026\u2032\u2033\u2035\u2036\u2039\u203A\u275B-\u275E\u2E42\u3002\u300C-\u300F'
          '\u301D-\u301F\uFE52\uFF02\uFF07\uFF0E\uFF40\uFF61-\uFF63'
          '\u0001-\u001F\u007F-\u009F\u2028\u2029\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000'
          '\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB'
          '\U000110BD\U000110CD\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0001\U000E0020-\U000E007F' AS around) AS dropped
    $$;

    CREATE FUNCTION scrip.code_raised(p_text text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
      SELECT translate(p_text,
        'abcdefghijklmnopqrstuvwxyz'
        'àáâãäåæçèéêëìíîïðñòóôõöøùúûüýþÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧ'
        'ũūŭůűųŵŷźżžƀƃƅƈƌƒƕƙƚƞơƣƥƨƭưƴƶƹƽƿǎǐǒǔǖǘǚǜǝǟǡǣǥǧǩǫǭǯǵǹǻǽǿȁȃȅȇȉȋȍȏȑȓȕȗșțȝȟȣȥȧȩȫȭȯȱȳ'
        'ȼȿɀɂɇɉɋɍɏɓɔɖɗəɛɠɣɨɩɯɲɵʀʃʈʉʊʋʌʒḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣ'
        'ṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕẞạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỻỽỿⱥⱦ',
        'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
        'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞŸĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮIĴĶĹĻĽŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦ'
        'ŨŪŬŮŰŲŴŶŹŻŽɃƂƄƇƋƑǶƘȽȠƠƢƤƧƬƯƳƵƸƼǷǍǏǑǓǕǗǙǛƎǞǠǢǤǦǨǪǬǮǴǸǺǼǾȀȂȄȆȈȊȌȎȐȒȔȖȘȚȜȞȢȤȦȨȪȬȮȰȲ'
        'ȻⱾⱿɁɆɈɊɌɎƁƆƉƊƏƐƓƔƗƖƜƝƟƦƩƮɄƱƲɅƷḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞṠṢ'
        'ṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔßẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾȺȾ')
    $$;

    CREATE FUNCTION scrip.canonical_code(p_typed text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
    DECLARE
      trimmed text;
      folded text;
      signs text;
    BEGIN
      IF octet_length(p_typed) > 400 THEN RETURN NULL; END IF;
      trimmed := scrip.code_trimmed(p_typed);
      IF trimmed COLLATE "C" ~ '[\u0001-\u001F\u007F-\u009F\u2028\u2029]' THEN RETURN NULL; END IF;
      folded := btrim(scrip.code_raised(translate(
        regexp_replace(normalize(trimmed, NFKC),
          '[\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000'
          '\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB'
          '\U000110BD\U000110CD\U00013430-\U0001343F\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0001\U000E0020-\U000E007F]', '', 'g'),
        U&'\2010\2011\2012\2013\2014\2015\2212', '-------')), '.');
      IF length(folded) NOT BETWEEN 1 AND 64 THEN RETURN NULL; END IF;
      signs := translate(folded,
          'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'
          'ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮİĴĶĹĻĽŁŃŅŇŊŌŎŐŒŔŖŘŚŜŞŠŢŤŦ'
          'ŨŪŬŮŰŲŴŶŸŹŻŽƁƂƄƆƇƉƊƋƎƏƐƑƓƔƖƗƘƜƝƟƠƢƤƦƧƩƬƮƯƱƲƳƵƷƸƼǍǏǑǓǕǗǙǛǞǠǢǤǦǨǪǬǮǰǴǶǷǸǺǼǾȀȂȄȆȈȊȌ'
          'ȎȐȒȔȖȘȚȜȞȠȢȤȦȨȪȬȮȰȲȺȻȽȾɁɃɄɅɆɈɊɌɎḀḂḄḆḈḊḌḎḐḒḔḖḘḚḜḞḠḢḤḦḨḪḬḮḰḲḴḶḸḺḼḾṀṂṄṆṈṊṌṎṐṒṔṖṘṚṜṞ'
          'ṠṢṤṦṨṪṬṮṰṲṴṶṸṺṼṾẀẂẄẆẈẊẌẎẐẒẔẖẗẘẙẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸỺỼỾⱾ'
          'Ɀ', '');
      IF length(signs) = length(folded) OR signs COLLATE "C" !~ '^[-_.%&+/@!$#]*$' THEN RETURN NULL; END IF;
      RETURN folded;
    END
    $$;
    """#

  static let dropCodeFunctions: StaticString = """
    DROP FUNCTION scrip.canonical_code(text);
    DROP FUNCTION scrip.code_raised(text);
    DROP FUNCTION scrip.code_trimmed(text);
    """
}
