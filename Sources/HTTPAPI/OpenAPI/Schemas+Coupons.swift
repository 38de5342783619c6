extension Schemas {
  static let couponParts = #"""
    "Limits": {"type": "object", "additionalProperties": false,
      "properties": {
        "total": {"anyOf": [{"$ref": "#/components/schemas/Uses"}, {"type": "null"}]},
        "per_user": {"anyOf": [{"$ref": "#/components/schemas/Uses"}, {"type": "null"}]},
        "per_code": {"anyOf": [{"$ref": "#/components/schemas/Uses"}, {"type": "null"}]},
        "budget": {"anyOf": [{"$ref": "#/components/schemas/Amounts"}, {"type": "null"}]},
        "on_budget_short": {"enum": ["refuse", "clip", null]},
        "per_period": {"type": ["array", "null"], "maxItems": 3, "items": {
          "type": "object", "additionalProperties": false, "required": ["period", "total"],
          "properties": {"period": {"type": "string", "enum": ["day", "week", "month"]},
            "total": {"$ref": "#/components/schemas/Uses"}}}}}},
    "Stacking": {"type": "object", "additionalProperties": false, "required": ["policy"],
      "properties": {"policy": {"type": "string", "enum": ["exclusive", "group", "open"]},
        "group": {"anyOf": [{"$ref": "#/components/schemas/Word"}, {"type": "null"}]},
        "combines_with": {"type": ["array", "null"], "uniqueItems": true,
          "items": {"type": "string", "enum": ["line", "order", "shipping"]}}}},
    "CodeInput": {"description": "A code of at most 64 characters, not counting blanks and what else is dropped.",
      "oneOf": [{"type": "string", "minLength": 1, "maxLength": 400},
      {"type": "object", "additionalProperties": false, "required": ["code"],
        "properties": {"code": {"type": "string", "minLength": 1, "maxLength": 400},
          "owner": {"anyOf": [{"$ref": "#/components/schemas/Identifier"}, {"type": "null"}]},
          "limit": {"anyOf": [{"$ref": "#/components/schemas/Uses"}, {"type": "null"}]}}}]},
    "Code": {"type": "object", "additionalProperties": false,
      "required": ["code", "display", "owner", "limit", "generated", "used"],
      "properties": {"code": {"type": "string"}, "display": {"type": "string"},
        "owner": {"type": ["string", "null"]}, "limit": {"type": ["integer", "null"]},
        "generated": {"type": "boolean"}, "used": {"type": "integer", "minimum": 0}}},
    "CodesInput": {"oneOf": [
      {"type": "object", "additionalProperties": false, "required": ["codes"],
        "properties": {"generate": {"type": "null"}, "codes": {"type": "array", "minItems": 1,
          "maxItems": 10000, "items": {"$ref": "#/components/schemas/CodeInput"}}}},
      {"type": "object", "additionalProperties": false, "required": ["generate"],
        "properties": {"codes": {"type": "null"}, "generate": {"type": "object",
          "additionalProperties": false, "required": ["count", "pattern"],
          "properties": {"count": {"type": "integer", "minimum": 1, "maximum": 10000},
            "pattern": {"type": "string", "minLength": 1, "maxLength": 100,
              "description": "Each # becomes a random character; 1 to 64 characters together. Hyphens are for show: codes are found without."},
            "owner": {"anyOf": [{"$ref": "#/components/schemas/Identifier"}, {"type": "null"}]},
            "limit": {"anyOf": [{"$ref": "#/components/schemas/Uses"}, {"type": "null"}]}}}}}],
      "examples": [{"generate": {"count": 100, "pattern": "SUMMER-####-####"}}]},
    "CodesAdded": {"type": "object", "additionalProperties": false,
      "required": ["coupon_id", "added", "codes"],
      "properties": {"coupon_id": {"type": "string"}, "added": {"type": "integer"},
        "codes": {"type": "array", "items": {"$ref": "#/components/schemas/Code"}}}},
    "CodeList": {"type": "object", "additionalProperties": false,
      "required": ["data", "has_more", "next_cursor"],
      "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Code"}},
        "has_more": {"type": "boolean"}, "next_cursor": {"type": ["string", "null"]}}},
    "DisableRequest": {"type": "object", "additionalProperties": false, "required": ["reason"],
      "properties": {"reason": {"type": "string", "minLength": 1, "maxLength": 200},
        "revoke_locks": {"type": ["boolean", "null"], "default": false}},
      "examples": [{"reason": "Leaked", "revoke_locks": true}]}
    """#

  /// What callers send of a coupon's terms.
  private static let termsInput = #"""
    "name": {"type": "string", "minLength": 1, "maxLength": 200},
    "discount": {"$ref": "#/components/schemas/Discount"},
    "scope": {"enum": ["order", "line", "unit", null]},
    "eligible_lines": {"anyOf": [{"$ref": "#/components/schemas/LineRule"}, {"type": "null"}]},
    "rules": {"anyOf": [{"$ref": "#/components/schemas/Rule"}, {"type": "null"}]},
    "minimum": {"anyOf": [{"$ref": "#/components/schemas/Amounts"}, {"type": "null"}]},
    "minimum_basis": {"enum": ["list", "running", null]},
    "starts_at": {"anyOf": [{"$ref": "#/components/schemas/Moment"},
      {"type": "string", "format": "date"}, {"type": "null"}]},
    "ends_at": {"anyOf": [{"$ref": "#/components/schemas/Moment"},
      {"type": "string", "format": "date"}, {"type": "null"}]},
    "start_day": {"type": ["string", "null"], "format": "date"},
    "end_day": {"type": ["string", "null"], "format": "date"},
    "time_zone": {"type": ["string", "null"], "minLength": 1, "maxLength": 200,
      "description": "An IANA time zone; needed for dates."},
    "limits": {"anyOf": [{"$ref": "#/components/schemas/Limits"}, {"type": "null"}]},
    "owner": {"anyOf": [{"$ref": "#/components/schemas/Identifier"}, {"type": "null"}]},
    "seller_id": {"anyOf": [{"$ref": "#/components/schemas/Identifier"}, {"type": "null"}]},
    "stacking": {"$ref": "#/components/schemas/Stacking"},
    "priority": {"type": ["integer", "null"], "minimum": -1000, "maximum": 1000},
    "restore_on": {"type": ["array", "null"], "uniqueItems": true,
      "items": {"type": "string", "enum": ["canceled", "fully_refunded"]}},
    "automatic": {"enum": [false, null]},
    "metadata": {"type": ["object", "null"], "maxProperties": 50,
      "propertyNames": {"maxLength": 40}, "additionalProperties": {"type": "string", "maxLength": 500}}
    """#

  /// What callers get of a coupon's terms: every member.
  private static let termsOutput = #"""
    "name": {"type": "string"}, "discount": {"$ref": "#/components/schemas/Discount"},
    "scope": {"type": "string", "enum": ["order", "line", "unit"]},
    "eligible_lines": {"anyOf": [{"$ref": "#/components/schemas/LineRule"}, {"type": "null"}]},
    "rules": {"anyOf": [{"$ref": "#/components/schemas/Rule"}, {"type": "null"}]},
    "minimum": {"$ref": "#/components/schemas/Amounts"},
    "minimum_basis": {"type": "string", "enum": ["list", "running"]},
    "starts_at": {"type": ["string", "null"], "format": "date-time"},
    "ends_at": {"type": ["string", "null"], "format": "date-time"},
    "start_day": {"type": ["string", "null"], "format": "date"},
    "end_day": {"type": ["string", "null"], "format": "date"},
    "time_zone": {"type": ["string", "null"]},
    "limits": {"$ref": "#/components/schemas/Limits"},
    "owner": {"type": ["string", "null"]}, "seller_id": {"type": ["string", "null"]},
    "stacking": {"$ref": "#/components/schemas/Stacking"}, "priority": {"type": "integer"},
    "restore_on": {"type": "array", "items": {"type": "string", "enum": ["canceled", "fully_refunded"]}},
    "automatic": {"const": false},
    "metadata": {"type": "object", "additionalProperties": {"type": "string"}}
    """#

  private static let termsNames = #"""
    "name", "discount", "scope", "eligible_lines", "rules", "minimum", "minimum_basis", "starts_at", "ends_at",
    "start_day", "end_day", "time_zone", "limits", "owner", "seller_id", "stacking", "priority", "restore_on",
    "automatic", "metadata"
    """#

  private static let example = #"""
    {"name": "Welcome", "code": "WELCOME10",
     "discount": {"type": "percent", "percent": "10", "cap": {"USD": 5000}},
     "rules": {"all": [{"country": {"in": ["DE", "AT"]}}, {"first_order": true}]},
     "minimum": {"USD": 2500}, "ends_at": "2030-01-01T00:00:00Z",
     "limits": {"total": 1000, "per_user": 1},
     "stacking": {"policy": "open", "combines_with": ["line", "order", "shipping"]}}
    """#

  static let coupons = #"""
    "CouponInput": {"type": "object", "additionalProperties": false,
      "required": ["name", "discount", "stacking"], "examples": [\#(example)],
      "properties": {\#(termsInput),
        "code": {"type": ["string", "null"], "minLength": 1, "maxLength": 400},
        "codes": {"type": ["array", "null"], "maxItems": 10000,
          "items": {"$ref": "#/components/schemas/CodeInput"}}}},
    "CouponPatch": {"type": "object", "additionalProperties": false,
      "examples": [{"priority": 5, "ends_at": null}],
      "properties": {\#(termsInput)}},
    "CouponTerms": {"type": "object", "additionalProperties": false,
      "required": [\#(termsNames)], "properties": {\#(termsOutput)}},
    "Coupon": {"type": "object", "additionalProperties": false,
      "required": ["id", "version", "state", \#(termsNames), "usage", "created_at", "updated_at"],
      "properties": {"id": {"type": "string"}, "version": {"type": "integer", "minimum": 1},
        "state": {"$ref": "#/components/schemas/CouponState"}, \#(termsOutput),
        "usage": {"type": "object", "additionalProperties": false, "required": ["locked", "redeemed"],
          "properties": {"locked": {"type": "integer", "minimum": 0},
            "redeemed": {"type": "integer", "minimum": 0}}},
        "created_at": {"$ref": "#/components/schemas/Moment"},
        "updated_at": {"$ref": "#/components/schemas/Moment"}}},
    "CouponList": {"type": "object", "additionalProperties": false,
      "required": ["data", "has_more", "next_cursor"],
      "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Coupon"}},
        "has_more": {"type": "boolean"}, "next_cursor": {"type": ["string", "null"]}}},
    "CouponVersion": {"type": "object", "additionalProperties": false,
      "required": ["coupon_id", "version", "terms"],
      "properties": {"coupon_id": {"type": "string"}, "version": {"type": "integer", "minimum": 1},
        "terms": {"$ref": "#/components/schemas/CouponTerms"}}}
    """#
}
