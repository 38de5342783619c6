import Scrip

/// Somebody locks a coupon of which there are a hundred, and pays none of them.
extension ShopScript {
  mutating func hoardLocks(_ manner: ShopAttackManner) {
    let (locks, pace, identities, devices): (Int, ClosedRange<Int>, Int, Int) =
      switch manner {
      case .bold: (random.within(150...400), 1...5, random.within(1...2), 1)
      case .usual: (random.within(150...400), 5...30, random.within(5...25), random.within(2...4))
      case .careful: (random.within(80...250), 30...180, random.within(20...60), random.within(8...30))
      }
    let areGuests = random.happens(perMille: 500)
    let things = fresh(devices)
    let networks = manner == .bold ? fresh(1) : rentedNetworks(random.within(5...60))
    var now = beginning()
    let people = (0..<identities).map { _ in
      ShopPerson(carriers: town.carriers, isGuest: areGuests, since: now / ShopScript.day, &random)
    }
    for _ in 0..<locks {
      now += Int64(random.within(pace))
      let person = random.pick(people)
      note(
        .attack(.lockHoarding), at: now,
        person.traits(device: random.pick(things), card: nil, network: random.pick(networks)),
        age: person.age(on: now / ShopScript.day),
        .opening(ShopFraudCoupon.limited.opening(nil, &random), .abandoned(after: 900)))
    }
  }
}
