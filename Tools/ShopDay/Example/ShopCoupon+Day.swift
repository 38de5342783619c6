import JSON
import SampleShop

// One coupon for each thing that coupons can do, and one for each way in which they can't.
extension ShopCoupon {
  /// The coupons of a shop with a flash sale of so many uses, and a personal code for some customers.
  static func all(flashUses: Int, owners: [String]) -> [ShopCoupon] {
    var personal = ShopCoupon(
      "Thank you", codes: [],
      [("discount", percent("20")), ("limits", .object([("per_code", .integer(1))]))])
    personal.codes = owners.enumerated().map { number, owner in
      ShopCoupon.Code(code: "THANKS-\(1000 + number)", owner: owner)
    }
    let flash = ShopCoupon(
      "Flash sale", codes: ["FLASH50"],
      [
        ("discount", percent("50", cap: [("USD", 5000), ("EUR", 4500), ("JPY", 7000), ("KWD", 15_000)])),
        ("limits", .object([("total", .integer(Int64(flashUses))), ("per_user", .integer(1))])),
        ("stacking", .object([("policy", .string("exclusive"))])),
      ])
    return sample + [flash, personal] + limited + unusable
  }

  /// Those that run out: by the day, by money, and by person.
  private static let limited: [ShopCoupon] = [
    ShopCoupon(
      "Hundred a day", codes: ["DAILY8"],
      [
        ("discount", percent("8")),
        (
          "limits",
          .object([
            ("per_period", .array([.object([("period", .string("day")), ("total", .integer(100))])]))
          ])
        ),
      ]),
    ShopCoupon(
      "Gift budget", codes: ["GIFT25"],
      [
        ("discount", percent("25")), ("eligible_lines", membership("category", ["gifts", "kitchen"])),
        (
          "limits",
          .object([
            ("budget", amounts([("USD", 60_000), ("EUR", 40_000), ("JPY", 60_000), ("KWD", 60_000)]))
          ])
        ),
      ]),
    ShopCoupon(
      "Twice each", codes: ["TWICE"],
      [("discount", percent("7.5")), ("limits", .object([("per_user", .integer(2))]))]),
  ]

  /// Those that customers try in vain.
  private static let unusable: [ShopCoupon] = [
    ShopCoupon(
      "Last summer", codes: ["SUMMER"], state: .over,
      [("discount", percent("30")), ("starts_at", .string("2020-06-01T00:00:00Z"))]),
    ShopCoupon(
      "Far away", codes: ["SOON"],
      [("discount", percent("30")), ("starts_at", .string("2090-01-01T00:00:00Z"))]),
    ShopCoupon("Not yet", codes: ["DRAFT"], state: .draft, [("discount", percent("90"))]),
    ShopCoupon("Leaked", codes: ["STAFF50"], state: .disabled, [("discount", percent("50"))]),
    ShopCoupon("Tokyo", codes: ["TOKYO"], [("discount", fixed([("JPY", 500)]))]),
  ]
}
