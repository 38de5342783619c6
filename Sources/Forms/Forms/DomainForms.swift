import JSON
import Scrip

/// An ISO 4217 currency, read in any case and written in capitals.
public struct CurrencyForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Currency? { value.currency() }

  /// Writes one.
  public func write(_ currency: Currency, to writer: inout JSONWriter) {
    writer.string(lengthMax: 3) { currency.append(to: &$0) }
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    if walk.direction != .output { return Self.inAnyCase(&walk) }
    return walk.reference("Currency") {
      [
        "type": "string", "enum": .list(Currency.allCodes.map(JSONTree.text)),
        "description": "An ISO 4217 currency.",
      ]
    }
  }

  /// A pattern with both cases of each letter: the eight spellings of each currency would make a long list.
  static func inAnyCase(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("CurrencyInput") {
      let spellings = Currency.allCodes.map { code in
        code.map { "[\($0)\($0.lowercased())]" }.joined()
      }
      return [
        "type": "string", "pattern": .text("^(\(spellings.joined(separator: "|")))$"),
        "description": "An ISO 4217 currency in any case; answers have it in capitals.", "examples": ["EUR"],
      ]
    }
  }
}

/// Amounts in minor units by currency, sorted by currency.
public struct AmountsForm: ValueForm {
  let range: ClosedRange<Int64>
  /// The fewest currencies that there may be.
  let countMin: Int

  /// Reads one.
  public func read(_ value: ValueReader) -> AmountsByCurrency? {
    guard let amounts = value.amounts(in: range) else { return nil }
    if countMin == 0 || !amounts.isEmpty { return amounts }
    value.refuse(.invalidValue, "must have an amount in at least one currency")
    return nil
  }

  /// Writes one.
  public func write(_ amounts: AmountsByCurrency, to writer: inout JSONWriter) { amounts.write(to: &writer) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let currency = CurrencyForm().schema(&walk)
    let amount = integerSchema(range)
    return walk.reference(name + (walk.direction == .output ? "" : "Input")) {
      var schema: JSONTree = [
        "type": "object", "description": "Minor units by currency.", "propertyNames": currency,
        "additionalProperties": amount,
      ]
      if countMin > 0 { schema = schema.with("minProperties", .int(Int64(countMin))) }
      return schema.with("maxProperties", 200)
    }
  }

  private var name: String {
    if range.lowerBound > 0 { return "PositiveAmounts" }
    return countMin == 0 ? "Amounts" : "AmountBound"
  }
}

/// A share in percent, as a decimal string.
public struct PercentForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Percent? { value.percent() }

  /// Writes one.
  public func write(_ percent: Percent, to writer: inout JSONWriter) { writer.string(percent.description) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Percent") {
      [
        "type": "string", "pattern": "^[0-9]{1,3}(\\.[0-9]{1,4})?$",
        "description": "A decimal above 0 and up to 100 with at most four decimals.", "examples": ["7.5"],
      ]
    }
  }
}

/// A country in a rule or a discount.
public struct CountryForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Country? {
    value.country()
  }

  /// Writes one.
  public func write(_ country: Country, to writer: inout JSONWriter) { writer.string(country.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("AssignedCountry") {
      [
        "type": "string", "enum": .list(Country.all.map { .text($0.text) }),
        "description": "A country of ISO 3166-1, or XK for Kosovo.",
      ]
    }
  }
}

/// The price of one unit in minor units with up to eight decimals, as a string: for prices that are no whole number.
public struct DecimalPriceForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> UnitPrice? {
    guard let text = value.string(maxLength: TextLimit.short) else { return nil }
    if let price = UnitPrice(decimal: text) { return price }
    if UnitPrice.isTooLarge(decimal: text) {
      value.refuse(.outOfRange, "must be at most \(UnitPrice.max)")
    } else {
      value.refuse(.invalidValue, "must be a decimal string in minor units with at most eight decimals")
    }
    return nil
  }

  /// Writes one.
  public func write(_ price: UnitPrice, to writer: inout JSONWriter) { writer.string(price.description) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    [
      "type": "string", "pattern": "^[0-9]{1,11}(\\.[0-9]{1,8})?$",
      "description":
        "Minor units with up to eight decimals, at most 92233720368.54775807; the line is rounded once.",
    ]
  }
}

extension ValueForm where Self == CurrencyForm {
  /// An ISO 4217 currency.
  public static func currency() -> Self { CurrencyForm() }
}

extension ValueForm where Self == AmountsForm {
  /// Amounts in minor units by currency, each from a least one on.
  public static func amounts(from least: Int64, countMin: Int = 0) -> Self {
    AmountsForm(range: least...amountMax, countMin: countMin)
  }
}

extension ValueForm where Self == IntegerForm {
  /// An amount in minor units.
  public static func amount() -> Self { IntegerForm(range: 0...amountMax) }
}

extension ValueForm where Self == PercentForm {
  /// A share in percent.
  public static func percent() -> Self { PercentForm() }
}

extension ValueForm where Self == CountryForm {
  /// A country in a rule or a discount.
  public static func country() -> Self { CountryForm() }
}

/// Who a limit is held against, in stored form.
public struct IdentityKeyForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> IdentityKey? {
    value.parsed(maxLength: Int.max, as: "an identity key") { IdentityKey(stored: $0) }
  }

  /// Writes one.
  public func write(_ key: IdentityKey, to writer: inout JSONWriter) { writer.string(key.stored) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string"] }
}

extension ValueForm where Self == IdentityKeyForm {
  /// Who a limit is held against.
  public static func identityKey() -> Self { IdentityKeyForm() }
}
