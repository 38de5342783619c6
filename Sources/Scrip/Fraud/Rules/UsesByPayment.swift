/// One card pays with coupons again and again within an hour.
enum UsesByPayment: FraudBuyerRule {
  static let name: FraudRuleName = "uses_by_payment"
  static let usualPoints = 40

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.payment]) { trait in
      let count = book.countOfRush(.use, trait, at: attempt.at) + 1
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 4, certain: 12),
        [FraudFact("uses_in_an_hour", count, of: trait)])
    }
  }
}
