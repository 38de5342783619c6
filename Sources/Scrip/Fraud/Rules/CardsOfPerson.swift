/// One customer pays with many cards within thirty days: many who buy in one name. Hardly anybody has more than three.
enum CardsOfPerson: FraudBuyerRule {
  static let name: FraudRuleName = "cards_of_person"
  static let usualPoints = 60

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .mailbox]) { trait in
      let count = book.company(of: trait, .payment, with: attempt.traits, at: attempt.at)
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 3, certain: 5),
        [FraudFact("cards_in_30_days", count, of: trait)])
    }
  }
}
