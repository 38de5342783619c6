import Forms
import Ledger
import Scrip

extension Topic {
  /// Campaigns.
  static let campaigns = Topic(
    facts: [CampaignDefined.self], tables: [CampaignRow.self], entities: [Campaign.self])
}

extension Campaign: Entity {
  /// `campaign`
  public static let topic = "campaign"

  /// Where it is found.
  public var path: String { "/v1/campaigns/\(id)" }
}

/// Makes a campaign, or gives one new terms under the next version number.
public struct DefineCampaign: PromotionAction {
  /// Which campaign; nil makes one.
  public var campaignID: Campaign.ID?
  /// Its terms.
  public var terms: CampaignTerms
  /// The version that the caller has seen; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(campaignID: Campaign.ID? = nil, terms: CampaignTerms, expectedVersion: Int64? = nil) {
    self.campaignID = campaignID
    self.terms = terms
    self.expectedVersion = expectedVersion
  }

  /// About the campaign.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(campaignID) }

  /// Asks for the campaign.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    if let campaignID { request.shelf[CampaignRow.self].insert(Owned(tenant, campaignID)) }
  }

  /// Makes it, or its next version; terms that change nothing make none.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    guard let campaignID else {
      let id: Campaign.ID = context.newID()
      return decision(on: id, of: context.tenant, version: 1)
    }
    let row = try set.campaign(campaignID, of: context.tenant)
    let version = row.campaign.version
    if let expectedVersion, expectedVersion != version {
      throw Refusal(.versionConflict, "The campaign is at version \(version), not at \(expectedVersion).")
    }
    if row.campaign.terms == terms { return decision(on: campaignID, of: context.tenant, version: nil) }
    if !row.isWhole {
      throw Refusal(
        .newerTerms,
        "The campaign was written by a newer version of this program, and an edit by this one would lose a part of it; edit it through a node of the newer version."
      )
    }
    return decision(on: campaignID, of: context.tenant, version: version + 1)
  }

  private func decision(
    on id: Campaign.ID, of tenant: Tenant.ID, version: Int64?
  ) -> Decision<WorkingSet> {
    let key = Owned(tenant, id)
    return Decision(
      version.map { [(.campaign(id), CampaignDefined(version: $0, terms))] } ?? [],
      reply: .entity(isNew: campaignID == nil) { $0.shelf[CampaignRow.self][key]?.campaign })
  }
}

extension LoadRequest {
  /// Asks for the campaign that a coupon of these terms belongs to.
  mutating func addCampaign(of terms: CouponTerms, of tenant: Tenant.ID) {
    if let id = terms.campaignID { shelf[CampaignRow.self].insert(Owned(tenant, id)) }
  }
}

extension WorkingSet {
  /// Refuses terms of a coupon that name a campaign which is not there.
  func checkCampaign(of terms: CouponTerms, of tenant: Tenant.ID) throws(Refusal) {
    guard let id = terms.campaignID, !shelf[CampaignRow.self].holds(Owned(tenant, id)) else { return }
    let code = Refusal.Code.notFound(.campaign)
    let detail = "There is no campaign \(id)."
    throw Refusal(
      code, detail,
      items: [Refusal.Item(pointer: "/campaign_id", code: code.rawValue, message: "must name a campaign")])
  }

  /// A campaign of the tenant.
  func campaign(_ id: Campaign.ID, of tenant: Tenant.ID) throws(Refusal) -> CampaignRow {
    let rows = shelf[CampaignRow.self]
    if let failure = rows.unreadable[Owned(tenant, id)] { throw .unreadable(failure) }
    if let row = rows[Owned(tenant, id)] { return row }
    throw Refusal(.notFound(.campaign), "There is no campaign \(id).")
  }
}
