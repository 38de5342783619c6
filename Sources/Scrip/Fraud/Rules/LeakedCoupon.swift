/// A coupon is used far more often than ever: its code stands on a page that it was not meant for.
///
/// * A campaign that begins has no history, so a coupon that is younger than a day, or that a few uses would double, says
///   nothing, and one that is younger than a week is never certain.
/// * A mail of the shop's own brings customers whom it knows, a page of deals brings strangers: only these make it certain.
/// * On a day on which all coupons are used more than usual, it is the shop that is busy: what the others have grown by is
///   no leak of this one.
///
/// It speaks of the coupon and not of the buyer, so it never blocks by itself: what follows is an alert, and where the
/// tenant wants that, the coupon's end.
enum LeakedCoupon: FraudRule {
  static let name: FraudRuleName = "leaked_coupon"
  static let usualPoints = 10

  private static let day: Int64 = 86_400_000_000
  private static let usesMin: Int64 = 12
  /// Fewer uses than these are the shop's own tries before a campaign begins.
  private static let historyMin = 5.0
  private static let harmlessFactor = 3.0
  private static let certainFactor = 7.0
  private static let strangersMinPercent: Int64 = 40
  private static let mostWithoutStrangers = 90.0

  /// What it sees in how often a coupon, and everything in the shop, is used; nil if nothing.
  static func look(at coupon: FraudRhythms, in shop: FraudRhythms, at moment: Instant) -> FraudSign? {
    coupon.parts.indices.compactMap { place in
      look(at: coupon.parts[place], in: shop.parts[place].rhythm, of: coupon, at: moment)
    }.max { $0.strength < $1.strength }
  }

  private static func look(
    at part: FraudRhythms.Part, in shop: FraudRhythm, of coupon: FraudRhythms, at moment: Instant
  ) -> FraudSign? {
    let standing = part.rhythm.standing(at: moment)
    let known = standing.turns * part.rhythm.turn
    guard known >= day, standing.now >= usesMin,
      coupon.before(byTurnsOf: part.rhythm.turn, at: moment) >= historyMin
    else { return nil }
    let others = shop.standing(at: moment)
    let busyness = Double(others.now - standing.now) / max(others.usual - standing.usual, 1)
    let factor = Double(standing.now) / standing.usual / max(busyness, 1)
    let strength = (factor - harmlessFactor) / (certainFactor - harmlessFactor) * 100
    let all = coupon.now(byTurnsOf: part.rhythm.turn, at: moment)
    let areMost = part.areStrangers && standing.now * 100 >= all * strangersMinPercent
    let most = areMost && known >= 7 * day ? 100 : mostWithoutStrangers
    return FraudSign(
      strength: Int(min(max(strength, 0), most)),
      [
        FraudFact(part.areStrangers ? "strangers_in_turn" : "uses_in_turn", standing.now),
        FraudFact("usual_in_turn", Int64(standing.usual)),
        FraudFact("minutes_of_turn", part.rhythm.turn / 60_000_000),
      ])
  }
}
