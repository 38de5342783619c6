import CommandLineClient
import JSON

extension Verb {
  /// Campaigns, to which coupons may belong.
  static let campaigns: [Verb] = [
    Verb(
      "campaign create", ["NAME"], "make a campaign, to which coupons may belong",
      flags: CampaignVerbs.terms + [.idempotencyKey] + Flag.client, run: CampaignVerbs.create),
    Verb(
      "campaign list", [], "list campaigns, newest first",
      flags: [
        .value("limit", "N", usual: "50", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: CampaignVerbs.list),
    Verb(
      "campaign show", ["CAMPAIGN_ID"], "show a campaign", flags: Flag.client, run: CampaignVerbs.show),
    Verb(
      "campaign update", ["CAMPAIGN_ID"], "give a campaign new terms as its next version",
      details: "What is not given stays as it is.",
      flags: [
        .value("name", "NAME", "What people call it."),
        .value("if-version", "N", "Only if the campaign is still at this version."),
      ] + CampaignVerbs.terms + Flag.client, run: CampaignVerbs.update),
  ]
}

/// What the verbs about campaigns do.
enum CampaignVerbs {
  fileprivate static let terms: [Flag] = [
    .value("description", "TEXT", "What it is for."),
    .value("starts", "WHEN", "First moment, RFC 3339, or a date with --time-zone."),
    .value("ends", "WHEN", "First moment at which it is over, or its last day with --time-zone."),
    .value("time-zone", "ZONE", "IANA zone of dates, such as Europe/Berlin."),
    .value("total", "N", "How often all its coupons together may be used."),
    .value("budget", "CUR=UNITS", repeats: true, "How much discount all its coupons together may give."),
  ]

  @Sendable static func create(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let name = JSONText.string(try invocation.operand(0, "NAME"))
    let members = try [("name", name)] + terms(invocation)
    let reply = try await invocation.client().command(
      "/v1/campaigns", body: JSONText.object(members).bytes, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/campaigns", query: ["limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("id", "name", ">version", "updated")
      for campaign in page["data"]?.elements ?? [] {
        table.add(
          campaign.shown("id"), campaign.shown("name"), campaign.shown("version"),
          campaign.shown("updated_at"))
      }
      if table.isEmpty { return "No campaigns." }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func update(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let members = try (invocation["name"].map { [("name", JSONText.string($0))] } ?? []) + terms(invocation)
    if members.isEmpty { throw .usage("Nothing to change: scrip help campaign update") }
    let version = try invocation.integer("if-version", in: 1...Int.max)
    let reply = try await invocation.client().call(
      "PATCH", try path(invocation), body: JSONText.object(members).bytes,
      headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/campaigns/\(escaped(try invocation.operand(0, "CAMPAIGN_ID")))"
  }

  private static func terms(_ invocation: Invocation) throws(ToolError) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    for (flag, member) in [
      ("description", "description"), ("starts", "starts_at"), ("ends", "ends_at"),
      ("time-zone", "time_zone"),
    ] {
      if let text = invocation[flag] { members.append((member, .string(text))) }
    }
    var limits: [(String, JSONText)] = []
    if let total = try invocation.integer("total", in: 1...1_000_000_000) {
      limits.append(("total", .integer(Int64(total))))
    }
    if let budget = try CouponForm.amounts("budget", invocation) { limits.append(("budget", budget)) }
    if !limits.isEmpty { members.append(("limits", .object(limits))) }
    return members
  }

  /// A campaign in a few lines.
  private static func words(_ campaign: JSONNode, _ console: Console) -> String {
    let title = "\(console.styled(campaign.shown("name"), .strong))  \(campaign.shown("id"))"
    let about = campaign.text("description").map { ["about      \($0)"] } ?? []
    let lines = [
      "version    \(campaign.shown("version"))", "window     \(CouponVerbs.window(campaign))",
      "limits     \(CouponVerbs.set(campaign["limits"]))",
    ]
    return ([title] + about + lines).joined(separator: "\n")
  }
}
