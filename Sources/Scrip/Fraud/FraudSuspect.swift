/// Whom or what suspicions are about: what a device, a card or a person does is one case, however many attempts it makes.
public enum FraudSuspect: Hashable, Comparable, Sendable {
  /// Somebody, by one trait.
  case trait(FraudTrait)
  /// A coupon, which is used as it was not meant to be.
  case coupon(Coupon.ID)

  /// By what they are called, which is plain ASCII.
  public static func < (left: FraudSuspect, right: FraudSuspect) -> Bool {
    left.description < right.description
  }
}

extension FraudSuspect: CustomStringConvertible {
  /// Such as `device:00f3a9c2b17e4d58` or `coupon:coupon_01j…`.
  public var description: String {
    switch self {
    case .trait(let trait): trait.description
    case .coupon(let id): "coupon:\(id)"
    }
  }

  /// Reads what `description` gives; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let prefix = "coupon:"
    if text.hasPrefix(prefix) {
      guard let id = Coupon.ID(text.dropFirst(prefix.count)) else { return nil }
      self = .coupon(id)
    } else {
      guard let trait = FraudTrait(text) else { return nil }
      self = .trait(trait)
    }
  }
}

extension FraudAssessment {
  /// Whom or what it is about: what the heaviest finding that knows is about, or else who attempts.
  ///
  /// - Parameters:
  ///   - traits: by what the attempt is recognised.
  ///   - leaked: the coupon of the attempt that looks leaked the most, if any does.
  public func suspect(among traits: [FraudTrait], leaked: Coupon.ID?) -> FraudSuspect? {
    for finding in findings {
      if finding.rule == LeakedCoupon.name, let leaked { return .coupon(leaked) }
      if let trait = finding.facts.lazy.compactMap(\.trait).first { return .trait(trait) }
    }
    return traits.first.map { .trait($0) }
  }
}

/// How bad a suspicion is.
public enum FraudSeverity: String, CaseIterable, Comparable, Sendable {
  /// Somebody should look at it when there is time.
  case low
  /// The shop asks for more.
  case medium
  /// Coupons are refused.
  case high
  /// A coupon is given to everybody: money is lost until somebody acts.
  case critical

  /// By what it costs to wait.
  public static func < (left: FraudSeverity, right: FraudSeverity) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }

  /// How bad what a decision is about is.
  public init(_ decision: FraudDecision) {
    self =
      switch decision {
      case .pass, .flag: .low
      case .challenge: .medium
      case .block: .high
      }
  }
}
