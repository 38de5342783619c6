/// One block of addresses uses coupons again and again within an hour. An office, or a carrier's customers, do so on any good day: it never decides by itself.
enum UsesByNetwork: FraudBuyerRule {
  static let name: FraudRuleName = "uses_by_network"
  static let usualPoints = 15

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.network]) { trait in
      let count = book.countOfRush(.use, trait, at: attempt.at) + 1
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 60, certain: 300),
        [FraudFact("uses_in_an_hour", count, of: trait)])
    }
  }
}
