/// One customer comes from many devices within thirty days, and from as many places: many who buy in one name. A phone, a
/// tablet and a computer are three. A browser that keeps nothing is another device each time, but at home in one place; a
/// phone is in another network each day, but stays one device.
enum DevicesOfPerson: FraudBuyerRule {
  static let name: FraudRuleName = "devices_of_person"
  static let usualPoints = 40

  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign? {
    attempt.strongest([.user, .mailbox]) { trait in
      let devices = book.company(of: trait, .device, with: attempt.traits, at: attempt.at)
      let networks = book.company(of: trait, .network, with: attempt.traits, at: attempt.at)
      return FraudSign(
        strength: FraudSign.strength(of: min(devices, networks), harmless: 3, certain: 6),
        [
          FraudFact("devices_in_30_days", devices, of: trait),
          FraudFact("networks_in_30_days", networks, of: trait),
        ])
    }
  }
}
