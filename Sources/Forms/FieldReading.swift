import JSON
import Scrip

/// How long the texts of callers may be, in characters.
enum TextLimit {
  /// User ids, product ids, order ids and the like.
  static let identifier = 200
  /// Channels, segments, categories, methods, groups.
  static let word = 100
  /// A decimal number or a moment.
  static let short = 64
}

extension CouponCode {
  /// How many characters may be typed for a code, with blanks and what else is dropped.
  static let typedCharactersMax = 400

  /// What a code must be, in words.
  public static let expectation =
    "a code of 1 to 64 letters, digits and signs (- _ . % & + / @ ! $ #), with at least one letter or digit"
}

/// The largest amount that JSON carries.
let amountMax = Money.minorUnitsMax

/// The code of a condition that this version does not know.
let unknownRule = "unknown_rule"

extension ValueReader {
  /// The caller's name for something, as long as ids may be.
  public func name<Subject>(_: ExactText<Subject>.Type) -> ExactText<Subject>? {
    string(minLength: 1, maxLength: TextLimit.identifier).map { ExactText($0) }
  }

  /// The caller's name for a person or a thing of theirs: one with nothing in it to see is a mistake.
  public func visibleName<Subject>(_ type: ExactText<Subject>.Type) -> ExactText<Subject>? {
    guard let name = name(type) else { return nil }
    if !name.text.isBlank { return name }
    refuse(.invalidValue, "must not be blank")
    return nil
  }

  /// The caller's name for something, as it was stored.
  func storedName<Subject>(_: ExactText<Subject>.Type) -> ExactText<Subject>? {
    string(maxLength: Int.max).map { ExactText($0) }
  }

  /// The caller's word for something, shorter than a name.
  func word<Subject>(_: ExactText<Subject>.Type) -> ExactText<Subject>? {
    string(minLength: 1, maxLength: TextLimit.word).map { ExactText($0) }
  }

  func identifier<Subject>() -> Identifier<Subject>? {
    parsed(maxLength: TextLimit.short, as: "an identifier that begins with \"\(Subject.prefix)_\"") {
      Identifier($0)
    }
  }

  func instant() -> Instant? {
    parsed(maxLength: TextLimit.short, as: "an RFC 3339 instant such as \"2026-11-20T08:00:00Z\"") {
      Instant(rfc3339: $0)
    }
  }

  func calendarDay() -> CalendarDay? {
    parsed(maxLength: TextLimit.short, as: "a date such as \"2026-11-20\"") { CalendarDay(iso8601: $0) }
  }

  func currency() -> Currency? {
    parsed(maxLength: TextLimit.short, as: "an ISO 4217 currency such as \"EUR\"") { Currency(anyCase: $0) }
  }

  /// Two upper-case letters, whether there is such a country or not.
  func countryText() -> Country? {
    parsed(maxLength: TextLimit.short, as: "an ISO 3166 country in two upper-case letters") { text in
      text.utf8.count == 2 && text.utf8.allSatisfy { $0 >= 0x41 && $0 <= 0x5A } ? Country(text) : nil
    }
  }

  /// Where a customer lives, as addresses have it: in any case, with space around it. What is not of the form of a
  /// country says nothing, as an unknown one does.
  ///
  /// - Returns: nil only after an error was recorded.
  func customerCountry() -> Country?? {
    // Text of any length and with any character in it: an address that somebody typed must not stop a price.
    guard let text = node.string() ?? string(maxLength: TextLimit.word) else { return nil }
    if let country = customerCountry(letters: text.utf8) { return country }
    var word = text.drop(while: \.isWhitespace)
    while word.last?.isWhitespace == true { word.removeLast() }
    return .some(customerCountry(letters: word.utf8))
  }

