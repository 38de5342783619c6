/// One person uses coupons again and again within an hour. Who orders for others does so a few times.
enum UsesByPerson: FraudBuyerRule {
  static let name: FraudRuleName = "uses_by_person"
  static let usualPoints = 45

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone]) { trait in
      let count = book.countOfRush(.use, trait, at: attempt.at) + 1
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 4, certain: 12),
        [FraudFact("uses_in_an_hour", count, of: trait)])
    }
  }
}
