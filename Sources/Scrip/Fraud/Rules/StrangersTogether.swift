/// Several customers whom the shop does not know share a device, a card, a phone or a mailbox within thirty days, or things
/// of each other: one person who wants what new customers get. A family that comes to a shop together is two or three, and
/// one of four guests needs another sign to be refused.
enum StrangersTogether: FraudBuyerRule {
  static let name: FraudRuleName = "strangers_together"
  static let usualPoints = 70

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    guard attempt.isOfStranger else { return nil }
    let count = book.strangers(with: attempt)
    return FraudSign(
      strength: FraudSign.strength(of: count, harmless: 1, certain: 4),
      [FraudFact("strangers_in_30_days", count)])
  }
}
