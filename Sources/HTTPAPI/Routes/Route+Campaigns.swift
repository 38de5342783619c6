import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let campaign = PathParameter<Campaign.ID>.id("campaign_id", notFound: .notFound(.campaign))
}

extension Route {
  static let campaigns: [Route] = [
    Route(
      .post, "/v1/campaigns", .admin,
      Operation(
        id: "createCampaign", tag: "Campaigns", summary: "Make a campaign, to which coupons may belong.",
        body: .required(.input(CampaignTerms.self)),
        successes: [.created(.output(Campaign.self), headers: ["ETag", "Location"])]),
      .deciding(createCampaign)),
    Route(
      .get, "/v1/campaigns", .servers,
      Operation(
        id: "listCampaigns", tag: "Campaigns", summary: "Campaigns, newest first.",
        query: CampaignListQuery.self, successes: [.ok(.page(of: Campaign.self))]),
      .asking(listCampaigns)),
    Route(
      .get, "/v1/campaigns/{campaign_id}", .servers,
      Operation(
        id: "getCampaign", tag: "Campaigns", summary: "A campaign with its current terms.",
        successes: [.ok(.output(Campaign.self), headers: ["ETag"])]),
      .asking(getCampaign)),
    Route(
      .patch, "/v1/campaigns/{campaign_id}", .admin,
      Operation(
        id: "updateCampaign", tag: "Campaigns",
        summary:
          "Give a campaign new terms under the next version: absent members stay, null is the default.",
        body: .required(.edit(CampaignTerms.self)),
        successes: [.ok(.output(Campaign.self), headers: ["ETag"])], problems: [409, 412]),
      .deciding(updateCampaign)),
  ]

  @Sendable private static func createCampaign(_ exchange: Exchange) async throws(Problem) -> Reply {
    Reply(try await exchange.submit(DefineCampaign(terms: try exchange.body(CampaignTerms.self))))
  }

  @Sendable private static func listCampaigns(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: CampaignListQuery.self)
    let question = NewestFirst(
      CampaignRow.self, of: exchange.tenant, after: query.after, limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(found.map(\.campaign), limit: query.limit)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getCampaign(_ exchange: Exchange) async throws(Problem) -> Reply {
    let campaign = try await exchange.campaign()
    return .json(campaign.json, headers: [("ETag", "\"v\(campaign.version)\"")])
  }

  @Sendable private static func updateCampaign(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.edit { (expected) async throws(Problem) in
      let campaign = try await exchange.campaign()
      let terms = try exchange.body { object in CampaignTerms.walk(&object, campaign.terms) }
      let action = DefineCampaign(
        campaignID: campaign.id, terms: terms, expectedVersion: expected ?? campaign.version)
      return (action, nil)
    }
  }
}

/// The page of campaigns that is asked for.
private struct CampaignListQuery: QueryForm {
  static let formName = "CampaignListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  var after: Campaign.ID?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let limit = walk.member("limit", query?.limit, else: 20, .integer(1, to: 100), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .cursor(Campaign.ID.self), "The next_cursor of an earlier page.")
    guard let limit, let after else { return nil }
    return CampaignListQuery(limit: limit, after: after)
  }
}

extension Exchange {
  /// The campaign in the path.
  fileprivate func campaign() async throws(Problem) -> Campaign {
    let id = try path(PathParameters.campaign)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(CampaignRow.self, Owned(tenant, id))
    }
    guard let row else { throw PathParameters.campaign.problem() }
    return row.campaign
  }
}
