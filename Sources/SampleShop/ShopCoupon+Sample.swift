import JSON

extension ShopCoupon {
  /// The coupons that `scrip serve --sample` loads.
  package static let sample: [ShopCoupon] = [
    ShopCoupon(
      "Welcome", codes: ["WELCOME10"],
      [
        ("discount", percent("10", cap: [("USD", 2500), ("EUR", 2300), ("JPY", 3500), ("KWD", 7500)])),
        ("rules", .object([("first_order", .bool(true))])),
        ("limits", .object([("per_user", .integer(1))])),
      ]),
    ShopCoupon(
      "Five off", codes: ["SAVE5"],
      [
        ("discount", fixed([("USD", 500), ("EUR", 450), ("JPY", 700), ("KWD", 1500)])),
        ("minimum", amounts([("USD", 4000), ("EUR", 3700), ("JPY", 6000), ("KWD", 12_000)])),
      ]),
    ShopCoupon(
      "Free standard shipping", codes: ["FREESHIP"],
      [
        (
          "discount",
          .object([("type", .string("shipping")), ("methods", .array([.string("standard")]))])
        )
      ]),
    ShopCoupon(
      "Shoes", codes: ["SHOES20"],
      [
        ("discount", percent("20")), ("scope", .string("line")),
        ("eligible_lines", membership("category", ["shoes"])),
      ]),
    ShopCoupon(
      "Books", codes: ["BOOKS"],
      [
        ("discount", fixed([("USD", 150), ("EUR", 140), ("JPY", 200), ("KWD", 450)])),
        ("scope", .string("unit")),
        ("eligible_lines", membership("category", ["books"])),
      ]),
    ShopCoupon(
      "Loyal customers", codes: ["LOYAL5"],
      [("discount", percent("5")), ("stacking", group("loyalty"))]),
    ShopCoupon(
      "Best customers", codes: ["VIP15"],
      [
        ("discount", percent("15")), ("rules", membership("segment", ["vip"])),
        ("stacking", group("loyalty")),
      ]),
  ]
}
