/// One coupon of the example shop, with the codes that open it.
struct ShopCoupon: Sendable {
  /// The state that the day begins with.
  enum State: String, Sendable {
    case draft, active, disabled
    /// In use until its window ended, long before the day.
    case over
  }

  /// A code, perhaps of one customer alone.
  struct Code: Hashable, Sendable {
    let code: String
    let owner: String?
  }

  let name: String
  /// The body of the request that makes it, without codes.
  let terms: JSONText
  var codes: [Code]
  let state: State

  init(_ name: String, codes: [String], state: State = .active, _ terms: [(String, JSONText)]) {
    self.name = name
    self.codes = codes.map { Code(code: $0, owner: nil) }
    self.state = state
    let usual: [(String, JSONText)] = [("stacking", ShopCoupon.open)]
    self.terms = .object(
      [("name", .string(name))] + terms
        + usual.filter { usual in !terms.contains { $0.0 == usual.0 } })
  }

  private static let open = JSONText.object([("policy", .string("open"))])

  /// The coupon with its codes and its state as a line of a file.
  var json: JSONText {
    .object([
      ("state", .string(state.rawValue)), ("coupon", terms),
      (
        "codes",
        .array(
          codes.map { code in
            .object([("code", .string(code.code)), ("owner", code.owner.map(JSONText.string) ?? .null)])
          })
      ),
    ])
  }
}

/// The example shop's coupons: one for each thing that coupons can do, and one for each way in which they can't.
enum ShopCoupons {
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

  /// The ones that `scrip serve --sample` loads.
  static let sample: [ShopCoupon] = [
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

  private static func percent(_ percent: String, cap: [(String, Int64)] = []) -> JSONText {
    .object(
      [("type", .string("percent")), ("percent", .string(percent))]
        + (cap.isEmpty ? [] : [("cap", amounts(cap))]))
  }

  private static func fixed(_ amounts: [(String, Int64)]) -> JSONText {
    .object([("type", .string("fixed")), ("amounts", self.amounts(amounts))])
  }

  private static func amounts(_ amounts: [(String, Int64)]) -> JSONText {
    .object(amounts.map { ($0.0, .integer($0.1)) })
  }

  private static func membership(_ name: String, _ words: [String]) -> JSONText {
    .object([(name, .object([("in", .array(words.map(JSONText.string)))]))])
  }

  private static func group(_ name: String) -> JSONText {
    .object([("policy", .string("group")), ("group", .string(name))])
  }
}
