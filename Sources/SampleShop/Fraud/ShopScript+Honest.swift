import Scrip

/// What honest buyers do besides buying: they mistype, they try what they have read of, and they leave.
extension ShopScript {
  /// When people buy: little at night, most of an evening. Seconds of a day.
  mutating func secondOfDay() -> Int64 {
    let hours = [6, 3, 2, 1, 1, 2, 5, 12, 22, 30, 36, 40, 46, 42, 38, 38, 42, 50, 60, 72, 80, 70, 44, 18]
    let hour = random.pick(weighted: hours.enumerated().map { ($0.offset, $0.element) })
    return Int64(hour * 3600 + random.below(3600))
  }

  /// Somebody buys: tries before, the lock, and what becomes of it. Some come back to the cart that they have left.
  mutating func buy(
    _ crowd: ShopCrowd, at seconds: Int64, _ person: ShopPerson, device: UInt64? = nil,
    card: UInt64? = nil, network: UInt64? = nil, _ coupon: ShopFraudCoupon, abandoned: Int? = nil
  ) {
    let device = device ?? (person.isPrivate ? random.next() : random.pick(person.devices))
    let network = network ?? (random.happens(perMille: 600) ? person.home : random.pick(person.carrierBlocks))
    var now = seconds
    for typed in tries(before: coupon) {
      checkout(.crowd(crowd), at: now, person, device: device, card: card, network: network, typed)
      now += Int64(random.within(8...50))
    }
    for turn in 0..<4 {
      let outcome = outcome(of: person, abandoned: abandoned ?? abandonedPerMille)
      let code = coupon == .friends ? friendsCode() : coupon.code
      checkout(
        .crowd(crowd), at: now, person, device: device, card: card, network: network,
        .opening(coupon.opening(code, &random), outcome))
      guard case .abandoned(let after) = outcome, turn < 3, random.happens(perMille: 350) else { return }
      now += after + Int64(random.within(60...3600))
    }
  }

  /// What becomes of an honest lock.
  private mutating func outcome(of person: ShopPerson, abandoned: Int) -> ShopOutcome {
    if random.happens(perMille: abandoned) {
      return .abandoned(after: random.happens(perMille: 700) ? 900 : Int64(random.within(20...900)))
    }
    let paid = Int64(random.within(20...600))
    guard random.happens(perMille: person.returnsPerMille) else { return .paid(after: paid) }
    // Called off at once, or sent back when it has come.
    let isCalledOff = random.happens(perMille: 200)
    let back = isCalledOff ? random.within(300...20_000) : random.within(2 * 86_400...12 * 86_400)
    return .refunded(paidAfter: paid, after: paid + Int64(back))
  }

  private mutating func tries(before coupon: ShopFraudCoupon) -> [ShopTyping] {
    var tries: [ShopTyping] = []
    if random.happens(perMille: 60) {
      let wrong = mistyped(coupon == .friends ? friendsCode() : coupon.code)
      tries.append(.misses([FraudCode(wrong)]))
      if random.happens(perMille: 300) { tries.append(.misses([FraudCode(mistyped(wrong))])) }
    }
    if random.happens(perMille: 15) {
      // What pages of deals have to offer, most of it long over or made up.
      let words = [
        "SAVE10", "SAVE15", "SAVE20", "WELCOME", "SUMMER10", "SUMMER25", "DEAL20", "FREE", "NEW15",
      ]
      for _ in 0..<random.within(2...9) { tries.append(.misses([FraudCode(random.pick(words))])) }
    }
    if random.happens(perMille: 12) {
      for _ in 0..<random.within(1...2) { tries.append(.foreign) }
    }
    return tries
  }

  /// A code that a friend has passed on.
  mutating func friendsCode() -> String {
    let digits = String(random.below(10_000))
    return "FRIEND-" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }

  /// A code with a slip: a wrong letter, a missing one, or two that changed places.
  mutating func mistyped(_ code: String) -> String {
    var letters = Array(code.utf8)
    let place = random.below(letters.count - 1)
    switch random.below(3) {
    case 0: letters[place] = random.pick(Array("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789".utf8))
    case 1: letters.remove(at: place)
    default: letters.swapAt(place, place + 1)
    }
    let wrong = String(decoding: letters, as: UTF8.self)
    return wrong == code ? wrong + "X" : wrong
  }

  /// Somebody on an ordinary day: a customer in most cases, otherwise somebody new or a guest.
  mutating func passerby(on day: Int64) -> (person: ShopPerson, isNew: Bool) {
    if random.happens(perMille: 200) {
      return (ShopPerson(carriers: town.carriers, isGuest: true, since: 0, &random), true)
    }
    if random.happens(perMille: 90) {
      return (ShopPerson(carriers: town.carriers, since: day, &random), true)
    }
    return (town.people[random.popular(below: town.people.count)], false)
  }
}
