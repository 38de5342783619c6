/// Why a coupon can't be used whatever is bought: its state, its window or its uses stand in the way.
struct Hindrance {
  let reason: RefusalReason
  /// What explains the reason, by name.
  var facts: Facts = [:]

  /// A number of uses that has reached its limit; nil while there is room or no limit.
  static func used(
    _ used: Int64, of limit: Int64?, _ reason: RefusalReason, held: Held? = nil
  ) -> Hindrance? {
    guard let limit, used >= limit else { return nil }
    return Hindrance(reason: reason, facts: Facts(held).merging(["limit": .integer(limit)]) { own, _ in own })
  }
}

extension Facts {
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

extension Candidate {
  func refused(_ hindrance: Hindrance) -> RefusedCode { refused(hindrance.reason, hindrance.facts) }
}
