import Scrip

/// The rules told again, naively, with plain values and lists: what the engine must agree with.
///
/// It shares nothing with the engine but names that are compared by their bytes: money is a number of cents, moments are seconds, everything is counted by going
/// through all uses.
struct Ledger {
  struct Limits: Equatable {
    var total: Int?
    var perUser: Int?
    var perCode: Int?
    var perDay: Int?
    var budget: Int?
  }

  enum Kind: Equatable {
    case fixed(Int)
    case tenPercent
  }

  enum CouponState { case draft, active, disabled, archived }

  struct Coupon {
    var kind: Kind
    var limits: Limits
    var restoresOnRefund: Bool
    var state = CouponState.draft
    var revokes = false
  }

  enum UseState { case locked, redeemed, released }

  struct Use {
    let coupon: Int
    let code: String
    let order: OrderID
    let user: UserID
    let day: Int?
    let countsUser: Bool
    let countsBudget: Bool
    let pinnedBudget: Int?
    let restoresOnRefund: Bool
    var amount: Int
    var state = UseState.locked
  }

  struct Application {
    let order: OrderID
    let lockedAt: Int
    var expiresAt: Int
    var cart: Int
    var user: UserID
    var uses: [Int]
    var state = UseState.locked
    var cause = ""
  }

  enum Verdict: Equatable { case made, done, refused }

  var coupons: [Coupon] = []
  var couponOfCode: [String: Int] = [:]
  var uses: [Use] = []
  var applications: [Application] = []
  var now = 0
  /// Every time a use was taken beyond a limit that stood at that moment; empty as long as the rules are right.
  var breaches: [String] = []

  static func day(_ moment: Int) -> Int { moment / 86_400 }

  func live(_ coupon: Int) -> [Use] { uses.filter { $0.coupon == coupon && $0.state != .released } }

  func count(_ coupon: Int, _ state: UseState) -> Int {
    uses.filter { $0.coupon == coupon && $0.state == state }.count
  }

  func usedByUser(_ coupon: Int, _ user: UserID) -> Int {
    live(coupon).filter { $0.countsUser && $0.user == user }.count
  }

  func usedOnDay(_ coupon: Int, _ day: Int) -> Int { live(coupon).filter { $0.day == day }.count }

  func usedByCode(_ coupon: Int, _ code: String) -> Int { live(coupon).filter { $0.code == code }.count }

  func spent(_ coupon: Int) -> Int { live(coupon).filter(\.countsBudget).map(\.amount).reduce(0, +) }

  func amount(_ coupon: Int, cart: Int) -> Int {
    switch coupons[coupon].kind {
    case .fixed(let amount): amount
    case .tenPercent: cart / 10
    }
  }

  func liveApplication(_ order: OrderID) -> Int? {
    applications.lastIndex { $0.order == order && $0.state != .released }
  }

  /// Time passes: locks that have run out are gone.
  mutating func move(to moment: Int) {
    now = moment
    for index in applications.indices
    where applications[index].state == .locked && applications[index].expiresAt <= moment {
      giveBack(index, cause: "expired")
    }
  }

  mutating func giveBack(_ application: Int, cause: String) {
    for use in applications[application].uses { uses[use].state = .released }
    applications[application].state = .released
    applications[application].cause = cause
  }

  private mutating func audit(_ coupon: Int, _ use: Use) {
    let limits = coupons[coupon].limits
    func check(_ name: String, _ used: Int, _ limit: Int?) {
      if let limit, used > limit { breaches.append("\(name) of coupon \(coupon): \(used) of \(limit)") }
    }
    check("total", live(coupon).count, limits.total)
    check("code", usedByCode(coupon, use.code), limits.perCode)
    if use.countsUser { check("user", usedByUser(coupon, use.user), limits.perUser) }
    if let day = use.day { check("day", usedOnDay(coupon, day), limits.perDay) }
    if use.countsBudget { check("budget", spent(coupon), limits.budget) }
  }

  private func hasRoom(_ coupon: Int, code: String, user: UserID?, day: Int?, amount: Int?) -> Bool {
    let limits = coupons[coupon].limits
    if let total = limits.total, live(coupon).count >= total { return false }
    if let perCode = limits.perCode, usedByCode(coupon, code) >= perCode { return false }
    if let user, let perUser = limits.perUser, usedByUser(coupon, user) >= perUser { return false }
    if let day, let perDay = limits.perDay, usedOnDay(coupon, day) >= perDay { return false }
    if let amount, let budget = limits.budget, spent(coupon) + amount > budget { return false }
    return true
  }
}

extension Ledger {
  mutating func apply(order: OrderID, codes: [String], user: UserID, cart: Int, seconds: Int) -> Verdict {
    if let held = liveApplication(order) { return keep(held, codes, user, cart) }
    let named = codes.compactMap { couponOfCode[$0] }
    let standAlone = named.contains { coupons[$0].kind == .tenPercent }
    if codes.count > 1, standAlone || Set(named).count < codes.count { return .refused }
    var taken: [Use] = []
    for code in codes {
      guard let coupon = couponOfCode[code], coupons[coupon].state == .active else { return .refused }
      let limits = coupons[coupon].limits
      let amount = amount(coupon, cart: cart)
      guard hasRoom(coupon, code: code, user: user, day: Ledger.day(now), amount: amount) else {
        return .refused
      }
      taken.append(
        Use(
          coupon: coupon, code: code, order: order, user: user,
          day: limits.perDay == nil ? nil : Ledger.day(now), countsUser: limits.perUser != nil,
          countsBudget: limits.budget != nil, pinnedBudget: limits.budget,
          restoresOnRefund: coupons[coupon].restoresOnRefund, amount: amount))
    }
    let first = uses.count
    uses += taken
    for use in taken { audit(use.coupon, use) }
    applications.append(
      Application(
        order: order, lockedAt: now, expiresAt: now + seconds, cart: cart, user: user,
        uses: Array(first..<uses.count)))
    return .made
  }

