/// Many persons pay with one card within thirty days. A couple is two, and a parent pays for the whole family.
enum PersonsOnPayment: FraudBuyerRule {
  static let name: FraudRuleName = "persons_on_payment"
  static let usualPoints = 80

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.payment]) { trait in
      let users = book.company(of: trait, .user, with: attempt.traits, at: attempt.at)
      let addresses = book.company(of: trait, .email, with: attempt.traits, at: attempt.at)
      let count = max(users, addresses)
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 4, certain: 8),
        [FraudFact("persons_in_30_days", count, of: trait)])
    }
  }
}
