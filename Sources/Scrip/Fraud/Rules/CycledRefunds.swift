/// Purchases with coupons are taken back, again and again. Whoever sends clothes back that do not fit keeps some.
enum CycledRefunds: FraudBuyerRule {
  static let name: FraudRuleName = "cycled_refunds"
  static let usualPoints = 85

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone, .device, .payment]) { trait in
      let refunds = book.countOfHabit(.refund, trait, at: attempt.at)
      let purchases = book.countOfHabit(.purchase, trait, at: attempt.at)
      guard refunds * 10 >= purchases * 6 else { return nil }
      let recent = book.countOfRush(.refund, trait, at: attempt.at)
      return FraudSign(
        strength: max(
          FraudSign.strength(of: refunds, harmless: 2, certain: 5),
          FraudSign.strength(of: recent, harmless: 2, certain: 4)),
        [
          FraudFact("refunds_in_30_days", refunds, of: trait),
          FraudFact("purchases_in_30_days", purchases, of: trait),
        ])
    }
  }
}
