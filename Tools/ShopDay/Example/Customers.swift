import JSON
import SampleShop

/// Somebody who buys in the example shop.
struct Shopper: Sendable {
  /// Their account; nil for a guest.
  let userID: String?
  let email: String
  let country: String
  let currency: String
  /// How often they have bought before and today.
  var orders: Int

  /// The customer as the shop tells the service.
  var json: JSONText {
    var members: [(String, JSONText)] = []
    if let userID { members.append(("user_id", .string(userID))) }
    members.append(("email", .string(email)))
    // Said even if there are none: a shop that leaves segments out has not said that there are none.
    members.append(("segments", .array(userID != nil && orders >= 6 ? [.string("vip")] : [])))
    members.append(("first_order", .bool(orders == 0)))
    members.append(("country", .string(country)))
    return .object(members)
  }
}

/// Everybody who may buy that day, with their histories.
struct Customers: Sendable {
  private(set) var registered: [Shopper] = []
  private var guests = 0

  private static let names = ["ann", "ben", "chloe", "dan", "emi", "farid", "gina", "hugo", "ines", "jun"]

  init(count: Int, _ random: inout SeededRandom) {
    for number in 1...count {
      // Faithful customers come first, so that they are also drawn most often.
      let isFaithful = number * 10 < count
      registered.append(
        Customers.shopper(
          userID: "u-\(number)", number: number,
          orders: isFaithful ? 6 + random.below(20) : random.popular(below: 6),
          &random))
    }
  }

  /// Who buys next: a guest in one of four cases, otherwise somebody with an account.
  mutating func next(_ random: inout SeededRandom) -> (Shopper, account: Int?) {
    if random.happens(perMille: 250) {
      guests += 1
      return (Customers.shopper(userID: nil, number: 100_000 + guests, orders: 0, &random), nil)
    }
    let account = random.popular(below: registered.count)
    return (registered[account], account)
  }

  /// Remembers that somebody has paid.
  mutating func bought(_ account: Int?) {
    if let account { registered[account].orders += 1 }
  }

  private static func shopper(
    userID: String?, number: Int, orders: Int, _ random: inout SeededRandom
  ) -> Shopper {
    let currency = random.pick(weighted: Catalogue.currencies)
    let country: String =
      switch currency {
      case "EUR": random.pick(["DE", "AT", "FR", "NL"])
      case "JPY": "JP"
      case "KWD": "KW"
      default: "US"
      }
    return Shopper(
      userID: userID, email: "\(random.pick(names))\(number)@example.com", country: country,
      currency: currency,
      orders: orders)
  }
}
