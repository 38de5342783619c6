/// Addresses that differ in nothing but what their provider ignores: one mailbox, many customers. Two are somebody who
/// sorts mail by addresses. Anybody can name anybody's address, so it speaks against no customer whom the shop knows.
enum SpellingsOfMailbox: FraudBuyerRule {
  static let name: FraudRuleName = "spellings_of_mailbox"
  static let usualPoints = 85

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    guard attempt.isOfStranger else { return nil }
    return attempt.strongest([.mailbox]) { mailbox in
      let count = book.company(of: mailbox, .email, with: attempt.traits, at: attempt.at)
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 2, certain: 4),
        [FraudFact("addresses_in_30_days", count, of: mailbox)])
    }
  }
}
