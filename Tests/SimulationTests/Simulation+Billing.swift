import Ledger
import Promotions
import Scrip
import TestSupport

/// Coupons for billing, and the subscriptions that have them.
extension Simulation {
  static let billingCodes: [Ledger.Name] = (0..<12).map { Ledger.Name("BILL-\($0)") }
  static let subscriptions: [Ledger.Name] = [
    "sub-\u{E9}", "sub-e\u{301}", "sub-1", "sub-2", "sub-3", "sub-4",
  ]
  static let items: [Ledger.Name] = ["seats", "st\u{F6}rage", "sto\u{308}rage"]
  private static let phases: [Ledger.Name] = ["intro", "main"]
  static let day = 86_400

  mutating func billingStep() -> Step {
    let place = Int.random(in: 0..<shops.count, using: &random)
    let billing = shops[place].ledger.billing
    if billing.subscriptions.count < 3 { return save(place) }
    switch Int.random(in: 0..<100, using: &random) {
    case ..<10: return save(place)
    case ..<35: return attach(place)
    case ..<40: return detach(place)
    case ..<44: return billingCoupon(place)
    case ..<82: return draft(place)
    case ..<91: return finalize(place)
    default: return void(place)
    }
  }

  mutating func makeBillingCoupon(_ place: Int) -> Step { make(billingTerms(place), place) }

  private mutating func billingCoupon(_ place: Int) -> Step {
    if chance(15) { return makeBillingCoupon(place) }
    let coupons = shops[place].ledger.coupons
    let own = coupons.indices.filter { coupons[$0].terms.billing != nil && !coupons[$0].id.isEmpty }
    let coupon = own.randomElement(using: &random) ?? anyCoupon(place)
    return chance(50) ? addCode(any(of: Simulation.billingCodes), to: coupon, place) : activate(coupon, place)
  }

  mutating func billingTerms(_ place: Int) -> Ledger.Terms {
    var terms = Ledger.Terms(kind: billingKind())
    if !terms.kind.isAmount, chance(25) { terms.cap = amounts(200...3000) }
    if chance(25) { terms.scope = .line }
    let products: Ledger.Rule = .product([any(of: Simulation.products), any(of: Simulation.products)])
    let notShoes: Ledger.Rule = .not(.category(["shoes"]))
    if chance(25) { terms.lines = any(of: [products, .not(products), .category(["shoes"]), notShoes]) }
    if chance(20) {
      terms.minimum = amounts(500...6000)
      terms.isMinimumRunning = chance(50)
    }
    addWindow(to: &terms, place)
    terms.limits.total = maybe(1...8)
    terms.limits.perUser = maybe(1...3)
    terms.limits.perCode = maybe(1...4)
    if chance(8) { terms.limits.perPeriod[.week] = Int.random(in: 1...4, using: &random) }
    terms.owner = chance(4) ? any(of: Simulation.customers.compactMap(\.user)) : nil
    terms.stacking = any(of: [.open, .open, .open, .open, .open, .open, .group("a"), .group("b"), .exclusive])
    if chance(12) { terms.beside = Set(Ledger.Class.allCases.filter { _ in chance(70) }) }
    terms.priority = any(of: [0, 0, -1, 1, 2])
    terms.campaign = chance(20) ? anyCampaign(place) : nil
    terms.billing = cadence(of: terms, place)
    return terms
  }

  private mutating func billingKind() -> Ledger.Kind {
    switch Int.random(in: 0..<100, using: &random) {
    case ..<45: return .percent(any(of: [50_000, 100_000, 125_000, 333_333, 1_000_000]))
    case ..<75: return .fixed(amounts(100...6000))
    default:
      let part = any(of: [0, Ledger.parts / 2, 34_567_812, Ledger.parts - 1])
      return .decimal(amounts(100...6000).mapValues { $0 * Ledger.parts + part })
    }
  }

  private mutating func cadence(of terms: Ledger.Terms, _ place: Int) -> Ledger.BillingTerms {
    let count = Int.random(in: 1...3, using: &random)
    var billing = Ledger.BillingTerms(
      cadence: any(of: [.once, .once, .periods(count), .periods(count), .months(count), .forever, .forever]))
    let now = shops[place].ledger.now
    if chance(8) { billing.redeemAfter = now + Int.random(in: -500...2000, using: &random) }
    if chance(8) { billing.redeemBefore = now + Int.random(in: 2001...90_000, using: &random) }
    billing.carries = billing.cadence == .once && terms.kind.isAmount && terms.scope == .order && chance(50)
    billing.skips = !billing.carries && chance(30)
    billing.again = chance(35)
    billing.isForCheckout = chance(20)
    return billing
  }

