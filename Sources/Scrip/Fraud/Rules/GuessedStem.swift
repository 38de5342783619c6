/// Somebody whom the shop does not know has a code that works, while many codes that begin like it are tried and open
/// nothing: one of the guesses was right. It sees guessers who have another address and another device each time.
///
/// A code that many use is mistyped by many, so misses count only where they are far more than the uses. Whoever has come
/// as far as a card is probably no guesser, or would soon be known by it, and counts half.
enum GuessedStem: FraudBuyerRule {
  static let name: FraudRuleName = "guessed_stem"
  static let usualPoints = 85

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    guard attempt.isOfStranger else { return nil }
    let hasCard = attempt.traits.contains { $0.kind == .payment }
    let signs = attempt.codes.compactMap { code -> FraudSign? in
      let (misses, uses) = book.stem(of: code, at: attempt.at)
      guard misses >= uses * 4 else { return nil }
      return FraudSign(
        strength: FraudSign.strength(of: misses, harmless: 6, certain: 16) / (hasCard ? 2 : 1),
        [FraudFact("codes_alike_missed_in_an_hour", misses), FraudFact("codes_alike_used_in_an_hour", uses)])
    }
    return signs.max { $0.strength < $1.strength }
  }
}
