/// The campaign of a coupon as pricing sees it: what all of its coupons together may give, and have given already.
public struct CampaignUse: Hashable, Sendable {
  /// Which campaign.
  public var id: Campaign.ID
  /// When its coupons can be used.
  public var validity: Validity
  /// What all of its coupons together may give.
  public var limits: CampaignLimits
  /// Uses of all its coupons, without those that the order gives up and without the order's own usage, if it stays.
  public var total: Int64
  /// The same of discount money in the order's currency, in minor units.
  public var budget: Int64
  /// What the order's own usage has taken already, if it stays as it is: nothing but more money is judged then. Nil for
  /// a new usage.
  public var held: Int64?

  /// Makes a campaign's part of what is known of a coupon's uses.
  public init(
    id: Campaign.ID, validity: Validity = .always, limits: CampaignLimits, total: Int64 = 0,
    budget: Int64 = 0, held: Int64? = nil
  ) {
    self.id = id
    self.validity = validity
    self.limits = limits
    self.total = total
    self.budget = budget
    self.held = held
  }

  /// What others have left of its money, in minor units; less than nothing where a limit was lowered; nil if there is no
  /// such limit. What the order's own usage has taken already is its own in any case.
  public func budgetLeft(in currency: Currency) -> Int64? { limits.budget(in: currency).map { $0 - budget } }
}

/// What a campaign's coupons that stand earlier in a quote take of it.
struct CampaignShare {
  private var uses: Int64 = 0
  private var money: Int64 = 0

  /// Adds what a coupon takes beyond what it has already: less than nothing if it gives some up.
  mutating func add(_ amount: Int64, of campaign: CampaignUse) {
    if campaign.held == nil { uses += 1 }
    money += amount - (campaign.held ?? 0)
  }

  /// Throws if a new use has no place beside the earlier ones.
  func checkRoom(_ campaign: CampaignUse) throws(Hindrance) {
    if campaign.held != nil { return }
    let full = Hindrance.used(campaign.total + uses, of: campaign.limits.total, .usageLimitReached)
    if let full { throw full.ofCampaign }
  }

  /// Cuts an amount to what is left of the campaign's money, or refuses.
  func limited(
    _ amount: Int64, of campaign: CampaignUse, clips: Bool, in currency: Currency
  ) throws(Hindrance) -> Int64 {
    guard let most = campaign.budgetLeft(in: currency) else { return amount }
    let left = max(most - money, campaign.held ?? 0)
    if amount <= left { return amount }
    if left > 0, clips { return left }
    let budget = campaign.limits.budget(in: currency) ?? 0
    let facts: Details = ["budget": .integer(budget), "left": .integer(left)]
    throw Hindrance(reason: .budgetExhausted, facts: facts).ofCampaign
  }
}

extension CampaignUse {
  /// Why none of its coupons can be used now, whatever its limits; nil if they can.
  func windowHindrance(at now: Instant) -> Hindrance? {
    held == nil ? validity.hindrance(at: now)?.ofCampaign : nil
  }

  /// Why it has no new use for any of its coupons; nil if it has.
  var useHindrance: Hindrance? {
    held == nil ? Hindrance.used(total, of: limits.total, .usageLimitReached)?.ofCampaign : nil
  }

  /// Why no coupon of it can take off any new money in a currency; nil if one can.
  func moneyHindrance(in currency: Currency) -> Hindrance? {
    if held != nil { return nil }
    guard let budget = limits.budget[currency], self.budget >= budget else { return nil }
    return Hindrance(reason: .budgetExhausted, facts: ["budget": .integer(budget)]).ofCampaign
  }

  /// Whether it can give money in a currency at all.
  func isKnown(in currency: Currency) -> Bool { held != nil || limits.budget.isKnown(in: currency) }
}

extension Hindrance {
  /// The same, said of the coupon's campaign.
  var ofCampaign: Hindrance {
    var hindrance = self
    hindrance.facts["limit_of"] = .text("campaign")
    return hindrance
  }
}
