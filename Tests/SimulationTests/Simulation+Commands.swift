import Digest
import Ledger
import Promotions
import Scrip
import TestSupport

/// The random commands of a simulation.
extension Simulation {
  /// Codes that are given. Those at the end look like each other, or like generated ones.
  static let codes: [Ledger.Name] =
    (0..<20).map { Ledger.Name("CODE-\($0)") } + ["HELLO10", "HELL010", "G0LD10-7K", "GOLD107K"]

  /// Codes that are generated. The last three look like each other, the one before them like a given one.
  static let generated: [Ledger.Name] = [
    "GOLD10-7K", "GOLD10-8K", "GOLD10-9K", "CODE-1O", "LOIL-22", "L01L-22", "1011-22",
  ]

  /// The same name composed and decomposed is two people; one address may be two people's; some say little or nothing.
  static let customers: [Ledger.Customer] = [
    Ledger.Customer(user: "jos\u{E9}", country: "DE", segments: ["vip"], isNew: false),
    Ledger.Customer(user: "jose\u{301}", country: "DE", isNew: true),
    Ledger.Customer(
      user: "ann", email: "ann@example.com", country: "AT", segments: ["vip", "staff"], isNew: false),
    Ledger.Customer(user: "bob", email: "ann@example.com", country: "DE", isNew: true),
    Ledger.Customer(user: "eve", country: "AT", segments: ["staff"], isNew: false),
    Ledger.Customer(user: "max", email: "max@example.com", country: "DE", isNew: false),
    Ledger.Customer(email: "max@example.com", country: "DE", isNew: true),
    Ledger.Customer(country: "AT", isNew: true),
    Ledger.Customer(user: "eve"), Ledger.Customer(user: "max", segments: []), Ledger.Customer(),
  ]

  mutating func anything() -> [Step] {
    let place = Int.random(in: 0..<shops.count, using: &random)
    switch Int.random(in: 0..<100, using: &random) {
    case ..<36: return [apply(place)]
    case ..<46: return [change(place)]
    case ..<60: return [redeem(place)]
    case ..<68: return [release(place)]
    case ..<72: return [extend(place)]
    case ..<77: return [restore(place)]
    case ..<82: return [edit(place)]
    case ..<84: return [move(place)]
    case ..<87: return [chance(8) ? makeCampaign(place) : editCampaign(place)]
    case ..<95: return changeState(place)
    case ..<98: return [addCode(any(of: Simulation.codes), to: anyCoupon(place), place)]
    default: return [makeCoupon(place)]
    }
  }

  mutating func step(
    _ action: any Action<WorkingSet>, _ place: Int, _ title: String,
    _ judge: @escaping (inout Ledger) -> Ledger.Verdict
  ) -> Step {
    shops[place].keys += 1
    let number = shops[place].keys
    var command = engine.command(action, key: "k-\(number)", body: "\(shops[place].tenant) \(number)")
    command.tenant = shops[place].tenant
    return Step(
      shop: place, command: command, title: "in shop \(place) \(type(of: action)) \(title)", judge: judge)
  }

  mutating func anyCoupon(_ place: Int) -> Int {
    let count = shops[place].couponIDs.count
    return Int.random(in: max(0, count - 20)..<count, using: &random)
  }

  /// A coupon of which a use was taken not long ago.
  mutating func busyCoupon(_ place: Int) -> Int {
    shops[place].ledger.uses.suffix(5).randomElement(using: &random)?.coupon ?? anyCoupon(place)
  }

  /// A code as somebody reads it who can't tell letters from digits.
  mutating func misread(_ code: Ledger.Name) -> Ledger.Name {
    var text = ""
    for character in code.text {
      switch character {
      case "-": if chance(50) { text.append(character) }
      case "O", "0": text.append(any(of: ["O", "0"]))
      case "I", "L", "1": text.append(any(of: ["I", "L", "1"]))
      default: text.append(character)
      }
    }
    return Ledger.Name(text)
  }

