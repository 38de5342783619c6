import Scrip

/// Somebody who buys, honest or not, with what a shop would see of them.
struct ShopPerson: Sendable {
  /// The account; nil for a guest.
  var user: UInt64?
  var email: UInt64
  /// What is behind the address.
  var mailbox: UInt64
  var phone: UInt64?
  var devices: [UInt64]
  var cards: [UInt64]
  /// Where they are at home, and through whom on the way.
  var home: UInt64
  var carrierBlocks: [UInt64]
  /// Where they work, if others of the town work there.
  var office: UInt64?
  /// On which day of the scenario the account was made; before it if negative.
  var since: Int64
  /// Whether their browser keeps nothing, so that they are on a new device each time.
  let isPrivate: Bool
  /// How many of a thousand purchases go back.
  var returnsPerMille: Int

  /// A person with things of their own, and an account that is so many days old when the scenario begins.
  init(carriers: [UInt64], isGuest: Bool = false, since: Int64, _ random: inout SeededRandom) {
    user = isGuest ? nil : random.next()
    email = random.next()
    mailbox = random.happens(perMille: 985) ? email : random.next()
    phone = random.happens(perMille: 550) ? random.next() : nil
    devices = (0..<random.pick(weighted: [(1, 50), (2, 40), (3, 10)])).map { _ in random.next() }
    cards = (0..<random.pick(weighted: [(1, 75), (2, 25)])).map { _ in random.next() }
    home = random.next()
    let first = random.below(carriers.count / 4) * 4
    carrierBlocks = Array(carriers[first..<first + 4])
    self.since = since
    isPrivate = random.happens(perMille: 40)
    // Some order three sizes and keep none of most.
    returnsPerMille = random.happens(perMille: 25) ? random.within(550...800) : random.within(20...180)
  }

  /// What is seen of them at one place, with one thing.
  func traits(device: UInt64, card: UInt64?, network: UInt64) -> [FraudTrait] {
    var traits: [FraudTrait] = []
    if let user { traits.append(FraudTrait(.user, digest: user)) }
    traits += [FraudTrait(.email, digest: email), FraudTrait(.mailbox, digest: mailbox)]
    if let phone { traits.append(FraudTrait(.phone, digest: phone)) }
    traits.append(FraudTrait(.device, digest: device))
    if let card { traits.append(FraudTrait(.payment, digest: card)) }
    traits.append(FraudTrait(.network, digest: network))
    return traits
  }

  /// For how many days the shop has known them on a day; nil for guests.
  func age(on day: Int64) -> Int64? { user == nil ? nil : max(0, day - since) }
}

/// The people of a town: households, offices, and the carriers behind whose few addresses everybody surfs on the way.
struct ShopTown: Sendable {
  /// The blocks of all carriers, four of each.
  let carriers: [UInt64]
  /// Everybody with an account, household by household.
  private(set) var people: [ShopPerson] = []
  /// The households with four members or more, by their places among the people.
  private(set) var families: [Range<Int>] = []
  /// Who works in which office.
  private(set) var offices: [[Int]] = []
  /// The company card of an office, where it has one.
  private(set) var companyCards: [UInt64?] = []

  init(population: Int, _ random: inout SeededRandom) {
    carriers = (0..<24).map { _ in random.next() }
    while people.count < population {
      settle(household: random.pick(weighted: [(1, 40), (2, 32), (3, 12), (4, 11), (5, 4), (6, 1)]), &random)
    }
    for _ in 0..<8 { open(officeOf: random.within(20...150), &random) }
  }

  private mutating func settle(household count: Int, _ random: inout SeededRandom) {
    let first = people.count
    for _ in 0..<count {
      let since = random.happens(perMille: 30) ? Int64(random.within(0...20)) : -Int64(random.within(1...900))
      people.append(ShopPerson(carriers: carriers, since: since, &random))
    }
    let members = first..<people.count
    // In some households all buy through one account, each with a phone, and two or three with a card.
    if count >= 2, random.happens(perMille: 80) {
      for member in members {
        share(accountOf: first, with: member)
        // Most cards of such an account are the one that is kept with it.
        if member == first || random.happens(perMille: 300) { continue }
        people[member].cards = [people[first].cards[0]]
      }
    }
    let home = people[first].home
    let (shared, card) = (people[first].devices[0], people[first].cards[0])
    let (sharesDevice, sharesCard) = (random.happens(perMille: 500), random.happens(perMille: 450))
    for member in members {
      people[member].home = home
      if sharesDevice, member != first { people[member].devices.append(shared) }
      // A parent's card pays for whoever asks.
      if sharesCard, member != first, random.happens(perMille: 600) { people[member].cards[0] = card }
    }
    if count >= 4 { families.append(members) }
  }

  private mutating func share(accountOf owner: Int, with member: Int) {
    people[member].user = people[owner].user
    people[member].email = people[owner].email
    people[member].mailbox = people[owner].mailbox
    people[member].phone = people[owner].phone
    people[member].since = people[owner].since
  }

  private mutating func open(officeOf count: Int, _ random: inout SeededRandom) {
    let network = random.next()
    let staff = (0..<count).map { _ in random.below(people.count) }
    for member in staff { people[member].office = network }
    offices.append(staff)
    companyCards.append(random.happens(perMille: 400) ? random.next() : nil)
  }
}
