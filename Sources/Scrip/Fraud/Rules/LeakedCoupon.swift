/// A coupon is used far more often than ever: its code stands on a page that it was not meant for. A campaign that begins
/// has no history, so one that is younger than a day, or that a few uses would double, says nothing.
///
/// It speaks of the coupon and not of the buyer, so it never blocks by itself: what follows is an alert, and where the
/// tenant wants that, the coupon's end.
enum LeakedCoupon: FraudRule {
  static let name: FraudRuleName = "leaked_coupon"
  static let usualPoints = 35

  private static let turnsOfADay: Int64 = 144
  private static let usesMin: Int64 = 20
  private static let harmlessFactor = 4.0
  private static let certainFactor = 12.0

  /// What it sees in how often a coupon is used; nil if nothing.
  static func look(at rhythm: FraudRhythm, at moment: Instant) -> FraudSign? {
    let standing = rhythm.standing(at: moment)
    guard standing.turns >= turnsOfADay, standing.now >= usesMin else { return nil }
    // Its busiest hour is no leak, and one use in ten minutes is the least that is compared with.
    let usual = max(standing.rule, standing.peak / 2, 1)
    let factor = Double(standing.now) / usual
    let strength = (factor - harmlessFactor) / (certainFactor - harmlessFactor) * 100
    return FraudSign(
      strength: Int(min(max(strength, 0), 100)),
      [
        FraudFact("uses_in_10_minutes", standing.now), FraudFact("usual_uses_in_10_minutes", Int64(usual)),
      ])
  }
}
