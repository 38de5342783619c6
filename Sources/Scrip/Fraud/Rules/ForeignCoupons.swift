/// Coupons of others are tried: a personal code goes round. Who was sent a friend's code tries it once or twice.
enum ForeignCoupons: FraudBuyerRule {
  static let name: FraudRuleName = "foreign_coupons"
  static let usualPoints = 60

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .email, .mailbox, .phone, .device, .payment]) { trait in
      let count = book.countOfHabit(.foreignCoupon, trait, at: attempt.at)
      return FraudSign(
        strength: FraudSign.strength(of: count, harmless: 2, certain: 6),
        [FraudFact("foreign_coupons_in_30_days", count, of: trait)])
    }
  }
}
