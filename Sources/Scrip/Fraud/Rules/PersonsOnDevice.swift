/// Many persons on one device within thirty days. A family is five, with a guest.
enum PersonsOnDevice: FraudBuyerRule {
  static let name: FraudRuleName = "persons_on_device"
  static let usualPoints = 70

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.device]) { trait in
      let users = book.company(of: trait, .user, with: attempt.traits, at: attempt.at)
      let addresses = book.company(of: trait, .email, with: attempt.traits, at: attempt.at)
      let count = max(users, addresses)
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 5, certain: 9),
        [FraudFact("persons_in_30_days", count, of: trait)])
    }
  }
}
