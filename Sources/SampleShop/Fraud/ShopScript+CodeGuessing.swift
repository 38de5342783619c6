import Scrip

/// Codes of friends have four digits, and a few of a thousand are open. Whoever finds one sells it.
extension ShopScript {
  mutating func guessCodes(_ manner: ShopAttackManner) {
    let (pace, tries, addresses, guessesByDevice): (ClosedRange<Int>, Int, Int, Int) =
      switch manner {
      case .bold: (200...1500, random.within(2000...5000), random.within(20...100), random.within(50...400))
      case .usual: (1000...8000, random.within(1500...4000), random.within(100...500), random.within(5...40))
      case .careful:
        (15_000...70_000, random.within(600...1500), random.within(300...2000), random.within(1...3))
      }
    let hitsPerMille = random.within(6...30)
    let counts = random.happens(perMille: 500)
    let networks = rentedNetworks(addresses)
    let hasAccount = manner == .bold && random.happens(perMille: 500)
    var person = ShopPerson(carriers: town.carriers, isGuest: !hasAccount, since: 14, &random)
    var (milliseconds, code) = (beginning() * 1000, random.below(10_000))
    for number in 0..<tries {
      milliseconds += Int64(random.within(pace))
      code = counts ? (code + 1) % 10_000 : random.below(10_000)
      if number % guessesByDevice == 0 {
        person.devices = fresh(1)
        if !hasAccount { (person.email, person.phone) = (random.next(), nil) }
        person.mailbox = person.email
      }
      let digits = String(code)
      let text = "FRIEND-" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      let traits = person.traits(device: person.devices[0], card: nil, network: random.pick(networks))
      let typed: ShopTyping =
        random.happens(perMille: hitsPerMille)
        ? .opening(ShopFraudCoupon.friends.opening(text, &random), .paid(after: 60))
        : .misses([FraudCode(text)])
      note(.attack(.codeGuessing), at: milliseconds / 1000, traits, age: person.user == nil ? nil : 0, typed)
    }
  }
}
