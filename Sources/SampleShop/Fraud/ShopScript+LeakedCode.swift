import Scrip

/// A partner's code on a page of deals: everybody who uses it is somebody else, and most have never been here.
extension ShopScript {
  mutating func leakCode(_ manner: ShopAttackManner) {
    let (perHour, hours): (Int, Int) =
      switch manner {
      case .bold: (random.within(400...1500), random.within(2...5))
      case .usual: (random.within(90...400), random.within(4...12))
      case .careful: (random.within(25...60), random.within(12...48))
      }
    let strangersPerMille = random.within(650...950)
    let start = beginning()
    for hour in 0..<hours {
      // It fades as the page does.
      let count = manner == .careful ? perHour : perHour * (hours - hour) / hours
      for _ in 0..<count {
        let now = start + Int64(hour * 3600 + random.below(3600))
        let isGuest = random.happens(perMille: 600)
        let person =
          random.happens(perMille: strangersPerMille)
          ? ShopPerson(carriers: town.carriers, isGuest: isGuest, since: now / ShopScript.day, &random)
          : random.pick(town.people)
        let isLeft = random.happens(perMille: abandonedPerMille)
        checkout(
          .attack(.leakedCode), at: now, person,
          .opening(
            ShopFraudCoupon.partner.opening(nil, &random),
            isLeft ? .abandoned(after: 900) : .paid(after: Int64(random.within(40...400)))))
      }
    }
  }
}
