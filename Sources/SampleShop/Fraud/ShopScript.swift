import Scrip

/// What is written down while a scenario is made up: chances, people, and whatever happens.
struct ShopScript: Sendable {
  static let day: Int64 = 86_400
  /// The midnight with which it begins: a Monday.
  static let begin = Instant(clamping: 1_790_553_600_000_000)

  var random: SeededRandom
  var town: ShopTown
  /// How many of a thousand locks are left behind on a usual day.
  let abandonedPerMille: Int
  /// How many of a thousand attempts come with the card, which many shops know only later.
  let cardsPerMille: Int
  /// How many honest buyers there are on a usual day.
  let checkoutsADay: Int
  private(set) var attempts: [ShopAttempt] = []

  init(seed: UInt64, checkoutsADay: Int) {
    var random = SeededRandom(seed: seed)
    self.checkoutsADay = checkoutsADay
    town = ShopTown(population: max(400, checkoutsADay * 8), &random)
    abandonedPerMille = random.within(200...700)
    cardsPerMille = random.within(400...1000)
    self.random = random
  }

  /// So many as there would be in a shop with 800 checkouts a day, for a shop of this size.
  func scaled(_ count: Int) -> Int { (count * checkoutsADay + 799) / 800 }

  /// The moment so many seconds after the beginning.
  static func moment(_ seconds: Int64) -> Instant { begin.adding(seconds: seconds) }

  /// Writes down an attempt. Seconds are since the beginning.
  mutating func note(
    _ actor: ShopActor, at seconds: Int64, _ traits: [FraudTrait], age: Int64?, _ typed: ShopTyping
  ) {
    attempts.append(
      ShopAttempt(
        actor: actor, at: ShopScript.moment(seconds), traits: traits, accountAgeDays: age, typed: typed))
  }

  /// Writes down a checkout of somebody from one of their places.
  mutating func checkout(
    _ actor: ShopActor, at seconds: Int64, _ person: ShopPerson, device: UInt64? = nil, card: UInt64? = nil,
    network: UInt64? = nil, _ typed: ShopTyping
  ) {
    let device = device ?? random.pick(person.devices)
    let known = random.happens(perMille: cardsPerMille) ? card ?? random.pick(person.cards) : nil
    let network = network ?? random.pick(weighted: places(of: person))
    note(
      actor, at: seconds, person.traits(device: device, card: known, network: network),
      age: person.age(on: seconds / ShopScript.day), typed)
  }

  private func places(of person: ShopPerson) -> [(UInt64, Int)] {
    [(person.home, 56)] + person.carrierBlocks.map { ($0, 10) } + (person.office.map { [($0, 15)] } ?? [])
  }
}

/// The coupons of a scenario.
enum ShopFraudCoupon: UInt8, CaseIterable, Sendable {
  case welcome = 1
  case save, summer, friends, partner, flash, reminder, limited, staff

  var id: Coupon.ID { Coupon.ID(UInt128(rawValue)) }

  /// The code that opens it for everybody.
  var code: String {
    switch self {
    case .welcome: "WELCOME10"
    case .save: "SAVE5"
    case .summer: "SUMMER20"
    case .friends: "FRIEND-0000"
    case .partner: "PODCAST15"
    case .flash: "FLASH30"
    case .reminder: "THANKYOU12"
    case .limited: "FIRST100"
    case .staff: "STAFF-7H2KQ"
    }
  }

  /// A discount as it might come out for a cart, in minor units.
  func discount(_ random: inout SeededRandom) -> Int64 {
    switch self {
    case .save: 500
    case .friends: 1000
    case .staff, .flash: Int64(random.within(1500...6000))
    default: Int64(random.within(400...2500))
    }
  }

  /// The coupon opened by its code, or by another one.
  func opening(_ code: String? = nil, _ random: inout SeededRandom) -> ShopOpening {
    ShopOpening(code: code ?? self.code, coupon: id, discount: discount(&random))
  }
}
