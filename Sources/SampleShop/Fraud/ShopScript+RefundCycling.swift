import Scrip

/// Each purchase is taken back, and something is kept: a gift, points, or the list price across the counter.
extension ShopScript {
  mutating func cycleRefunds(_ manner: ShopAttackManner) {
    let (cycles, pace, wait, accounts): (Int, ClosedRange<Int>, ClosedRange<Int>, Int) =
      switch manner {
      case .bold: (random.within(80...200), 120...600, 60...300, 1)
      case .usual: (random.within(60...120), 1200...7200, 1200...18_000, random.within(1...3))
      case .careful: (random.within(20...40), 14_400...43_200, 86_400...259_200, random.within(2...4))
      }
    let keptPerMille = manner == .bold ? 0 : random.within(0...250)
    let shared = ShopPerson(carriers: town.carriers, since: -30, &random)
    let people = (0..<accounts).map { _ in
      var person = ShopPerson(carriers: town.carriers, since: -Int64(random.within(1...200)), &random)
      (person.devices, person.cards, person.home) = (shared.devices, shared.cards, shared.home)
      return person
    }
    var now = Int64(manner == .careful ? 4 * 86_400 : 13 * 86_400) + Int64(random.below(86_400))
    for _ in 0..<cycles {
      now += Int64(random.within(pace))
      let paid = Int64(random.within(20...60))
      let outcome: ShopOutcome =
        random.happens(perMille: keptPerMille)
        ? .paid(after: paid) : .refunded(paidAfter: paid, after: paid + Int64(random.within(wait)))
      checkout(
        .attack(.refundCycling), at: now, random.pick(people),
        .opening(ShopFraudCoupon.summer.opening(nil, &random), outcome))
    }
  }
}
