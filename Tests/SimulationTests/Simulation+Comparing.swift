import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What is in the engine's tables against what the ledgers count.
extension Simulation {
  mutating func compare(_ place: Int, thoroughly: Bool) async throws {
    let shop = shops[place]
    same(shop.ledger.breaches, [], "breaches of limits and revocations")
    let coupons = Array((thoroughly ? 0 : max(0, shop.couponIDs.count - 15))..<shop.couponIDs.count)
    let applications = Array(
      (thoroughly ? 0 : max(0, shop.applicationIDs.count - 12))..<shop.applicationIDs.count)
    let set = try load(shop, coupons, applications)
    compareCampaigns(shop, set)
    for index in coupons { compareCoupon(index, shop, set) }
    for index in applications { try compareApplication(index, shop, set) }
    try compareOrders(shop, thoroughly: thoroughly)
    try compareBilling(shop, thoroughly: thoroughly)
    guard thoroughly else { return }
    for index in coupons {
      try compareStatistics(index, shop)
      try compareBillingStatistics(index, shop)
    }
    for user in Simulation.customers.compactMap(\.user) { try compareWallet(user, shop) }
  }

  /// Everything that is to be compared, in one view.
  private func load(_ shop: Shop, _ coupons: [Int], _ applications: [Int]) throws -> WorkingSet {
    var request = LoadRequest()
    for counter in campaignCounters(shop) {
      request.counters.insert(Owned(shop.tenant, CounterKey(couponID: Coupon.ID(0), counter: counter)))
    }
    for index in coupons {
      request.coupons.insert(Owned(shop.tenant, shop.couponIDs[index]))
      for counter in counters(index, shop).keys {
        request.counters.insert(
          Owned(shop.tenant, CounterKey(couponID: shop.couponIDs[index], counter: counter)))
      }
    }
    for code in shop.ledger.codes.keys { request.codes.insert(Owned(shop.tenant, .of(code.text))) }
    for index in applications { request.applications.insert(Owned(shop.tenant, shop.applicationIDs[index])) }
    return try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      try reader.load(request, into: &set)
      return set
    }
  }

  /// The counters that any use of the coupon has ever taken from, as the ledger counts them.
  private func counters(_ coupon: Int, _ shop: Shop) -> [UsageCounter: Int] {
    let ledger = shop.ledger
    var counters: [UsageCounter: Int] = [:]
    for currency in ["USD", "EUR"] {
      counters[.budget(Translation.currency(currency))] = ledger.spent(coupon, currency)
    }
    for use in ledger.uses where use.coupon == coupon {
      for key in use.keys { counters[Translation.identity(key)] = ledger.used(coupon, by: key) }
      for span in use.spans { counters[Translation.counter(span)] = ledger.used(coupon, in: span) }
    }
    return counters
  }

  private mutating func compareCoupon(_ index: Int, _ shop: Shop, _ set: WorkingSet) {
    let id = shop.couponIDs[index]
    let coupon = set.coupons[Owned(shop.tenant, id)]?.coupon
    same(coupon?.uses.locked, Int64(shop.ledger.count(index, .locked)), "locked of coupon \(index)")
    let redeemed = shop.ledger.count(index, .redeemed) - shop.ledger.honoured(index).count
    same(coupon?.uses.redeemed, Int64(redeemed), "redeemed of coupon \(index)")
    for (counter, expected) in counters(index, shop) {
      let key = Owned(shop.tenant, CounterKey(couponID: id, counter: counter))
      same(set.counters[key]?.used ?? 0, Int64(expected), "\(counter) of coupon \(index)")
    }
    for (name, code) in shop.ledger.codes where code.coupon == index {
      let record = set.codes[Owned(shop.tenant, .of(name.text))]
      if shop.ledger.coupons[index].state == .archived {
        same(record, nil, "code \(name) of an archived coupon")
      } else {
        same(record?.couponID, id, "coupon of code \(name)")
        same(record?.used, Int64(shop.ledger.used(index, code: name)), "uses of code \(name)")
      }
    }
  }

  private mutating func compareStatistics(_ index: Int, _ shop: Shop) throws {
    // Some of the events are projected by now, wherever a page ends.
    if past.count % 2 == 0 {
      try ProjectionRunner(store: store.base, pageSize: 1 + past.count % 20).catchUpNow()
    }
    let statistics = try store.statistics(of: shop.couponIDs[index], tenant: shop.tenant)
    var request = LoadRequest()
    request.applications = Set(shop.applicationIDs.map { Owned(shop.tenant, $0) })
    let applications = try store.read {
      (reader: any StoreReader<WorkingSet>) throws(StoreFailure) -> [DiscountApplication] in
      var set = WorkingSet()
      try reader.load(request, into: &set)
      return set.applications.all.values.map(\.application)
    }
    same(
      statistics, CouponStatistics(scanning: applications, for: shop.couponIDs[index]),
      "statistics by a look at every usage")
    let states: [(Ledger.UseState, Usage.State)] = [
      (.locked, .locked), (.redeemed, .redeemed), (.released, .released),
    ]
    // What subscriptions and invoices have is told elsewhere.
    var ledger = shop.ledger
    ledger.uses.removeAll { $0.isBilled }
    for (expected, state) in states {
      same(statistics.uses[state] ?? 0, Int64(ledger.count(index, expected)), "\(state) in statistics")
    }
    let honoured = ledger.honoured(index)
    same(statistics.overLimit, Int64(honoured.count), "uses over limits")
    let money = (ledger.live(index) + honoured).map(\.amount).reduce(0, +)
    let live = Int64(ledger.live(index).count + honoured.count)
    same(statistics.perCurrency.map(\.discount.minorUnits).reduce(0, +), Int64(money), "money in statistics")
    same(statistics.perCurrency.map(\.uses).reduce(0, +), live, "uses by currency")
    same(statistics.perDay.map(\.uses).reduce(0, +), live, "uses by day")
  }

  private mutating func compareWallet(_ user: Ledger.Name, _ shop: Shop) throws {
    let ledger = shop.ledger
    func own(_ coupon: Int) -> [Ledger.Name] {
      ledger.codes.filter { $0.value.coupon == coupon }
        .filter { ($0.value.owner ?? ledger.coupons[coupon].terms.owner) == user }.keys.sorted()
    }
    let expected = ledger.coupons.indices.filter { index in
      ledger.coupons[index].state != .archived
        && (ledger.coupons[index].terms.owner == user || !own(index).isEmpty)
    }.sorted { ledger.coupons[$0].id > ledger.coupons[$1].id }
    let wallet = try store.wallet(
      WalletFilter(userID: Translation.exact(user), limit: 1000), of: shop.tenant)
    same(
      wallet.map(\.coupon.id.description), expected.map { ledger.coupons[$0].id }, "wallet of \(user)")
    for (entry, index) in zip(wallet, expected) {
      let used = ledger.used(index, by: Ledger.Name("user " + user.text))
      same(entry.used, Int64(used), "uses of \(user) in the wallet")
      same(
        entry.codes.map { Ledger.Name($0.grant.code.canonical) }.sorted(), own(index), "codes of \(user)")
      for code in entry.codes {
        let name = Ledger.Name(code.grant.code.canonical)
        same(code.used, Int64(ledger.used(index, code: name)), "uses of \(name) in the wallet")
      }
    }
  }

  private mutating func compareApplication(_ index: Int, _ shop: Shop, _ set: WorkingSet) throws {
    let name = "of application \(index) of \(shop.tenant)"
    let expected = shop.ledger.applications[index]
    let key = Owned(shop.tenant, shop.applicationIDs[index])
    let application = try #require(set.applications[key]?.application)
    let states: [Ledger.UseState: Usage.State] = [
      .locked: .locked, .redeemed: .redeemed, .released: .released,
    ]
    let causes: [String: ReleaseCause] = [
      "expired": .expired, "requested": .requested, "revoked": .revoked, "canceled": .canceled,
      "refunded": .fullyRefunded, "nothing applied": .noLongerApplies,
    ]
    same(application.state, states[expected.state], "state \(name)")
    // Whoever noticed first that a doomed lock was over may have done so before it was revoked.
    if !(expected.isDoomed && application.releaseCause == .revoked) || expected.cause != "expired" {
      same(application.releaseCause, causes[expected.cause], "cause \(name)")
    }
    same(Ledger.Name(application.orderID.text), expected.order, "order \(name)")
    same(application.expiresAt, start.adding(seconds: Int64(expected.expiresAt)), "end \(name)")
    // What was given back at redemption is no part of the order any more.
    let coupons = expected.uses.map { shop.couponIDs[shop.ledger.uses[$0].coupon] }
    let agreed = application.usages.filter { coupons.contains($0.couponID) }
    same(agreed.count, expected.uses.count, "usages \(name)")
    let others = application.usages.filter { !coupons.contains($0.couponID) }
    same(others.allSatisfy { $0.state == .released }, true, "what was given back \(name)")
    for use in expected.uses.map({ shop.ledger.uses[$0] }) {
      let usage = application.usages.first { $0.couponID == shop.couponIDs[use.coupon] }
      same(usage?.amount, Int64(use.amount), "amount \(name)")
      same(usage?.code.canonical, use.code.text, "code \(name)")
      same(usage?.state, states[use.state], "state of a usage \(name)")
      same(usage?.isOverLimit, use.isOverLimit, "whether a usage is over limits \(name)")
    }
    same(application.discount, agreed.map(\.amount).reduce(0, +), "discount \(name)")
    let quote = try Quote(stored: application.snapshot.quote)
    same(quote.total, application.total, "total \(name)")
    same(quote.discount, application.discount, "agreed discount \(name)")
    compare(quote, expected.quote, expected.cart, shop)
  }

  /// A quote against the ledger's, and against the laws that hold for any.
  private mutating func compare(
    _ quote: Quote, _ expected: Ledger.Quote, _ cart: Ledger.Cart, _ shop: Shop
  ) {
    let applied = quote.applied.map { applied in
      Ledger.Applied(
        coupon: shop.couponIDs.firstIndex(of: applied.couponID) ?? -1,
        code: Ledger.Name(applied.code.canonical), amount: Int(applied.amount),
        uncapped: Int(applied.uncappedAmount), isPending: applied.pending,
        parts: applied.allocations.map { part in
          Ledger.Part(
            target: Ledger.Name(part.targetID.text), amount: Int(part.amount),
            units: part.units.flatMap { [Int](repeating: Int($0.amount), count: Int($0.count)) })
        })
    }
    same(applied, expected.applied, "what applies to \(cart)")
    same(quote.discount, Int64(applied.map(\.amount).reduce(0, +)), "sum of amounts")
    same(quote.subtotal, Int64(cart.goods), "goods")
    same(quote.shipping, Int64(cart.shipping), "shipping")
    same(quote.total, quote.subtotal + quote.shipping - quote.discount, "total")
    let parts = applied.flatMap(\.parts)
    for line in cart.lines {
      let own = parts.filter { $0.target == line.id }
      let units = (0..<line.quantity).map { unit in own.map { $0.units[unit] }.reduce(0, +) }
      let isPriced = zip(units, line.units).allSatisfy { (0...$0.1).contains($0.0) }
      same(isPriced, true, "\(units) taken off the units of \(line)")
      same(own.map(\.amount).reduce(0, +), units.reduce(0, +), "parts of \(line)")
    }
    for charge in cart.charges {
      let taken = parts.filter { $0.target == charge.id }.map(\.amount).reduce(0, +)
      same((0...charge.amount).contains(taken), true, "\(taken) taken off \(charge)")
    }
    for applied in applied { same(applied.parts.map(\.amount).reduce(0, +), applied.amount, "parts") }
  }

  /// A shopper looks at prices, which changes nothing.
  mutating func askForQuote() async throws {
    let place = Int.random(in: 0..<shops.count, using: &random)
    var codes = someCodes(place) + someCodes(place)
    var customer = customer(for: codes, place)
    var cart = cart()
    let ledger = shops[place].ledger
    // Somebody looks at the order that they have, mostly with its codes, customer and currency.
    let locks = ledger.applications.indices.suffix(40).filter { ledger.applications[$0].state == .locked }
    let held = chance(50) ? locks.randomElement(using: &random) : nil
    if let held {
      let application = ledger.applications[held]
      if chance(80) { codes += application.uses.map { ledger.uses[$0].code } }
      if chance(70) { customer = application.customer }
      if chance(80) { cart.currency = application.cart.currency }
      quotes["for an order", default: 0] += 1
    }
    // A stranger's order is looked at only with the very customer of it.
    let isStranger = held != nil && chance(30)
    let question = QuoteCart(
      codes: codes.map { typed($0) }, customer: Translation.customer(customer), cart: Translation.cart(cart),
      orderID: held.map { Translation.exact(ledger.applications[$0].order) }, isStranger: isStranger)
    let answer = try await engine.engine.quote(question, tenant: shops[place].tenant).get()
    let isShown =
      held.map { held in
        let keys = ledger.applications[held].customer.keys
        return !isStranger || (!keys.isEmpty && keys == customer.keys)
      } ?? false
    let expected =
      if isShown, let held {
        ledger.price(for: held, codes, customer, cart, isLock: false).quote
      } else {
        ledger.price(codes, customer, cart, isLock: false)
      }
    compare(answer, expected, cart, shops[place])
    let refused = answer.notApplied.map {
      Ledger.Quote.Refused(index: $0.index, reason: $0.reason.rawValue)
    }
    same(refused, expected.refused, "what does not apply of \(codes) for \(customer) and \(cart)")
    for code in refused { quotes[code.reason, default: 0] += 1 }
    quotes["applied", default: 0] += answer.applied.count
  }

  /// The log is whole, and folded again it gives the tables.
  mutating func audit() throws {
    same(try EventJudge().faults(in: store), [], "events that their schemas do not describe")
    same(try AuditVerification(of: store).findings, [], "findings in the log")
    let rebuildable = try #require(store.base as? any RebuildableStore<WorkingSet>)
    same(try rebuildable.differences(to: Rebuild(of: rebuildable, pageSize: 7).scratch), [], "rebuilt tables")
  }
}