  private mutating func keep(_ held: Int, _ codes: [String], _ user: UserID, _ cart: Int) -> Verdict {
    let application = applications[held]
    if Set(codes) != Set(application.uses.map { uses[$0].code }) { return .refused }
    if application.state == .locked, isRevoked(held) { return .refused }
    if application.state == .redeemed || (application.cart == cart && application.user == user) {
      return .done
    }
    if application.uses.contains(where: { uses[$0].countsUser && uses[$0].user != user }) { return .refused }
    return reprice(held, cart: cart) ? .done(with: &applications[held], cart, user) : .refused
  }

  /// Amounts for another cart: a lock never loses what it has, and gets more only where the budget has it.
  private mutating func reprice(_ index: Int, cart: Int) -> Bool {
    var amounts: [Int] = []
    for use in applications[index].uses.map({ uses[$0] }) {
      let amount = amount(use.coupon, cart: cart)
      if use.countsBudget, let limit = coupons[use.coupon].limits.budget ?? use.pinnedBudget {
        let held = use.state == .released ? 0 : use.amount
        if amount > max(limit - (spent(use.coupon) - held), held) { return false }
      }
      amounts.append(amount)
    }
    for (use, amount) in zip(applications[index].uses, amounts) { uses[use].amount = amount }
    return true
  }

  mutating func redeem(_ index: Int, cart: Int?) -> Verdict {
    let application = applications[index]
    switch application.state {
    case .redeemed: return .done
    case .released:
      guard application.cause == "expired", liveApplication(application.order) == nil else {
        return .refused
      }
      for use in application.uses.map({ uses[$0] }) {
        let isOpen = hasRoom(
          use.coupon, code: use.code, user: use.countsUser ? use.user : nil, day: use.day,
          amount: use.countsBudget && cart == nil ? use.amount : nil)
        if coupons[use.coupon].state != .active || !isOpen { return .refused }
      }
    case .locked:
      if isRevoked(index) { return .refused }
    }
    if let cart {
      if !reprice(index, cart: cart) { return .refused }
      applications[index].cart = cart
    }
    for use in application.uses {
      uses[use].state = .redeemed
      if application.state == .released { audit(uses[use].coupon, uses[use]) }
    }
    applications[index].state = .redeemed
    applications[index].cause = ""
    return .done
  }

  private func isRevoked(_ index: Int) -> Bool {
    applications[index].uses.contains { coupons[uses[$0].coupon].revokes }
  }

  mutating func release(_ index: Int) -> Verdict {
    switch applications[index].state {
    case .redeemed: return .refused
    case .released: return .done
    case .locked:
      giveBack(index, cause: "requested")
      return .done
    }
  }

  mutating func extend(_ index: Int, seconds: Int) -> Verdict {
    guard applications[index].state == .locked, !isRevoked(index) else { return .refused }
    let latest = applications[index].lockedAt + 7 * 86_400
    applications[index].expiresAt = max(applications[index].expiresAt, min(now + seconds, latest))
    return .done
  }

  mutating func restore(_ index: Int, refunded: Bool) -> Verdict {
    let application = applications[index]
    if application.state == .released {
      return application.cause == "canceled" || application.cause == "refunded" ? .done : .refused
    }
    if application.state == .locked { return .refused }
    for use in application.uses where uses[use].state == .redeemed && uses[use].restoresOnRefund == refunded {
      uses[use].state = .released
    }
    if application.uses.allSatisfy({ uses[$0].state == .released }) {
      applications[index].state = .released
      applications[index].cause = refunded ? "refunded" : "canceled"
    }
    return .done
  }

  mutating func revokeLocks(_ coupon: Int) -> Verdict {
    guard coupons[coupon].revokes else { return .done }
    for index in applications.indices
    where applications[index].state == .locked
      && applications[index].uses.contains(where: { uses[$0].coupon == coupon })
    {
      giveBack(index, cause: "revoked")
    }
    return .done
  }

  mutating func change(_ coupon: Int, to next: CouponState, revokes: Bool) -> Verdict {
    let state = coupons[coupon].state
    let isStricter = next == .disabled && revokes && !coupons[coupon].revokes
    if state == next && !isStricter { return .done }
    let isAllowed =
      switch (state, next) {
      case (.archived, _), (.draft, .disabled), (_, .draft): false
      default: true
      }
    if !isAllowed { return .refused }
    if next != .disabled, coupons[coupon].revokes, count(coupon, .locked) > 0 { return .refused }
    coupons[coupon].state = next
    coupons[coupon].revokes = next == .disabled && revokes
    return .done
  }

  mutating func edit(_ coupon: Int, _ limits: Limits, restoresOnRefund: Bool) -> Verdict {
    if coupons[coupon].state == .archived { return .refused }
    coupons[coupon].limits = limits
    coupons[coupon].restoresOnRefund = restoresOnRefund
    return .done
  }

  mutating func add(_ code: String, to coupon: Int) -> Verdict {
    if coupons[coupon].state == .archived { return .refused }
    if let other = couponOfCode[code], coupons[other].state != .archived { return .refused }
    couponOfCode[code] = coupon
    return .made
  }
}

extension Ledger.Verdict {
  fileprivate static func done(
    with application: inout Ledger.Application, _ cart: Int, _ user: UserID
  ) -> Ledger.Verdict {
    application.cart = cart
    application.user = user
    return .done
  }
}
