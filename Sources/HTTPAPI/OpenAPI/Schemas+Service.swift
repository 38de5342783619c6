extension Schemas {
  static let reports = #"""
    "CouponStats": {"type": "object", "additionalProperties": false,
      "required": ["uses", "unique_users", "per_currency", "per_day"],
      "properties": {
        "uses": {"type": "object", "additionalProperties": false,
          "required": ["locked", "redeemed", "released"],
          "properties": {"locked": {"type": "integer"}, "redeemed": {"type": "integer"},
            "released": {"type": "integer"}}},
        "unique_users": {"type": "integer", "minimum": 0},
        "per_currency": {"type": "array", "items": {"type": "object", "additionalProperties": false,
          "required": ["currency", "discount", "saturated", "uses"],
          "properties": {"currency": {"$ref": "#/components/schemas/Currency"},
            "discount": {"$ref": "#/components/schemas/Amount"},
            "saturated": {"$ref": "#/components/schemas/Saturated"}, "uses": {"type": "integer"}}}},
        "per_day": {"type": "array", "items": {"type": "object", "additionalProperties": false,
          "required": ["day", "uses", "discount", "saturated"],
          "properties": {"day": {"type": "string", "format": "date"}, "uses": {"type": "integer"},
            "discount": {"$ref": "#/components/schemas/Amounts"},
            "saturated": {"$ref": "#/components/schemas/Saturated"}}}}}},
    "Saturated": {"type": "boolean",
      "description": "Whether a sum is more than the largest amount, which it is shown as."},
    "Event": {"type": "object", "additionalProperties": false,
      "required": ["position", "stream", "sequence", "type", "at", "actor", "request_id", "data"],
      "properties": {"position": {"type": "integer", "minimum": 1}, "stream": {"type": "string"},
        "sequence": {"type": "integer", "minimum": 1}, "type": {"type": "string"},
        "at": {"$ref": "#/components/schemas/Moment"}, "actor": {"type": "string"},
        "request_id": {"type": ["string", "null"]}, "data": {"type": "object"}}},
    "EventList": {"type": "object", "additionalProperties": false,
      "required": ["data", "has_more", "next_after"],
      "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
        "has_more": {"type": "boolean"},
        "next_after": {"type": "integer", "minimum": 0,
          "description": "Where to read on: the last position of this page."}}}
    """#

  private static let keyProperties = #"""
    "id": {"type": "string"}, "tenant": {"type": "string"}, "role": {"$ref": "#/components/schemas/Role"},
    "name": {"type": "string"}, "created_at": {"$ref": "#/components/schemas/Moment"},
    "revoked_at": {"type": ["string", "null"], "format": "date-time"}
    """#

  static let access = #"""
    "KeyInput": {"type": "object", "additionalProperties": false, "required": ["role", "name"],
      "properties": {"role": {"$ref": "#/components/schemas/Role"},
        "name": {"type": "string", "minLength": 1, "maxLength": 100}},
      "examples": [{"role": "server", "name": "Checkout"}]},
    "Key": {"type": "object", "additionalProperties": false,
      "required": ["id", "tenant", "role", "name", "created_at", "revoked_at"],
      "properties": {\#(keyProperties)}},
    "NewKey": {"type": "object", "additionalProperties": false,
      "required": ["id", "tenant", "role", "name", "created_at", "revoked_at", "secret"],
      "properties": {\#(keyProperties),
        "secret": {"type": ["string", "null"],
          "description": "Shown this once; null when the answer is replayed."}}},
    "KeyList": {"type": "object", "additionalProperties": false,
      "required": ["data", "has_more", "next_cursor"],
      "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Key"}},
        "has_more": {"const": false}, "next_cursor": {"type": "null"}}},
    "Settings": {"type": "object", "additionalProperties": false,
      "required": ["rounding", "percent_base", "lock_seconds"],
      "properties": {"rounding": {"type": "string", "enum": ["half_up", "half_even", "down"]},
        "percent_base": {"type": "string", "enum": ["running", "original"]},
        "lock_seconds": {"type": "integer", "minimum": 60, "maximum": 604800}}},
    "SettingsPatch": {"type": "object", "additionalProperties": false,
      "properties": {"rounding": {"enum": ["half_up", "half_even", "down", null]},
        "percent_base": {"enum": ["running", "original", null]},
        "lock_seconds": {"type": ["integer", "null"], "minimum": 60, "maximum": 604800}},
      "examples": [{"lock_seconds": 600}]},
    "Tenant": {"type": "object", "additionalProperties": false, "required": ["id", "name", "settings"],
      "properties": {"id": {"type": "string"}, "name": {"type": "string"},
        "settings": {"$ref": "#/components/schemas/Settings"}}}
    """#

  static let service = #"""
    "Service": {"type": "object", "additionalProperties": false,
      "required": ["name", "version", "openapi"],
      "properties": {"name": {"const": "scrip"}, "version": {"type": "string"},
        "openapi": {"type": "string"}}},
    "Health": {"type": "object", "additionalProperties": false, "required": ["status"],
      "properties": {"status": {"const": "ok"}}},
    "OpenAPI": {"type": "object", "required": ["openapi", "info", "paths", "components"],
      "properties": {"openapi": {"const": "3.1.0"}}}
    """#
}
