import JSON
import SampleShop

/// One checkout of the example day: what one customer does with one order.
struct Checkout: Sendable {
  /// How it ends.
  enum Ending: String, CaseIterable, Sendable {
    /// Paid at once.
    case pays
    /// Left without a word: the lock runs out.
    case abandons
    /// The payment fails, the shop releases.
    case paymentFails = "payment_fails"
    /// Paid after the lock ran out.
    case paysLate = "pays_late"
    /// Paid, then cancelled: the use is given back.
    case cancels
  }

  /// Whether a request is sent again under the same idempotency key.
  enum Resending: String, CaseIterable, Sendable {
    case no
    /// After the answer, which got lost on its way.
    case afterAnswer = "after_answer"
    /// While the first one is still under way, because it seemed to take too long.
    case atOnce = "at_once"
  }

  let atMilliseconds: Int
  let orderID: String
  let customer: JSONText
  let cart: JSONText
  let codes: [String]
  let asksFirst: Bool
  let tabs: Int
  let resending: Resending
  let ending: Ending

  /// The account of who buys; nil for a guest.
  var userID: String? {
    guard let customer = try? JSONDocument(parsing: customer.bytes).root else { return nil }
    return customer.text("user_id")
  }

  /// The checkout as a line of a file.
  var json: JSONText {
    .object([
      ("at_ms", .integer(Int64(atMilliseconds))), ("order_id", .string(orderID)),
      ("codes", .array(codes.map(JSONText.string))), ("quote_first", .bool(asksFirst)),
      ("tabs", .integer(Int64(tabs))), ("resend", .string(resending.rawValue)),
      ("ending", .string(ending.rawValue)), ("customer", customer), ("cart", cart),
    ])
  }
}

/// A day in the life of the example shop. The same seed and size give the same day, byte for byte.
struct ShopDay: Sendable {
  let catalogue: Catalogue
  let coupons: [ShopCoupon]
  let checkouts: [Checkout]

  /// Checkouts per hour, relative to each other: a quiet night, a lunch break, a long evening.
  private static let hours = [
    2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 10, 13, 11, 9, 9, 10, 12, 14, 16, 17, 14, 9, 5,
  ]
  private static let saleHour = 12

  init(seed: UInt64, checkouts count: Int) {
    var random = SeededRandom(seed: seed)
    let catalogue = Catalogue(&random)
    var customers = Customers(count: max(20, count / 3), &random)
    let owners = customers.registered.prefix(max(5, count / 40)).compactMap(\.userID)
    self.catalogue = catalogue
    coupons = ShopCoupon.all(flashUses: max(5, count / 20), owners: owners)
    // The order of checkouts is the order of the day: who has bought in the morning has a history at noon.
    let times = ShopDay.times(count, &random)
    var checkouts: [Checkout] = []
    for (number, time) in times.enumerated() {
      checkouts.append(
        ShopDay.checkout(number + 1, at: time.moment, inSale: time.isSale, catalogue, &customers, &random))
    }
    self.checkouts = checkouts
  }

  /// A fifth of the day's checkouts come within the ten minutes of the flash sale.
  private static func times(_ count: Int, _ random: inout SeededRandom) -> [(moment: Int, isSale: Bool)] {
    let hour = 3_600_000
    var times: [(moment: Int, isSale: Bool)] = []
    for _ in 0..<count {
      if random.happens(perMille: 200) {
        times.append((saleHour * hour + random.popular(below: 600_000), true))
      } else {
        let weighted = hours.enumerated().map { ($0.offset, $0.element) }
        times.append((random.pick(weighted: weighted) * hour + random.below(hour), false))
      }
    }
    return times.enumerated().sorted { ($0.element.moment, $0.offset) < ($1.element.moment, $1.offset) }.map(
      \.element)
  }

  private static func checkout(
    _ number: Int, at moment: Int, inSale: Bool, _ catalogue: Catalogue, _ customers: inout Customers,
    _ random: inout SeededRandom
  ) -> Checkout {
    let (shopper, account) = customers.next(&random)
    let ending = random.pick(weighted: endings)
    let checkout = Checkout(
      atMilliseconds: moment, orderID: "o-\(number)", customer: shopper.json,
      cart: cart(for: shopper, catalogue, &random),
      codes: codes(for: shopper, account: account, inSale: inSale, &random),
      asksFirst: random.happens(perMille: 700), tabs: random.happens(perMille: 30) ? 2 : 1,
      resending: random.pick(weighted: [(.no, 90), (.afterAnswer, 6), (.atOnce, 4)]), ending: ending)
    if ending == .pays || ending == .paysLate { customers.bought(account) }
    return checkout
  }

  private static let endings: [(Checkout.Ending, Int)] = [
    (.pays, 68), (.abandons, 14), (.paymentFails, 9), (.cancels, 7), (.paysLate, 2),
  ]

  private static func cart(
    for shopper: Shopper, _ catalogue: Catalogue, _ random: inout SeededRandom
  ) -> JSONText {
    let lines = (1...(1 + random.popular(below: 6))).map { number in
      let product = catalogue.products[random.popular(below: catalogue.products.count)]
      return JSONText.object([
        ("id", .string("l\(number)")), ("product_id", .string(product.id)),
        ("seller_id", .string(product.seller)),
        ("categories", .array([.string(product.category)])),
        ("quantity", .integer(Int64(1 + random.popular(below: 4)))),
        ("unit_price", .integer(product.price(in: shopper.currency))),
      ])
    }
    let method = random.happens(perMille: 200) ? "express" : "standard"
    let shipping = JSONText.object([
      ("id", .string("s1")), ("method", .string(method)),
      ("amount", .integer(Catalogue.shipping(method, in: shopper.currency))),
    ])
    return .object([
      ("currency", .string(shopper.currency)), ("prices_include_tax", .bool(shopper.currency == "EUR")),
      ("channel", .string("web")), ("lines", .array(lines)), ("shipping", .array([shipping])),
    ])
  }

  private static let usualCodes: [(String, Int)] = [
    ("WELCOME10", 20), ("SAVE5", 16), ("FREESHIP", 16), ("SHOES20", 10), ("BOOKS", 7), ("LOYAL5", 8),
    ("VIP15", 7),
    ("DAILY8", 12), ("GIFT25", 8), ("TWICE", 8), ("SUMMER", 3), ("SOON", 1), ("DRAFT", 1), ("STAFF50", 2),
    ("TOKYO", 3), ("NOSUCHCODE", 2),
  ]

  private static func codes(
    for shopper: Shopper, account: Int?, inSale: Bool, _ random: inout SeededRandom
  ) -> [String] {
    var codes: [String] = []
    if inSale { codes.append("FLASH50") }
    if let account, random.happens(perMille: 40) {
      // Now and then somebody tries a friend's code.
      codes.append("THANKS-\(1000 + (random.happens(perMille: 850) ? account : account + 1))")
    }
    let more = random.pick(weighted: [(0, inSale ? 80 : 5), (1, 65), (2, 24), (3, 6)])
    for _ in 0..<more { codes.append(random.pick(weighted: usualCodes)) }
    if codes.isEmpty { codes.append(random.pick(weighted: usualCodes)) }
    return codes.map { Typing.typed($0, &random) }
  }
}
