import Scrip
import Wire

/// The JSON schemas of the document: literals by topic, and those that are made from the types themselves.
enum Schemas {
  /// Every schema as the members of one JSON object, without braces.
  static var members: String {
    [
      enumeration("Currency", Currency.allCodes, "An ISO 4217 currency."),
      enumeration("AssignedCountry", Country.all.map(\.text), "A country of ISO 3166-1, or XK for Kosovo."),
      currencyInput,
      enumeration(
        "CouponState", Coupon.State.allCases.map(\.rawValue), "draft → active ⇄ disabled → archived."),
      enumeration("UsageState", Usage.State.allCases.map(\.rawValue), "Locked and redeemed uses count."),
      enumeration("Role", AccessKey.Role.allCases.map(\.rawValue), "What a key's holder may do."),
      enumeration(
        "ProblemCode", ProblemCode.allCases.map(\.rawValue).sorted(), "Why a request was not granted."),
      enumeration(
        "NotAppliedReason",
        (RefusalReason.allCases.map(\.rawValue) + ["code_invalid", "too_many_attempts"]).sorted(),
        "Why a code did not apply; publishable keys see code_invalid for whatever would tell about the code, and too_many_attempts once they tried too many."
      ),
      basics, Discount.schemas, RuleSchemas.members, couponParts, coupons, wallet, carts, quotes,
      applications,
      reports, access,
      service,
    ].joined(separator: ",\n")
  }

  private static func enumeration(_ name: String, _ values: [String], _ description: String) -> String {
    let list = values.map { "\"\($0)\"" }.joined(separator: ",")
    return #""\#(name)":{"type":"string","enum":[\#(list)],"description":"\#(description)"}"#
  }

  /// A pattern with both cases of each letter: the eight spellings of each currency would make a long list.
  private static var currencyInput: String {
    let spellings = Currency.allCodes.map { code in
      code.map { "[\($0)\($0.lowercased())]" }.joined()
    }
    return #""CurrencyInput":{"type":"string","pattern":"^(\#(spellings.joined(separator: "|")))$","#
      + #""description":"An ISO 4217 currency in any case; answers have it in capitals.","examples":["EUR"]}"#
  }

  private static let basics = #"""
    "Amount": {"type": "integer", "minimum": 0, "maximum": 9007199254740991,
      "description": "Minor units of the currency beside it: 1250 is 12.50 EUR, 13 is 13 JPY."},
    "Amounts": {"type": "object", "propertyNames": {"$ref": "#/components/schemas/CurrencyInput"},
      "additionalProperties": {"$ref": "#/components/schemas/Amount"}, "maxProperties": 200,
      "description": "Amounts in minor units by currency.", "examples": [{"EUR": 450, "USD": 500}]},
    "AmountBound": {"type": "object", "propertyNames": {"$ref": "#/components/schemas/CurrencyInput"},
      "additionalProperties": {"$ref": "#/components/schemas/Amount"}, "minProperties": 1, "maxProperties": 200,
      "description": "Amounts in minor units by currency; the amount itself is included."},
    "Percent": {"type": "string", "pattern": "^[0-9]{1,3}(\\.[0-9]{1,4})?$",
      "description": "A decimal above 0 and up to 100 with at most four decimals.", "examples": ["7.5"]},
    "Identifier": {"type": "string", "minLength": 1, "maxLength": 200},
    "Word": {"type": "string", "minLength": 1, "maxLength": 100},
    "Country": {"type": "string",
      "description": "An ISO 3166 country in any case. What ISO does not know says nothing.",
      "examples": ["DE"]},
    "Moment": {"type": "string", "format": "date-time", "description": "An instant (RFC 3339)."},
    "Uses": {"type": "integer", "minimum": 1, "maximum": 1000000000,
      "description": "A number of uses, up to a thousand million."},
    "Empty": {"type": "object", "properties": {}, "additionalProperties": false},
    "Facts": {"type": "object", "description": "What explains a reason, by name.",
      "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "string"},
        {"type": "array", "items": {"type": "string"}}]}},
    "Problem": {"type": "object", "additionalProperties": false,
      "description": "Why a request was not granted (RFC 9457).",
      "required": ["type", "title", "status", "code", "detail", "request_id", "retryable", "errors"],
      "properties": {
        "type": {"type": "string", "format": "uri"}, "title": {"type": "string"},
        "status": {"type": "integer"}, "code": {"$ref": "#/components/schemas/ProblemCode"},
        "detail": {"type": "string"}, "request_id": {"type": "string"},
        "retryable": {"type": "boolean",
          "description": "Whether the same request may succeed if it is sent again a little later."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemItem"}}},
      "examples": [{"type": "https://scrip.example/problems/usage-limit-reached",
        "title": "Usage limit reached", "status": 409, "code": "usage_limit_reached",
        "request_id": "req_1_2", "retryable": false, "detail": "This coupon has been used up.",
        "errors": [{"pointer": "/codes/0", "code": "usage_limit_reached",
          "message": "This coupon has been used up.", "facts": {"limit": 1000}}]}]},
    "ProblemItem": {"type": "object", "additionalProperties": false,
      "required": ["pointer", "code", "message"],
      "properties": {
        "pointer": {"type": "string",
          "description": "A JSON pointer into the body, or a question mark and a query parameter."},
        "code": {"type": "string"}, "message": {"type": "string"},
        "facts": {"$ref": "#/components/schemas/Facts"}}}
    """#
}
