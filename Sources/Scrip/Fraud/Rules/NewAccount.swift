/// An account that was made for the coupon. Every customer was new once, so it weighs little: it adds to other signs.
enum NewAccount: FraudBuyerRule {
  static let name: FraudRuleName = "new_account"
  static let usualPoints = 10

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    guard let age = attempt.accountAgeDays, age < 2 else { return nil }
    return FraudSign(strength: age < 1 ? 100 : 50, [FraudFact("account_age_days", age)])
  }
}
