/// Somebody goes on after having been refused again and again. What was refused is no use, so without this an attacker
/// who slows down would look better with every hour. Who was refused by mistake tries twice, and asks.
enum BlockedBefore: FraudBuyerRule {
  static let name: FraudRuleName = "blocked_before"
  static let usualPoints = 80

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone, .device, .payment]) { trait in
      let recent = book.countOfRush(.block, trait, at: attempt.at)
      let all = book.countOfHabit(.block, trait, at: attempt.at)
      let strength = max(
        FraudSign.strength(of: recent, harmless: 2, certain: 6),
        FraudSign.strength(of: all, harmless: 6, certain: 20))
      return FraudSign(strength: strength, [FraudFact("blocked_in_30_days", all, of: trait)])
    }
  }
}
