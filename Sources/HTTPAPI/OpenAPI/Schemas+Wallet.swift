extension Schemas {
  static let wallet = #"""
    "UserCoupon": {"type": "object", "additionalProperties": false,
      "required": ["coupon", "codes", "has_more_codes", "used", "limit", "remaining", "usable", "reason"],
      "properties": {
        "coupon": {"$ref": "#/components/schemas/Coupon"},
        "codes": {"type": "array", "maxItems": 100, "items": {"$ref": "#/components/schemas/Code"},
          "description": "The codes that are personal to the user, those with uses left first."},
        "has_more_codes": {"type": "boolean", "description": "Whether the user has codes beyond these."},
        "used": {"type": "integer", "minimum": 0, "description": "The user's locked and redeemed uses."},
        "limit": {"type": "integer", "minimum": 1, "description": "How often the user may use it in all."},
        "remaining": {"type": "integer", "minimum": 0,
          "description": "How often the user may still use it, by the limits of user, coupon and codes."},
        "usable": {"type": "boolean",
          "description": "Whether the user can use it now; rules, periods and budgets are judged by a quote."},
        "reason": {"enum": ["coupon_not_active", "coupon_disabled", "not_started", "expired",
          "usage_limit_reached", "code_limit_reached", "user_limit_reached", null],
          "description": "Why it is not usable; null if it is. Without any code it is code_limit_reached."}}},
    "UserCouponList": {"type": "object", "additionalProperties": false,
      "required": ["data", "has_more", "next_cursor"],
      "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/UserCoupon"}},
        "has_more": {"type": "boolean"}, "next_cursor": {"type": ["string", "null"]}}}
    """#
}
