/// Marks campaign identifiers.
public enum CampaignSubject: Identified {
  /// `campaign`
  public static var prefix: String { "campaign" }
}

/// What coupons are made for, over all of them: a season, a partner, a newsletter.
public struct Campaign: Hashable, Sendable {
  /// `campaign_…`
  public typealias ID = Identifier<CampaignSubject>

  /// Its identifier.
  public let id: ID
  /// The number of its current terms, from 1 on.
  public var version: Int64
  /// Its current terms.
  public var terms: CampaignTerms
  /// When it was made.
  public let createdAt: Instant
  /// When it last got new terms.
  public var updatedAt: Instant

  /// Makes a campaign.
  public init(id: ID, version: Int64, terms: CampaignTerms, createdAt: Instant, updatedAt: Instant) {
    self.id = id
    self.version = version
    self.terms = terms
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// All that an edit of a campaign can change.
public struct CampaignTerms: Hashable, Sendable {
  /// What people call it, 1 to 200 characters.
  @Exact public var name: String
  /// What it is for, 1 to 2000 characters; nil if nobody says.
  @Exact public var description: String?
  /// When its coupons can be used, if their own windows hold as well.
  public var validity: Validity
  /// What all of its coupons together may give.
  public var limits: CampaignLimits

  /// Makes terms; everything but the name has a default.
  public init(
    name: String, description: String? = nil, validity: Validity = .always,
    limits: CampaignLimits = CampaignLimits()
  ) {
    self.name = name
    self.description = description
    self.validity = validity
    self.limits = limits
  }
}

/// What all coupons of a campaign together may give. LOCKED and REDEEMED usages both count.
public struct CampaignLimits: Hashable, Sendable {
  /// Uses of all its coupons; nil for no limit.
  public var total: Int64?
  /// Discount money to give away, by currency; a currency without an entry is refused if there is any entry.
  public var budget: AmountsByCurrency

  /// Makes limits; without arguments there are none.
  public init(total: Int64? = nil, budget: AmountsByCurrency = AmountsByCurrency([])) {
    self.total = total
    self.budget = budget
  }

  /// What may be given in a currency, in minor units; nil for any amount. A currency without an entry gets nothing if
  /// there is any entry.
  public func budget(in currency: Currency) -> Int64? {
    budget.isKnown(in: currency) ? budget[currency] : 0
  }
}

extension StreamID {
  /// What concerns one campaign.
  public static func campaign(_ id: Campaign.ID) -> StreamID { StreamID(.campaign, id.value) }
}
