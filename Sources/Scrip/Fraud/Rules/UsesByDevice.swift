/// One device uses coupons again and again within an hour. A family shares one, and so does a counter.
enum UsesByDevice: FraudBuyerRule {
  static let name: FraudRuleName = "uses_by_device"
  static let usualPoints = 40

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.device]) { trait in
      let count = book.countOfRush(.use, trait, at: attempt.at) + 1
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 5, certain: 15),
        [FraudFact("uses_in_an_hour", count, of: trait)])
    }
  }
}
