/// A coupon that is personal to one user, by its own owner or by a code's, with what the user has of it.
public struct PersonalCoupon: Hashable, Sendable {
  /// A code that the user can type.
  public struct Code: Hashable, Sendable {
    /// The code with its own owner and limit.
    public var grant: CodeGrant
    /// Usages of it, LOCKED and REDEEMED.
    public var used: Int64

    /// Makes a code.
    public init(grant: CodeGrant, used: Int64) {
      self.grant = grant
      self.used = used
    }
  }

  /// The coupon.
  public var coupon: Coupon
  /// The codes that are personal to the user, those with uses left first.
  public var codes: [Code]
  /// Whether the user has codes beyond these.
  public var hasMoreCodes: Bool
  /// Usages by the user, LOCKED and REDEEMED.
  public var used: Int64
  /// What its campaign has given; nil if it belongs to none, or that is not known.
  public var campaign: CampaignUse?

  /// Makes an entry.
  public init(coupon: Coupon, codes: [Code], hasMoreCodes: Bool = false, used: Int64) {
    self.coupon = coupon
    self.codes = codes
    self.hasMoreCodes = hasMoreCodes
    self.used = used
  }

  /// How often the user may use it in all: once if the coupon does not say.
  public var limit: Int64 { coupon.terms.limits.perUser ?? 1 }

  /// How often the user may still use it, as far as the limits of user, coupon, codes and campaign go; never
  /// negative.
  public var remaining: Int64 {
    var remaining = limit - used
    if let total = coupon.terms.limits.total { remaining = min(remaining, total - coupon.uses.live) }
    if let campaign, let total = campaign.limits.total { remaining = min(remaining, total - campaign.total) }
    var ofCodes: Int64 = 0
    for code in codes {
      guard let limit = limit(of: code) else { return max(0, remaining) }
      ofCodes += max(0, limit - code.used)
    }
    return max(0, min(remaining, ofCodes))
  }

  /// Why the user can't use it at this moment, most important first; nil if the user can, as far as that is known
  /// without an order: rules, periods and budgets are judged by a quote.
  ///
  /// A coupon whose codes are all used up, or that has none yet, has reached the limit of its codes.
  public func reason(at now: Instant) -> RefusalReason? {
    let limits = coupon.terms.limits
    let hindrance =
      coupon.state.hindrance ?? coupon.terms.validity.hindrance(at: now) ?? campaign?.windowHindrance(at: now)
      ?? .used(coupon.uses.live, of: limits.total, .usageLimitReached) ?? campaign?.useHindrance
    if let hindrance { return hindrance.reason }
    if codes.allSatisfy({ Hindrance.used($0.used, of: limit(of: $0), .codeLimitReached) != nil }) {
      return .codeLimitReached
    }
    return Hindrance.used(used, of: limit, .userLimitReached)?.reason
  }

  private func limit(of code: Code) -> Int64? { code.grant.limit ?? coupon.terms.limits.perCode }
}
