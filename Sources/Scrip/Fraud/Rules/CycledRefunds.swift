/// Purchases with coupons are taken back, again and again. Whoever sends clothes back that do not fit keeps some.
enum CycledRefunds: FraudBuyerRule {
  static let name: FraudRuleName = "cycled_refunds"
  static let usualPoints = 85

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone, .device, .payment]) { trait in
      let refunds = book.countOfHabit(.refund, trait, at: attempt.at)
      let uses = book.countOfHabit(.use, trait, at: attempt.at)
      guard refunds * 10 >= uses * 6 else { return nil }
      return FraudSign(
        strength: FraudSign.strength(of: refunds, harmless: 3, certain: 8),
        [
          FraudFact("refunds_in_30_days", refunds, of: trait),
          FraudFact("uses_in_30_days", uses, of: trait),
        ])
    }
  }
}
