/// A typed code with the coupon behind it and everything that is known of its uses: what pricing decides on.
public struct Candidate: Hashable, Sendable {
  /// The code as it was typed.
  @Exact public var typed: String
  /// Its place in the request's list.
  public var index: Int
  /// The code in canonical form.
  public var code: CouponCode
  /// The coupon.
  public var couponID: Coupon.ID
  /// Where the coupon is in its life.
  public var state: Coupon.State
  /// The version of the terms.
  public var version: Int64
  /// The terms.
  public var terms: CouponTerms
  /// The owner of this code, if it has one of its own; the coupon's owner counts otherwise.
  public var codeOwner: UserID?
  /// The limit of this code, if it has one of its own; the coupon's limit for each code counts otherwise.
  public var codeLimit: Int64?
  /// How often it is used so far.
  public var used: UsedSoFar
  /// Whether the order holds this coupon already: its limits are not judged again then, nor its window and state.
  /// Its money budget still bounds the amount, which may have grown with the cart.
  public var isHeld: Bool

  /// Makes a candidate.
  public init(
    typed: String, index: Int, code: CouponCode, couponID: Coupon.ID, state: Coupon.State, version: Int64,
    terms: CouponTerms, codeOwner: UserID? = nil, codeLimit: Int64? = nil, used: UsedSoFar = UsedSoFar(),
    isHeld: Bool = false
  ) {
    self.typed = typed
    self.index = index
    self.code = code
    self.couponID = couponID
    self.state = state
    self.version = version
    self.terms = terms
    self.codeOwner = codeOwner
    self.codeLimit = codeLimit
    self.used = used
    self.isHeld = isHeld
  }

  /// The user id of the only customer who may use it.
  public var owner: UserID? { codeOwner ?? terms.owner }

  /// Uses for each person: the coupon's limit, or one for a personal coupon that does not say.
  public var perUserLimit: Int64? { terms.limits.perUser ?? (owner == nil ? nil : 1) }

  /// Uses for this code.
  public var perCodeLimit: Int64? { codeLimit ?? terms.limits.perCode }

  /// Whether the code is closed to a customer whatever becomes of its coupon: it is somebody else's, or used up.
  public func isClosed(to customer: Customer) -> Bool {
    if isHeld { return false }
    if let owner, owner != customer.userID { return true }
    if let perCodeLimit, used.byCode >= perCodeLimit { return true }
    if let perUserLimit, used.byUser >= perUserLimit { return true }
    return false
  }
}

/// How often a coupon is used: LOCKED and REDEEMED usages together.
public struct UsedSoFar: Hashable, Sendable {
  /// Uses of the coupon.
  public var total: Int64
  /// What locks hold of limits that are reached, where there would be room without them.
  public var held: [CountedLimit: Held] = [:]
  /// Uses of the code.
  public var byCode: Int64
  /// The most uses that any of the customer's identity keys has.
  public var byUser: Int64
  /// Uses in the current period, for each period that has a limit.
  public var byPeriod: [UsageLimits.Period: Int64]
  /// Discount money given so far in the order's currency, in minor units, without what the order itself holds.
  public var budget: Int64
  /// The same of its campaign; nil if it belongs to none.
  public var campaign: CampaignUse?

  /// Makes counts.
  public init(
    total: Int64 = 0, byCode: Int64 = 0, byUser: Int64 = 0, byPeriod: [UsageLimits.Period: Int64] = [:],
    budget: Int64 = 0, campaign: CampaignUse? = nil
  ) {
    self.total = total
    self.byCode = byCode
    self.byUser = byUser
    self.byPeriod = byPeriod
    self.budget = budget
    self.campaign = campaign
  }
}

/// A limit that is counted by itself.
public enum CountedLimit: Hashable, Sendable {
  /// Uses of the coupon.
  case total
  /// Uses of the code.
  case code
  /// Uses by the customer.
  case user
  /// Uses in a period.
  case period(UsageLimits.Period)
  /// Discount money.
  case budget
}

/// The part of what is used that open checkouts only hold: it comes back if they are not paid.
public struct Held: Hashable, Sendable {
  /// Uses, or money in minor units.
  public var amount: Int64
  /// When the first of these locks ends, if that is known: its part may come back then, or earlier.
  public var until: Instant?

  /// Makes a part.
  public init(amount: Int64, until: Instant?) {
    self.amount = amount
    self.until = until
  }
}
