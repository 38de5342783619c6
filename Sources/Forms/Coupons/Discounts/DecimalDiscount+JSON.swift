import JSON
import Scrip

extension DecimalDiscount: ObjectForm {
  /// `DecimalDiscount`
  public static let formName = "DecimalDiscount"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ discount: Self?) -> Self? {
    walk.required("amounts", discount?.amounts, DecimalAmountsForm()).map { Self($0) }
  }
}

/// Amounts above zero in minor units with decimals, by currency, sorted by currency.
private struct DecimalAmountsForm: ValueForm {
  func read(_ value: ValueReader) -> [Currency: ExactAmount]? {
    let entries = value.map(max: 200, maxKeyLength: TextLimit.short) {
      name, amount -> (Currency, ExactAmount)? in
      guard let currency = Currency(anyCase: name) else {
        amount.refuse(.invalidValue, "must be named by an ISO 4217 currency")
        return nil
      }
      guard let exact = ExactAmountForm(isPositive: true).read(amount) else { return nil }
      return (currency, exact)
    }
    guard let entries else { return nil }
    let amounts = Dictionary(entries.map(\.1), uniquingKeysWith: { first, _ in first })
    if !amounts.isEmpty, amounts.count == entries.count { return amounts }
    value.refuse(
      .invalidValue,
      amounts.isEmpty ? "must have an amount in at least one currency" : "must name each currency once")
    return nil
  }

  func write(_ amounts: [Currency: ExactAmount], to writer: inout JSONWriter) {
    writer.object { writer in
      for (currency, amount) in amounts.sorted(by: { $0.key < $1.key }) {
        writer.key(named: currency.code)
        ExactAmountForm(isPositive: true).write(amount, to: &writer)
      }
    }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let currency = CurrencyForm().schema(&walk)
    let amount = ExactAmountForm(isPositive: true).schema(&walk)
    return [
      "type": "object", "description": "Minor units with decimals, by currency.", "propertyNames": currency,
      "additionalProperties": amount, "minProperties": 1, "maxProperties": 200,
    ]
  }
}

/// An amount in minor units: an integer, or a decimal string with up to eight decimals.
public struct ExactAmountForm: ValueForm {
  let isPositive: Bool

  /// Any amount, or one above zero.
  public init(isPositive: Bool = false) { self.isPositive = isPositive }

  /// Reads one.
  public func read(_ value: ValueReader) -> ExactAmount? {
    let amount: ExactAmount?
    switch value.kind {
    case .string:
      guard let text = value.string(maxLength: TextLimit.short) else { return nil }
      amount = ExactAmount(text)
    case .integer:
      guard let number = value.int64(in: -amountMax...amountMax) else { return nil }
      amount = ExactAmount(minorUnits: number)
    case .null, .bool, .number, .array, .object:
      value.refuse(.wrongType, "must be an integer, or a decimal string, of minor units")
      return nil
    }
    guard let amount else {
      value.refuse(
        .invalidValue,
        "must be minor units: an integer, or a decimal string with at most eight decimals, up to \(amountMax)"
      )
      return nil
    }
    if !isPositive || amount > .zero { return amount }
    value.refuse(.outOfRange, "must be above 0")
    return nil
  }

  /// Writes one: an integer where it is one.
  public func write(_ amount: ExactAmount, to writer: inout JSONWriter) {
    if let whole = amount.wholeMinorUnits { writer.int(whole) } else { writer.string(amount.description) }
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let sign = isPositive ? "" : "-?"
    return walk.reference(isPositive ? "PositiveExactAmount" : "ExactAmount") {
      [
        "description": "Minor units; with up to eight decimals as a string.",
        "anyOf": [
          integerSchema(isPositive ? 1...amountMax : -amountMax...amountMax),
          ["type": "string", "pattern": .text("^\(sign)[0-9]{1,16}(\\.[0-9]{1,8})?$")],
        ],
      ]
    }
  }
}
