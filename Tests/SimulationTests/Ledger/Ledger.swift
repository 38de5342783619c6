/// The rules of one shop told again from their description, naively, with plain values and lists: what the engine must
/// agree with.
///
/// It shares nothing with the engine, keeps no counters and remembers no totals: everything is counted by going through
/// all uses, and whether a lock was revoked is judged by what was commanded and when.
struct Ledger: Equatable {
  var rounding = Rounding.halfUp
  /// Percentages are of the list price, not of what earlier coupons left.
  var isOriginal = false
  var campaigns: [Campaign] = []
  var coupons: [Coupon] = []
  var codes: [Name: Code] = [:]
  var uses: [Use] = []
  var applications: [Application] = []
  /// Orders that the engine keeps.
  var orders: [KeptOrder] = []
  /// Whether a provider takes the money of orders; otherwise they are paid outside.
  var hasProvider = false
  /// Whether orders are honoured that a provider has the money of and that have no room; otherwise the money goes back.
  var isHonouring = true
  /// Subscriptions, invoices, and what they have of coupons.
  var billing = Billing()
  /// Payments through providers.
  var payments: [Payment] = []
  /// Seconds since 2026-11-01T00:00:00Z, a Sunday.
  var now = 0
  /// Every time a use was taken beyond a limit that stood at that moment, or a doomed lock was redeemed; empty as long
  /// as the rules are right.
  var breaches: [String] = []

  static func span(_ period: Period, at moment: Int) -> Span {
    let day = moment / 86_400
    switch period {
    case .day: return Span(period: .day, firstDay: day)
    case .week: return Span(period: .week, firstDay: (day + 6) / 7 * 7 - 6)
    case .month:
      let months = [0, 30, 61, 92, 120, 151, 181, 212, 242, 273, 304, 334, 365]
      return Span(period: .month, firstDay: months.last { $0 <= day } ?? 0)
    }
  }

  /// Uses that count for nothing while somebody asks what an order could have without them.
  var setAside: Set<Int> = []

  /// The uses of a coupon that limits count.
  func live(_ coupon: Int) -> [Use] {
    uses.indices.filter { uses[$0].coupon == coupon && uses[$0].isCounted && !setAside.contains($0) }
      .map { uses[$0] }
  }

  /// The uses of a coupon that no limit counts: their orders were honoured.
  func honoured(_ coupon: Int) -> [Use] {
    uses.filter { $0.coupon == coupon && $0.state == .redeemed && $0.isOverLimit }
  }

  func count(_ coupon: Int, _ state: UseState) -> Int {
    uses.filter { $0.coupon == coupon && $0.state == state && !$0.isReplaced }.count
  }

  func used(_ coupon: Int, by key: Name) -> Int { live(coupon).filter { $0.keys.contains(key) }.count }

  func used(_ coupon: Int, in span: Span) -> Int { live(coupon).filter { $0.spans.contains(span) }.count }

  func used(_ coupon: Int, code: Name) -> Int { live(coupon).filter { $0.code == code }.count }

  func spent(_ coupon: Int, _ currency: String) -> Int {
    live(coupon).filter { $0.budget == currency }.map(\.amount).reduce(0, +)
  }

  /// The coupon that a code opens; those of archived coupons open nothing.
  func opened(by code: Name) -> Code? {
    codes[code].flatMap { coupons[$0.coupon].state == .archived ? nil : $0 }
  }

  /// The code that somebody means: the very one, otherwise a generated one that looks like it.
  func meant(by typed: Name) -> Name? {
    if opened(by: typed) != nil { return typed }
    return codes.keys.first { name in
      name.likeness == typed.likeness && opened(by: name)?.isGenerated == true
    }
  }

  /// The codes that are meant, each once: one that is given again changes nothing.
  func once(_ typed: [Name]) -> [Name] {
    var once: [Name] = []
    for name in typed.map({ meant(by: $0) ?? $0 }) where !once.contains(name) { once.append(name) }
    return once
  }

  func liveApplication(_ order: Name) -> Int? {
    applications.lastIndex { $0.order == order && $0.state != .released }
  }

  /// Time passes: locks that have run out are gone.
  mutating func move(to moment: Int) {
    now = moment
    for index in applications.indices
    where applications[index].state == .locked && applications[index].expiresAt <= moment {
      giveBack(index, cause: applications[index].isDoomed ? "revoked" : "expired")
      applications[index].isUntidied = true
    }
  }

  mutating func giveBack(_ application: Int, cause: String) {
    for use in applications[application].uses { uses[use].state = .released }
    applications[application].state = .released
    applications[application].cause = cause
  }

  /// Notes a use that was taken although it passes a limit.
  mutating func audit(_ index: Int) {
    let use = uses[index]
    let limits = coupons[use.coupon].terms.limits
    func check(_ name: String, _ used: Int, _ limit: Int?) {
      if let limit, used > limit { breaches.append("\(name) of coupon \(use.coupon): \(used) of \(limit)") }
    }
    check("total", live(use.coupon).count, limits.total)
    if !use.code.text.isEmpty {
      check("code", used(use.coupon, code: use.code), codes[use.code]?.limit ?? limits.perCode)
    }
    for key in use.keys { check("user", used(use.coupon, by: key), limits.perUser) }
    for span in use.spans { check("\(span)", used(use.coupon, in: span), limits.perPeriod[span.period]) }
    if let budget = use.budget { check("budget", spent(use.coupon, budget), limits.budget[budget]) }
  }
}
