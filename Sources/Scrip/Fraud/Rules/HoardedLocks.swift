/// Coupons are locked and let go of, again and again: somebody keeps them from others. Carts that are left behind are
/// usual, so only many of them count, and only where most of what was locked was let go of.
enum HoardedLocks: FraudBuyerRule {
  static let name: FraudRuleName = "hoarded_locks"
  static let usualPoints = 85

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone, .device, .payment]) { trait in
      let abandoned = book.countOfRush(.abandonment, trait, at: attempt.at)
      let uses = book.countOfRush(.use, trait, at: attempt.at)
      guard abandoned * 10 >= uses * 7 else { return nil }
      return FraudSign(
        strength: FraudSign.strength(of: abandoned, harmless: 4, certain: 12),
        [
          FraudFact("locks_let_go_in_an_hour", abandoned, of: trait),
          FraudFact("uses_in_an_hour", uses, of: trait),
        ])
    }
  }
}
