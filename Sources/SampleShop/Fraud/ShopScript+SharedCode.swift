import Scrip

/// A discount of the staff's, for one person: a ring buys in that person's name, each from a place of their own. Some
/// try the code in their own names first, which opens nothing for them.
extension ShopScript {
  mutating func shareCode(_ manner: ShopAttackManner) {
    let (members, uses, hours): (Int, Int, Int) =
      switch manner {
      case .bold: (random.within(30...80), random.within(100...300), random.within(4...24))
      case .usual: (random.within(15...50), random.within(70...150), random.within(48...120))
      case .careful: (random.within(8...25), random.within(50...100), random.within(120...200))
      }
    let owner = ShopPerson(carriers: town.carriers, since: -400, &random)
    let ring = (0..<members).map { _ in ShopPerson(carriers: town.carriers, since: 2, &random) }
    let foreignPerMille = random.within(50...300)
    let start = Int64(random.within(12 * 86_400...13 * 86_400))
    let moments = (0..<uses).map { _ in start + Int64(random.below(hours * 3600)) }.sorted()
    for now in moments {
      let member = random.pick(ring)
      if random.happens(perMille: foreignPerMille) {
        checkout(.attack(.sharedCode), at: now, member, .foreign)
        continue
      }
      var guise = owner
      (guise.devices, guise.cards) = (member.devices, member.cards)
      (guise.home, guise.carrierBlocks) = (member.home, member.carrierBlocks)
      checkout(
        .attack(.sharedCode), at: now, guise,
        .opening(ShopFraudCoupon.staff.opening(nil, &random), .paid(after: Int64(random.within(60...300)))))
    }
  }
}
