/// Codes that open nothing, one after the other. Who mistypes does so a few times; a network has many who do.
enum GuessedCodes: FraudBuyerRule {
  static let name: FraudRuleName = "guessed_codes"
  static let usualPoints = 80

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest(.all) { trait in
      let count = book.countOfRush(.miss, trait, at: attempt.at)
      let strength =
        trait.kind == .network
        ? FraudSign.strength(of: count, harmless: 30, certain: 120) * 40 / 100
        : FraudSign.strength(of: count, harmless: 5, certain: 15)
      return FraudSign(strength: strength, [FraudFact("misses_in_an_hour", count, of: trait)])
    }
  }
}
