import Scrip

/// Three weeks of a shop, with attackers among its honest buyers: two weeks by which the shop gets to know its customers
/// and coupons their rhythm, and a third that is watched.
///
/// The same seed gives the same attempts, and the attacks differ from seed to seed: how fast, from how many addresses, with
/// how many accounts, devices and cards, and with how much care.
package struct FraudScenario: Sendable {
  /// What it is made up from.
  package let seed: UInt64
  /// Everything that happens, in order of time.
  package let attempts: [ShopAttempt]
  /// With how much care each attack was made.
  package let manners: [ShopAttack: ShopAttackManner]
  /// When the third week begins. Honest buyers are counted from then on.
  package let watchedFrom: Instant

  static let days: Int64 = 21
  private static let watchedDay: Int64 = 14

  /// Makes up a scenario.
  ///
  /// - Parameters:
  ///   - attacks: those that take place. What honest buyers do is the same whichever do.
  ///   - checkoutsADay: how many honest buyers there are on a usual day; flash sale and newsletter have as many more.
  package init(seed: UInt64, attacks: Set<ShopAttack> = Set(ShopAttack.allCases), checkoutsADay: Int = 800) {
    var script = ShopScript(seed: seed, checkoutsADay: checkoutsADay)
    script.playEveryday(days: FraudScenario.days)
    let watched = FraudScenario.watchedDay..<FraudScenario.days
    script.playFamilies(on: watched)
    script.playOffices(on: watched)
    script.playFlashSale(on: 15 + Int64(script.random.below(5)))
    script.playNewsletter(on: 15 + Int64(script.random.below(5)))
    var manners: [ShopAttack: ShopAttackManner] = [:]
    for (place, attack) in ShopAttack.allCases.enumerated() {
      // Each attack has chances of its own, so that it is the same whichever others take place.
      var random = SeededRandom(seed: seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(place + 1))
      let manner = random.pick(ShopAttackManner.allCases)
      if !attacks.contains(attack) { continue }
      manners[attack] = manner
      script.random = random
      script.play(attack, manner)
    }
    self.seed = seed
    self.manners = manners
    watchedFrom = ShopScript.moment(FraudScenario.watchedDay * ShopScript.day)
    // In order of time; what happens at one moment, in the order in which it was made up.
    attempts = script.attempts.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
      .map(\.element)
  }
}