  /// Only ASCII letters have another case here: no other letter is a way to write a country.
  private func customerCountry(letters text: some Collection<UInt8>) -> Country? {
    guard text.count == 2 else { return nil }
    let letters = text.map { $0 >= 0x61 && $0 <= 0x7A ? $0 - 0x20 : $0 }
    guard letters.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else { return nil }
    return Country(String(decoding: letters, as: UTF8.self))
  }

  /// A country in a rule. What was stored is believed: it must stay readable whatever becomes of the list.
  func country() -> Country? {
    if isStored { return countryText() }
    guard let country = string(maxLength: TextLimit.short).map({ Country($0) }) else { return nil }
    if country.isAssigned { return country }
    let hint = country.suggestion.map { "; did you mean \"\($0)\"?" } ?? ""
    refuse(.invalidValue, "must be an ISO 3166 country in two upper-case letters\(hint)")
    return nil
  }

  func percent() -> Percent? {
    parsed(
      maxLength: TextLimit.short,
      as: "a decimal string above 0 and up to 100 with at most four decimals, such as \"7.5\"",
      { Percent($0) })
  }

  func couponCode() -> CouponCode? {
    guard let text = typedText() else { return nil }
    if let code = CouponCode(text) { return code }
    refuse(.invalidValue, "must be \(CouponCode.expectation)")
    return nil
  }

  /// What was typed for a code, with all that is dropped from it: nothing reads further than this.
  func typedText() -> String? {
    guard let text = string(maxLength: Int.max) else { return nil }
    if text.unicodeScalars.count <= CouponCode.typedCharactersMax { return text }
    refuseTooLongForCode()
    return nil
  }

  /// Says the bound that holds for codes, not the one for what is typed: nobody aims at the latter.
  func refuseTooLongForCode() { refuse(.tooLong, "must have at most \(CouponCode.charactersMax) characters") }

  /// A set of choices, in which none may stand twice.
  func choices<Choice: RawRepresentable & CaseIterable & Hashable>() -> Set<Choice>?
  where Choice.RawValue == String {
    guard let list = array(max: 20, { $0.enumeration(Choice.self) }) else { return nil }
    if Set(list).count == list.count { return Set(list) }
    refuse(.invalidValue, "must not name anything twice")
    return nil
  }

  /// Amounts in minor units by currency.
  func amounts(in range: ClosedRange<Int64>) -> AmountsByCurrency? {
    var seen: [Currency: String] = [:]
    let amounts = map(max: 200, maxKeyLength: TextLimit.short) { code, value -> Money? in
      guard let currency = Currency(anyCase: code) else {
        value.refuse(.invalidValue, "its name must be an ISO 4217 currency such as \"EUR\"")
        return nil
      }
      if let earlier = seen.updateValue(code, forKey: currency), earlier != code {
        value.refuse(.invalidValue, "\(currency.code) stands here twice, in different cases")
        return nil
      }
      return value.int64(in: range).map { Money(minorUnits: $0, currency: currency) }
    }
    return amounts.map { AmountsByCurrency($0.map(\.value)) }
  }
}

extension ObjectReader {
  /// A member of an edit: nothing keeps the old value, null is the default.
  ///
  /// - Returns: nil only after an error was recorded.
  mutating func member<Value>(
    _ name: StaticString, keeping old: Value, default cleared: Value, _ read: (ValueReader) -> Value?
  ) -> Value? {
    guard let value = present(name) else { return old }
    return value.kind == .null ? cleared : read(value)
  }

  /// A member that may be left out or null.
  ///
  /// - Returns: nil only after an error was recorded; `.some(nil)` if there is no value.
  mutating func member<Value>(_ name: StaticString, _ read: (ValueReader) -> Value?) -> Value?? {
    guard let value = optional(name) else { return .some(nil) }
    return read(value).map(Optional.some)
  }

  /// A member that must be there but may be of a kind that the closure refuses.
  mutating func required<Value>(_ name: StaticString, _ read: (ValueReader) -> Value?) -> Value? {
    required(name).flatMap(read)
  }
}
