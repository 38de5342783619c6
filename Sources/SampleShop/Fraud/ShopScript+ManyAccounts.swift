import Scrip

/// One person wants the welcome fifty times.
extension ShopScript {
  mutating func makeAccounts(_ manner: ShopAttackManner) {
    let (accounts, pace, devices, cards): (Int, ClosedRange<Int>, Int, Int) =
      switch manner {
      case .bold: (random.within(40...60), 20...90, 1, 1)
      case .usual: (random.within(40...60), 120...900, random.within(1...2), random.within(1...2))
      case .careful: (random.within(30...50), 1800...10_000, random.within(2...5), random.within(2...5))
      }
    // With care, some accounts were made long before.
    let agedPerMille = manner == .careful ? random.pick([0, 500, 1000]) : 0
    let mailbox = random.next()
    let hasOneMailbox = random.happens(perMille: manner == .bold ? 700 : manner == .usual ? 300 : 0)
    let (instruments, things) = (fresh(cards), fresh(devices))
    let networks = random.happens(perMille: 500) ? fresh(1) : rentedNetworks(random.within(5...20))
    var now = beginning()
    for _ in 0..<accounts {
      now += Int64(random.within(pace))
      let today = now / ShopScript.day
      let isAged = random.happens(perMille: agedPerMille)
      var person = ShopPerson(
        carriers: town.carriers, since: isAged ? today - Int64(random.within(5...60)) : today, &random)
      person.mailbox = hasOneMailbox ? mailbox : person.email
      person.phone = nil
      let known = random.happens(perMille: cardsPerMille) ? random.pick(instruments) : nil
      note(
        .attack(.manyAccounts), at: now,
        person.traits(device: random.pick(things), card: known, network: random.pick(networks)),
        age: person.age(on: today),
        .opening(ShopFraudCoupon.welcome.opening(nil, &random), .paid(after: Int64(random.within(30...180)))))
    }
  }
}