  /// A code as somebody types it.
  mutating func typed(_ code: Ledger.Name) -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: code.text.lowercased()
    case 1: " \(code.text)\u{200B}"
    case 2: code.text.replacing("-", with: "\u{FF0D}")
    default: code.text
    }
  }

  /// Up to three codes, mostly of coupons that are in use, in canonical form.
  mutating func someCodes(_ place: Int) -> [Ledger.Name] {
    let ledger = shops[place].ledger
    let all = Simulation.codes + Simulation.generated
    let useful = all.filter { code in
      guard let coupon = ledger.opened(by: code).map({ ledger.coupons[$0.coupon] }) else { return false }
      return coupon.state == .active && coupon.terms.billing?.isForCheckout ?? true
    }
    let count = any(of: [1, 1, 1, 1, 2, 2, 3])
    return (0..<count).map { _ in
      let code = useful.isEmpty || chance(10) ? any(of: all) : any(of: useful)
      return chance(25) ? misread(code) : code
    }
  }

  mutating func customer(for codes: [Ledger.Name], _ place: Int) -> Ledger.Customer {
    let ledger = shops[place].ledger
    let owner = codes.compactMap { ledger.meant(by: $0) }.compactMap { ledger.opened(by: $0) }.compactMap {
      code in
      code.owner ?? ledger.coupons[code.coupon].terms.owner
    }.first
    let right = Simulation.customers.filter { $0.user == owner }
    return owner == nil || right.isEmpty || chance(15) ? any(of: Simulation.customers) : any(of: right)
  }

  private mutating func apply(_ place: Int) -> Step {
    let recent = shops[place].ledger.applications.suffix(30).filter { !$0.isKept }
    let held = chance(20) ? recent.randomElement(using: &random) : nil
    let orders = ["caf\u{E9}", "cafe\u{301}", "o"]
    let order = held?.order ?? Ledger.Name("\(any(of: orders))-\(Int.random(in: 0..<80, using: &random))")
    let ledger = shops[place].ledger
    // An order for which nothing applied in the end has no codes left.
    let ownCodes = held.map { application in application.uses.map { ledger.uses[$0].code } } ?? []
    let codes = ownCodes.isEmpty ? someCodes(place) : ownCodes
    let customer = held.flatMap { chance(70) ? $0.customer : nil } ?? customer(for: codes, place)
    let cart = held.flatMap { chance(30) ? $0.cart : nil } ?? cart()
    let seconds = Int.random(in: 60...1800, using: &random)
    let known =
      held.map(\.quote.discount) ?? ledger.price(ledger.once(codes), customer, cart, isLock: true).discount
    let expected = guess(known)
    let action = ApplyCodes(
      orderID: Translation.exact(order), codes: codes.map { typed($0) },
      customer: Translation.customer(customer), cart: Translation.cart(cart),
      expectedDiscount: expected.map(Int64.init), lockSeconds: Int64(seconds))
    var applied = step(
      action, place, "order \(order), \(codes), \(customer), \(cart), expecting \(expected ?? -1)"
    ) {
      $0.apply(order: order, codes: codes, customer, cart, seconds: seconds, expected: expected)
    }
    applied.learn = { shop, id in
      if let id = DiscountApplication.ID(id) { shop.applicationIDs.append(id) }
    }
    return applied
  }

  /// What somebody expects who believes an amount to be so, if anything: most are right.
  private mutating func guess(_ known: Int) -> Int? {
    switch Int.random(in: 0..<10, using: &random) {
    case 0..<5: nil
    case 5..<9: known
    default: known + any(of: [1, 100])
    }
  }

  /// Some codes stay, some go, some come.
  private mutating func change(_ place: Int) -> Step {
    guard let application = anyLock(place) else { return makeCoupon(place) }
    let ledger = shops[place].ledger
    let old = ledger.applications[application.index]
    var codes = old.uses.map { ledger.uses[$0].code }.filter { _ in chance(70) }.map {
      chance(20) ? misread($0) : $0
    }
    if codes.isEmpty || chance(50) { codes += someCodes(place) }
    codes.shuffle(using: &random)
    let customer = chance(70) ? old.customer : customer(for: codes, place)
    var cart = chance(50) ? old.cart : cart()
    if chance(90) { cart.currency = old.cart.currency }
    let seconds = chance(40) ? Int.random(in: 60...1800, using: &random) : nil
    let known = ledger.price(for: application.index, ledger.once(codes), customer, cart, isLock: true).quote
    let expected = guess(known.discount)
    let action = ChangeApplication(
      applicationID: application.id, codes: codes.map { typed($0) },
      customer: Translation.customer(customer), cart: Translation.cart(cart),
      expectedDiscount: expected.map(Int64.init), lockSeconds: seconds.map(Int64.init))
    let wanted = (codes, customer, cart)
    return step(
      action, place,
      "\(application.index) to \(codes), \(customer), \(cart), \(seconds ?? -1) s, expecting \(expected ?? -1)"
    ) {
      $0.change(
        application.index, codes: wanted.0, wanted.1, wanted.2, seconds: seconds, expected: expected)
    }
  }

  private mutating func anyApplication(_ place: Int) -> (index: Int, id: DiscountApplication.ID)? {
    let count = shops[place].applicationIDs.count
    if count == 0 { return nil }
    var index = Int.random(in: max(0, count - 15)..<count, using: &random)
    // Those of kept orders are refused, whatever is asked of them.
    while index > 0, shops[place].ledger.applications[index].isKept, !chance(5) { index -= 1 }
    return (index, shops[place].applicationIDs[index])
  }

  /// An application that mostly is a lock.
  private mutating func anyLock(_ place: Int) -> (index: Int, id: DiscountApplication.ID)? {
    let applications = shops[place].ledger.applications
    let locks = applications.indices.suffix(40).filter {
      applications[$0].state == .locked && !applications[$0].isKept
    }
    guard chance(60), let index = locks.randomElement(using: &random) else { return anyApplication(place) }
    return (index, shops[place].applicationIDs[index])
  }

  private mutating func redeem(_ place: Int) -> Step {
    guard let application = anyApplication(place) else { return makeCoupon(place) }
    var cart: Ledger.Cart?
    if chance(30) {
      // Most carts change by what was not known yet.
      var changed = shops[place].ledger.applications[application.index].cart
      if changed.charges.isEmpty { changed.charges = self.cart().charges }
      cart = chance(60) ? changed : self.cart()
    }
    let known = cart
    let old = shops[place].ledger.applications[application.index]
    let paid = known ?? old.cart
    let expected = guess(paid.goods + paid.shipping - old.quote.discount)
    let customer = chance(15) ? any(of: Simulation.customers) : nil
    let isAllOrNothing = chance(20)
    let isHonoured = application.index % 2 == 0
    let action = RedeemApplication(
      applicationID: application.id, expectedTotal: expected.map(Int64.init),
      cart: known.map(Translation.cart),
      customer: customer.map(Translation.customer), isAllOrNothing: isAllOrNothing,
      withoutRoom: isHonoured ? .honour : .refuse)
    return step(
      action, place,
      "\(application.index) with \(String(describing: known)), \(String(describing: customer)), expecting "
        + "\(expected ?? -1), all or nothing \(isAllOrNothing), honoured \(isHonoured)"
    ) {
      $0.redeem(
        application.index, known, customer: customer, expected: expected, isAllOrNothing: isAllOrNothing,
        isHonoured: isHonoured)
    }
  }

  private mutating func release(_ place: Int) -> Step {
    guard let application = anyApplication(place) else { return makeCoupon(place) }
    return step(ReleaseApplication(applicationID: application.id), place, "\(application.index)") {
      $0.release(application.index)
    }
  }

  private mutating func extend(_ place: Int) -> Step {
    guard let application = anyLock(place) else { return makeCoupon(place) }
    let seconds = chance(10) ? 604_800 : Int.random(in: 60...3600, using: &random)
    return step(
      ExtendApplication(applicationID: application.id, lockSeconds: Int64(seconds)), place,
      "\(application.index)"
    ) {
      $0.extend(application.index, seconds: seconds)
    }
  }

  private mutating func restore(_ place: Int) -> Step {
    guard let application = anyApplication(place) else { return makeCoupon(place) }
    let cause: Ledger.Cause = chance(40) ? .refunded : .canceled
    return step(
      RestoreApplication(applicationID: application.id, cause: Translation.cause(cause)), place,
      "\(application.index) because \(cause)"
    ) { $0.restore(application.index, cause) }
  }
}
