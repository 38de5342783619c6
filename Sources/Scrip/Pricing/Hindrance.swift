/// Why a coupon does not apply, whichever of its codes was typed.
struct Hindrance: Error {
  let reason: RefusalReason
  /// What explains the reason, by name.
  var facts: Details = [:]

  /// A number of uses that has reached its limit; nil while there is room or no limit.
  static func used(
    _ used: Int64, of limit: Int64?, _ reason: RefusalReason, held: Held? = nil
  ) -> Hindrance? {
    guard let limit, used >= limit else { return nil }
    return Hindrance(
      reason: reason, facts: Details(held).merging(["limit": .integer(limit)]) { own, _ in own })
  }
}

extension Details {
  /// How much of what is used is only held by open checkouts, and until when the first part of it is.
  init(_ held: Held?) {
    self = [:]
    guard let held else { return }
    self["held"] = .integer(held.amount)
    if let moment = held.until { self["held_until"] = .instant(moment) }
  }
}

extension Coupon.State {
  var hindrance: Hindrance? {
    switch self {
    case .active: nil
    case .draft: Hindrance(reason: .couponNotActive)
    case .disabled: Hindrance(reason: .couponDisabled)
    case .archived: Hindrance(reason: .unknownCode)
    }
  }
}

extension Validity {
  func hindrance(at now: Instant) -> Hindrance? {
    if let startsAt, now < startsAt {
      return Hindrance(reason: .notStarted, facts: ["starts_at": .instant(startsAt)])
    }
    if let endsAt, now >= endsAt {
      return Hindrance(reason: .expired, facts: ["ends_at": .instant(endsAt)])
    }
    return nil
  }
}

extension CouponTerms {
  /// Throws if what the eligible lines come to is less than the coupon's minimum: how much is missing, and of which
  /// lines if not all of the cart's count.
  func checkMinimum(
    _ base: Int64, of lines: [Int], in cart: Cart, basis: MinimumBasis
  ) throws(Hindrance) {
    guard let minimum = minimum[cart.currency], base < minimum else { return }
    var facts: Details = [
      "minimum": .integer(minimum), "missing": .integer(minimum - base),
      "currency": .text(cart.currency.code),
    ]
    if lines.count < cart.lines.count { facts["lines"] = .list(lines.map { cart.lines[$0].id.text }) }
    if basis == .running { facts["basis"] = .text(basis.rawValue) }
    throw Hindrance(reason: .minimumNotReached, facts: facts)
  }
}

extension Candidate {
  func refused(_ hindrance: Hindrance) -> RefusedCode { refused(hindrance.reason, hindrance.facts) }
}
