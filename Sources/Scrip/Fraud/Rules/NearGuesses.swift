/// Codes that are off by one place, again and again: somebody counts upwards from a code that works.
enum NearGuesses: FraudBuyerRule {
  static let name: FraudRuleName = "near_guesses"
  static let usualPoints = 60

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest(.all) { trait in
      let count = book.countOfRush(.nearMiss, trait, at: attempt.at)
      let strength =
        trait.kind == .network
        ? FraudSign.strength(of: count, harmless: 15, certain: 60) * 40 / 100
        : FraudSign.strength(of: count, harmless: 3, certain: 8)
      return FraudSign(strength: strength, [FraudFact("near_misses_in_an_hour", count, of: trait)])
    }
  }
}
