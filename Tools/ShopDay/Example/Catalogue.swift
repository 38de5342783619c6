import JSON
import SampleShop

/// What the example shop sells.
struct Catalogue: Sendable {
  /// One thing to buy.
  struct Product: Sendable {
    let id: String
    let category: String
    let seller: String
    /// Minor units by currency.
    let prices: [(String, Int64)]

    /// The price in a currency of the shop.
    func price(in currency: String) -> Int64 { prices.first { $0.0 == currency }?.1 ?? 0 }
  }

  /// The currencies of the shop with how common they are: two decimals, two decimals, none, three.
  static let currencies: [(String, Int)] = [("USD", 55), ("EUR", 25), ("JPY", 13), ("KWD", 7)]

  private static let ranges: [(category: String, from: Int, to: Int)] = [
    ("shoes", 3900, 18_900), ("shirts", 1500, 6900), ("trousers", 2900, 11_900), ("books", 799, 3900),
    ("kitchen", 999, 24_900), ("gifts", 299, 4900),
  ]

  /// Everything, best sellers first.
  let products: [Product]

  init(_ random: inout SeededRandom) {
    var products: [Product] = []
    for number in 1...90 {
      let range = Catalogue.ranges[number % Catalogue.ranges.count]
      let cents = range.from + random.below((range.to - range.from) / 100) * 100 + 99
      products.append(
        Product(
          id: "p-\(range.category)-\(number)", category: range.category,
          seller: "seller-\(1 + random.below(4))",
          prices: Catalogue.prices(cents: Int64(cents))))
    }
    self.products = products
  }

  /// The shop's own price list, not a rate: each currency has the kind of figure that its customers are used to.
  private static func prices(cents: Int64) -> [(String, Int64)] {
    let euro = max(99, cents * 92 / 100 / 100 * 100 + 99)
    let yen = max(100, cents * 3 / 2 / 10 * 10)
    let fils = max(250, cents * 307 / 100 / 50 * 50)
    return [("USD", cents), ("EUR", euro), ("JPY", yen), ("KWD", fils)]
  }

  /// What shipping costs.
  static func shipping(_ method: String, in currency: String) -> Int64 {
    let standard: Int64 =
      switch currency {
      case "JPY": 700
      case "KWD": 1500
      default: 499
      }
    return method == "express" ? standard * 3 : standard
  }

  /// The catalogue as a document.
  var json: JSONText {
    .object([
      (
        "products",
        .array(
          products.map { product in
            .object([
              ("id", .string(product.id)), ("category", .string(product.category)),
              ("seller_id", .string(product.seller)),
              ("prices", .object(product.prices.map { ($0.0, .integer($0.1)) })),
            ])
          })
      ),
      (
        "shipping",
        .object(
          ["standard", "express"].map { method in
            (
              method,
              JSONText.object(
                Catalogue.currencies.map { ($0.0, JSONText.integer(Catalogue.shipping(method, in: $0.0))) })
            )
          })
      ),
    ])
  }
}