  private mutating func save(_ place: Int) -> Step {
    let name = any(of: Simulation.subscriptions)
    let ledger = shops[place].ledger
    let now = ledger.now
    let users = Simulation.customers.compactMap(\.user)
    var plan = Ledger.Plan(customer: any(of: users), currency: chance(80) ? "USD" : "EUR")
    if let old = ledger.subscription(name) {
      if chance(95) { plan.customer = ledger.billing.subscriptions[old].plan.customer }
      if chance(97) { plan.currency = ledger.billing.subscriptions[old].plan.currency }
      let last = ledger.billing.subscriptions[old].plan.revision ?? 1
      if chance(60) { plan.revision = max(0, last + Int.random(in: -2...2, using: &random)) }
      if chance(15) { plan = ledger.billing.subscriptions[old].plan }
    }
    plan.status = chance(2) ? .cancelled : any(of: Ledger.PlanStatus.allCases.filter { $0 != .cancelled })
    plan.lines = Simulation.items.filter { _ in chance(80) }
    if chance(60) {
      let middle = now + Int.random(in: -20...20, using: &random) * Simulation.day
      plan.phases = [
        Ledger.Phase(name: Simulation.phases[0], starts: middle - 30 * Simulation.day, ends: middle),
        Ledger.Phase(name: Simulation.phases[1], starts: middle, ends: chance(50) ? nil : middle + 9_000_000),
      ]
    }
    plan.periodStart = chance(60) ? now - Int.random(in: 0...30, using: &random) * Simulation.day : nil
    let told = plan
    let action = SaveSubscription(
      subscriptionID: Translation.exact(name), content: Translation.plan(told, start: start))
    return step(action, place, "\(name) \(told)") { $0.save(name, told) }
  }

  /// A coupon that mostly can be had, as somebody names it.
  mutating func couponName(_ place: Int) -> (name: Ledger.CouponName, typed: String) {
    let ledger = shops[place].ledger
    if chance(40) {
      let coupons = ledger.coupons.indices.filter { !ledger.coupons[$0].id.isEmpty }
      let useful = coupons.filter { coupon in
        ledger.coupons[coupon].state == .active && ledger.coupons[coupon].terms.billing != nil
      }
      let coupon = useful.isEmpty || chance(8) ? any(of: coupons) : any(of: useful)
      return (.itself(coupon), "\(coupon)")
    }
    let all = Simulation.billingCodes + Simulation.codes + Simulation.generated
    let useful = all.filter { code in
      guard let coupon = ledger.opened(by: code)?.coupon else { return false }
      return ledger.coupons[coupon].state == .active && ledger.coupons[coupon].terms.billing != nil
    }
    var code = useful.isEmpty || chance(10) ? any(of: all) : any(of: useful)
    if chance(10) { code = misread(code) }
    return (.code(code), typed(code))
  }

  private mutating func attach(_ place: Int) -> Step {
    let ledger = shops[place].ledger
    let subscription = any(of: ledger.billing.subscriptions)
    let name = chance(2) ? "nowhere" : subscription.name
    let (coupon, typed) = couponName(place)
    var wanted = Ledger.Wanted(coupon: coupon)
    let (items, phases) = (subscription.plan.lines, subscription.plan.phases.map(\.name))
    if chance(35) { wanted.line = items.isEmpty || chance(5) ? any(of: Simulation.items) : any(of: items) }
    if chance(20) {
      wanted.phase = phases.isEmpty || chance(5) ? any(of: Simulation.phases) : any(of: phases)
    }
    let now = ledger.now
    if chance(30) {
      wanted.starts = now + Int.random(in: -40...40, using: &random) * Simulation.day
    } else {
      wanted.isForNow = chance(35)
    }
    if chance(15) {
      wanted.ends = (wanted.starts ?? now) + Int.random(in: 1...60, using: &random) * Simulation.day
    }
    wanted.priority = maybe(-2...2)
    let told = wanted
    let action = AttachCoupon(
      subscriptionID: Translation.exact(name),
      name: Translation.name(coupon, typed: typed, coupons: shops[place].couponIDs),
      lineID: told.line.map(Translation.exact), phaseID: told.phase.map(Translation.exact),
      startsAt: told.starts.map { Translation.moment($0, since: start) },
      endsAt: told.ends.map { Translation.moment($0, since: start) }, appliesNow: told.isForNow,
      priority: told.priority.map(Int64.init))
    var attached = step(action, place, "\(told) to \(name)") { $0.attach(told, to: name) }
    attached.learn = { shop, id in
      guard let association = Association.ID(id) else { return }
      shop.ledger.billing.associations[shop.associationIDs.count].id = id
      shop.associationIDs.append(association)
    }
    return attached
  }

  private mutating func detach(_ place: Int) -> Step {
    let shop = shops[place]
    if shop.associationIDs.isEmpty { return save(place) }
    let open = shop.associationIDs.indices.filter { shop.ledger.billing.associations[$0].detachedAt == nil }
    let all = Array(shop.associationIDs.indices)
    let index = open.isEmpty || chance(25) ? any(of: all) : any(of: open)
    let subscription = shop.ledger.billing.associations[index].subscription
    let isGivingBack = chance(45)
    let action = DetachCoupon(
      subscriptionID: Translation.exact(shop.ledger.billing.subscriptions[subscription].name),
      associationID: shop.associationIDs[index], givesBack: isGivingBack)
    return step(action, place, "\(index), giving back \(isGivingBack)") {
      $0.detach(index, isGivingBack: isGivingBack)
    }
  }
}
