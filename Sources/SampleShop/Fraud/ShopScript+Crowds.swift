import Scrip

/// The honest crowds of a scenario.
extension ShopScript {
  /// Every day of all, with its rhythm.
  mutating func playEveryday(days: Int64) {
    let partnerADay = random.within(4...60)
    let reminderADay = random.within(3...30)
    let hasEpisodes = random.happens(perMille: 500)
    for day in 0..<days {
      if hasEpisodes, day % 7 == 1 { playEpisode(on: day) }
      for _ in 0..<(checkoutsADay * 8 / 10 + random.below(checkoutsADay * 4 / 10)) {
        let (person, isNew) = passerby(on: day)
        let coupon: ShopFraudCoupon =
          isNew
          ? random.pick(weighted: [(.welcome, 60), (.friends, 8), (.summer, 20), (.save, 12)])
          : random.pick(weighted: [(.save, 45), (.summer, 45), (.friends, 2), (.limited, 8)])
        buy(.everyday, at: day * ShopScript.day + secondOfDay(), person, coupon)
      }
      for (coupon, count) in [(ShopFraudCoupon.partner, partnerADay), (.reminder, reminderADay)] {
        for _ in 0..<(count / 2 + random.below(count + 1)) {
          buy(.everyday, at: day * ShopScript.day + secondOfDay(), passerby(on: day).person, coupon)
        }
      }
      // Somebody orders gifts for all.
      for _ in 0..<random.below(3) { orderGifts(on: day) }
    }
  }

  /// The partner's podcast has a new episode, and some of those who hear it are new to the shop.
  private mutating func playEpisode(on day: Int64) {
    let start = day * ShopScript.day + 17 * 3600
    for _ in 0..<random.within(20...60) {
      let person =
        random.happens(perMille: 500)
        ? ShopPerson(carriers: town.carriers, since: day, &random) : passerby(on: day).person
      buy(.everyday, at: start + Int64(random.below(4 * 3600)), person, .partner)
    }
  }

  private mutating func orderGifts(on day: Int64) {
    let person = random.pick(town.people)
    var now = day * ShopScript.day + secondOfDay()
    let (device, card) = (person.devices[0], person.cards[0])
    for _ in 0..<random.within(3...6) {
      checkout(
        .crowd(.everyday), at: now, person, device: device, card: card, network: person.home,
        .opening(ShopFraudCoupon.save.opening(nil, &random), .paid(after: Int64(random.within(40...240)))))
      now += Int64(random.within(120...700))
    }
  }

  /// Families who buy together of an evening, on the tablet in the kitchen or each on a phone.
  mutating func playFamilies(on days: Range<Int64>) {
    for day in days {
      for _ in 0..<random.within(6...14) {
        let members = random.pick(town.families)
        let evening = day * ShopScript.day + Int64(random.within(17 * 3600...21 * 3600))
        let (tablet, card) = (
          town.people[members.lowerBound].devices[0], town.people[members.lowerBound].cards[0]
        )
        let (isTogether, areGuests) = (random.happens(perMille: 600), random.happens(perMille: 100))
        for (place, member) in members.enumerated() where random.happens(perMille: 850) {
          var person = town.people[member]
          // One of them makes an account for it.
          if random.happens(perMille: 80) { (person.user, person.since) = (random.next(), day) }
          if areGuests { person.user = nil }
          let later = Int64(place * 420 + random.below(400))
          buy(
            .families, at: evening + later, person, device: isTogether ? tablet : nil,
            card: isTogether ? card : nil, network: person.home,
            person.since == day ? .welcome : random.pick([.save, .summer]))
        }
      }
    }
  }

  /// Offices at lunch: many behind one address, an assistant who orders for all, and the company's card.
  mutating func playOffices(on days: Range<Int64>) {
    for day in days where day % 7 < 5 {
      for (office, staff) in town.offices.enumerated() where random.happens(perMille: 600) {
        let lunch = day * ShopScript.day + 11 * 3600 + Int64(random.below(7200))
        for member in staff where random.happens(perMille: 120) {
          let person = town.people[member]
          let card = random.happens(perMille: 40) ? town.companyCards[office] : nil
          buy(
            .offices, at: lunch + Int64(random.below(3600)), person, card: card, network: person.office,
            random.pick([.save, .summer]))
        }
        if random.happens(perMille: 300) { orderLunch(of: office, at: lunch) }
      }
    }
  }

  private mutating func orderLunch(of office: Int, at seconds: Int64) {
    let assistant = town.people[town.offices[office][0]]
    var now = seconds
    for _ in 0..<random.within(3...7) {
      checkout(
        .crowd(.offices), at: now, assistant, device: assistant.devices[0],
        card: town.companyCards[office] ?? assistant.cards[0], network: assistant.office,
        .opening(ShopFraudCoupon.save.opening(nil, &random), .paid(after: Int64(random.within(60...300)))))
      now += Int64(random.within(90...500))
    }
  }

  /// A flash sale: a coupon that nobody had before, thousands at once, most of them on the way, most of whom leave.
  mutating func playFlashSale(on day: Int64) {
    let start = day * ShopScript.day + Int64(random.within(10...20)) * 3600
    let span = random.within(1200...7200)
    let abandoned = min(750, abandonedPerMille + random.within(50...250))
    // Some of the coupon's uses come early, from those who were told before: it has a past of two days, or none.
    if random.happens(perMille: 500) {
      for _ in 0..<scaled(random.within(20...200)) {
        let early = start - Int64(random.within(3600...2 * 86_400))
        buy(.flashSale, at: early, random.pick(town.people), .flash, abandoned: abandoned)
      }
    }
    for _ in 0..<scaled(random.within(1000...2500)) {
      let (person, isNew) =
        random.happens(perMille: 250)
        ? (ShopPerson(carriers: town.carriers, since: day, &random), true) : passerby(on: day)
      let network = random.happens(perMille: 550) ? random.pick(person.carrierBlocks) : person.home
      // Half of all come in the first sixth.
      let when = random.happens(perMille: 500) ? random.below(span / 6) : random.below(span)
      buy(
        .flashSale, at: start + Int64(when), person, network: network,
        isNew && random.happens(perMille: 100) ? .welcome : .flash, abandoned: abandoned)
    }
  }

  /// A mail to customers about a coupon that has hardly been used for weeks.
  mutating func playNewsletter(on day: Int64) {
    let start = day * ShopScript.day + Int64(random.within(8...18)) * 3600
    for _ in 0..<scaled(random.within(150...700)) {
      let when = random.happens(perMille: 600) ? random.below(3600) : random.below(6 * 3600)
      // A mail is passed on to a friend now and then.
      let person =
        random.happens(perMille: 80) ? passerby(on: day).person : random.pick(town.people)
      buy(.newsletter, at: start + Int64(when), person, .reminder)
    }
  }
}
