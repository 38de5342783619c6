/// Coupons are locked and not paid, again and again: somebody keeps them from others. Carts that are left behind are
/// usual, so only many of them count, and only where most of what was locked was not paid. Locks that are still open count
/// as well: whoever takes a hundred within five minutes has let go of none.
enum HoardedLocks: FraudBuyerRule {
  static let name: FraudRuleName = "hoarded_locks"
  static let usualPoints = 85

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone, .device, .payment]) { trait in
      let uses = book.countOfRush(.use, trait, at: attempt.at)
      let unpaid = uses - book.countOfRush(.purchase, trait, at: attempt.at)
      guard unpaid * 10 >= uses * 7 else { return nil }
      return FraudSign(
        strength: FraudSign.strength(of: unpaid, harmless: 4, certain: 8),
        [
          FraudFact("unpaid_locks_in_an_hour", unpaid, of: trait),
          FraudFact("uses_in_an_hour", uses, of: trait),
        ])
    }
  }
}
