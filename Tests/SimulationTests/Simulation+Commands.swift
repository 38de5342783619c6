import Digest
import Engine
import Scrip
import TestSupport

/// The random commands of a simulation.
extension Simulation {
  /// Two of them differ by the bytes of their names only.
  static let users: [UserID] = (0..<6).map { "u-\($0)" } + ["Jos\u{E9}", "Jose\u{301}"]
  private static let codes = (0..<30).map { "CODE-\($0)" }
  private static let carts = [10_000, 20_000, 30_000, 50_000]

  mutating func anything() -> Step {
    switch Int.random(in: 0..<100, using: &random) {
    case ..<45: apply()
    case ..<60: redeem()
    case ..<70: release()
    case ..<76: extend()
    case ..<82: restore()
    case ..<87: edit()
    case ..<93: changeState()
    case ..<95: revokeLocks()
    case ..<98: addCode()
    default: makeCoupon()
    }
  }

  private mutating func step(
    _ wish: any Decidable, _ judge: @escaping (inout Ledger) -> Ledger.Verdict
  ) -> Step {
    keys += 1
    return Step(command: engine.command(wish, key: "k-\(keys)", body: "\(keys)"), judge: judge)
  }

  private mutating func any<Element>(of list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &random)]
  }

  private mutating func maybe(_ range: ClosedRange<Int>) -> Int? {
    chance(40) ? Int.random(in: range, using: &random) : nil
  }

  private mutating func limits() -> Ledger.Limits {
    Ledger.Limits(
      total: maybe(1...8), perUser: maybe(1...2), perCode: maybe(1...5), perDay: maybe(1...4),
      budget: maybe(1...8).map { $0 * 1500 })
  }

  private func terms(_ kind: Ledger.Kind, _ limits: Ledger.Limits, restoresOnRefund: Bool) -> CouponTerms {
    let usage = UsageLimits(
      total: limits.total.map(Int64.init), perUser: limits.perUser.map(Int64.init),
      perCode: limits.perCode.map(Int64.init),
      budget: limits.budget.map { .usd(Int64($0)) } ?? AmountsByCurrency([]),
      perPeriod: limits.perDay.map { [UsageLimits.PeriodLimit(period: .day, total: Int64($0))] } ?? [])
    var terms: CouponTerms =
      switch kind {
      case .fixed(let amount): .fixed(Int64(amount), limits: usage)
      case .tenPercent: .percent(10, limits: usage, stacking: .exclusive)
      }
    terms.restoreOn = restoresOnRefund ? [.fullyRefunded] : [.canceled]
    return terms
  }

  mutating func makeCoupon() -> Step {
    let kind: Ledger.Kind = chance(50) ? .tenPercent : .fixed(any(of: [500, 1000, 1500]))
    let limits = limits()
    let refund = chance(30)
    let terms = terms(kind, limits, restoresOnRefund: refund)
    var made = step(CreateCoupon(terms: terms)) { ledger in
      ledger.coupons.append(Ledger.Coupon(kind: kind, limits: limits, restoresOnRefund: refund))
      return .made
    }
    made.learn = { simulation, id in
      if let id = Coupon.ID(id) { simulation.couponIDs.append(id) }
    }
    return made
  }

  private mutating func anyCoupon() -> (index: Int, id: Coupon.ID) {
    let index = Int.random(in: max(0, couponIDs.count - 20)..<couponIDs.count, using: &random)
    return (index, couponIDs[index])
  }

  private mutating func addCode() -> Step {
    addCode(any(of: Simulation.codes), to: anyCoupon().index)
  }

  mutating func addCode(_ code: String, to coupon: Int) -> Step {
    step(AddCodes(couponID: couponIDs[coupon], grants: [.of(code)])) { $0.add(code, to: coupon) }
  }

  mutating func activate(_ coupon: Int) -> Step {
    step(ChangeCouponState(couponID: couponIDs[coupon], step: .activate)) {
      $0.change(coupon, to: .active, revokes: false)
    }
  }

  private mutating func edit() -> Step {
    let coupon = anyCoupon()
    let limits = limits()
    let refund = chance(30)
    let terms = terms(ledger.coupons[coupon.index].kind, limits, restoresOnRefund: refund)
    return step(UpdateCoupon(couponID: coupon.id, terms: terms)) {
      $0.edit(coupon.index, limits, restoresOnRefund: refund)
    }
  }

  private mutating func changeState() -> Step {
    let coupon = anyCoupon()
    let roll = Int.random(in: 0..<100, using: &random)
    let revokes = roll % 2 == 0
    let change: (ChangeCouponState.Step, Ledger.CouponState) =
      switch roll {
      case ..<70: (.activate, .active)
      case ..<92: (.disable(reason: "test", revokesLocks: revokes), .disabled)
      default: (.archive, .archived)
      }
    return step(ChangeCouponState(couponID: coupon.id, step: change.0)) {
      $0.change(coupon.index, to: change.1, revokes: revokes)
    }
  }

  private mutating func revokeLocks() -> Step {
    let coupon = anyCoupon()
    return step(RevokeLocks(couponID: coupon.id)) { $0.revokeLocks(coupon.index) }
  }

  /// One code, or two that stand together. Ten percent stands alone.
  private mutating func someCodes() -> [String] {
    let first = any(of: Simulation.codes)
    guard chance(30), let one = ledger.couponOfCode[first], ledger.coupons[one].kind != .tenPercent else {
      return [first]
    }
    let fixed = ledger.couponOfCode.filter { $0.value != one && ledger.coupons[$0.value].kind != .tenPercent }
    guard let second = fixed.keys.sorted().randomElement(using: &random) else { return [first] }
    return [first, second]
  }

  private mutating func apply() -> Step {
    let isRetry = chance(20)
    let held = isRetry ? ledger.applications.suffix(30).randomElement(using: &random) : nil
    let order: OrderID = held?.order ?? "o-\(Int.random(in: 0..<200, using: &random))"
    let codes = held.map { application in application.uses.map { ledger.uses[$0].code } } ?? someCodes()
    let user = chance(80) ? held?.user ?? any(of: Simulation.users) : any(of: Simulation.users)
    let cart = any(of: Simulation.carts)
    let seconds = Int.random(in: 60...1800, using: &random)
    let wish = ApplyCodes(
      orderID: order, codes: codes, customer: Customer(userID: user), cart: .of(Int64(cart)),
      lockSeconds: Int64(seconds))
    var applied = step(wish) {
      $0.apply(order: order, codes: codes, user: user, cart: cart, seconds: seconds)
    }
    applied.learn = { simulation, id in
      if let id = DiscountApplication.ID(id) { simulation.applicationIDs.append(id) }
    }
    return applied
  }

  private mutating func anyApplication() -> (index: Int, id: DiscountApplication.ID)? {
    guard !applicationIDs.isEmpty else { return nil }
    let index = Int.random(in: max(0, applicationIDs.count - 40)..<applicationIDs.count, using: &random)
    return (index, applicationIDs[index])
  }

  private mutating func redeem() -> Step {
    guard let application = anyApplication() else { return makeCoupon() }
    let cart = chance(20) ? any(of: Simulation.carts) : nil
    return step(
      RedeemApplication(applicationID: application.id, cart: cart.map { .of(Int64($0)) })
    ) { $0.redeem(application.index, cart: cart) }
  }

  private mutating func release() -> Step {
    guard let application = anyApplication() else { return makeCoupon() }
    return step(ReleaseApplication(applicationID: application.id)) { $0.release(application.index) }
  }

  private mutating func extend() -> Step {
    guard let application = anyApplication() else { return makeCoupon() }
    let seconds = chance(10) ? 604_800 : Int.random(in: 60...3600, using: &random)
    return step(ExtendApplication(applicationID: application.id, lockSeconds: Int64(seconds))) {
      $0.extend(application.index, seconds: seconds)
    }
  }

  private mutating func restore() -> Step {
    guard let application = anyApplication() else { return makeCoupon() }
    let refunded = chance(40)
    return step(
      RestoreApplication(applicationID: application.id, cause: refunded ? .fullyRefunded : .canceled)
    ) { $0.restore(application.index, refunded: refunded) }
  }
}
