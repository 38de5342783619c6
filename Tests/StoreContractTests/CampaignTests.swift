import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct CampaignTests {
  private struct Shop {
    let clock = TestClock()
    let opened: OpenedStore
    let engine: EngineUnderTest

    init(_ kind: StoreUnderTest) async throws {
      opened = try kind.makeFragile(at: clock)
      engine = try await EngineUnderTest(store: opened.store, clock: ManualClock(noon))
    }

    func advance(_ seconds: Int64) { clock.now = clock.now.adding(seconds: seconds) }

    func end() async {
      await engine.stop()
      opened.discard()
    }

    func define(
      _ id: Campaign.ID? = nil, _ terms: CampaignTerms, version: Int64? = nil, key: IdempotencyKey.Name? = nil
    ) async throws -> CommandOutcome {
      try await engine.submit(
        DefineCampaign(campaignID: id, terms: terms, expectedVersion: version), key: key)
    }

    func made(_ name: String) async throws -> Campaign.ID {
      let outcome = try await define(nil, CampaignTerms(name: name))
      guard case .created(.entity(let entity)) = outcome.answer else {
        return try #require(nil as Campaign.ID?)
      }
      return try #require(entity.value as? Campaign).id
    }

    func campaign(_ id: Campaign.ID, _ engine: Engine? = nil) async throws -> Campaign? {
      try await (engine ?? self.engine.engine).row(CampaignRow.self, Owned(self.engine.tenant, id))?.campaign
    }

    func names(after: Campaign.ID? = nil, _ limit: Int = 10) throws -> [String] {
      try opened.store.find(NewestFirst(CampaignRow.self, of: engine.tenant, after: after, limit: limit))
        .map(\.campaign.terms.name)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a campaign has the terms that it was given last, under the next version`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await Shop(kind)
    let id = try await shop.made("Winter")
    shop.advance(60)
    let edited = CampaignTerms(name: "Spring", description: "Coats go.")
    #expect(try await shop.define(id, edited, version: 1).answer.kind == .ok)
    let now = noon.adding(seconds: 60)
    let expected = Campaign(id: id, version: 2, terms: edited, createdAt: noon, updatedAt: now)
    #expect(try await shop.campaign(id) == expected)
    // The same again makes no version; another one that has seen too little is told so.
    #expect(try await shop.define(id, edited).answer.kind == .ok)
    #expect(try await shop.define(id, CampaignTerms(name: "x"), version: 1).refusal == .versionConflict)
    #expect(try await shop.define(Campaign.ID(9), edited).refusal == .notFound(.campaign))
    #expect(try await shop.campaign(id) == expected)
    #expect(try await shop.engine.facts().filter { $0.name == "CampaignDefined" }.count == 2)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an answer about a campaign is kept whole`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let made = try await shop.define(nil, CampaignTerms(name: "Winter"), key: "one")
    let again = try await shop.define(nil, CampaignTerms(name: "Winter"), key: "one")
    #expect(again.isReplay && again.answer == made.answer && made.answer.kind == .created)
    #expect(try shop.names() == ["Winter"])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `campaigns are listed newest first, page by page, each tenant's alone`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await Shop(kind)
    var ids: [Campaign.ID] = []
    for name in ["a", "b", "c", "d"] {
      ids.append(try await shop.made(name))
      shop.advance(1)
    }
    #expect(try shop.names() == ["d", "c", "b", "a"])
    #expect(try shop.names(2) == ["d", "c"])
    #expect(try shop.names(after: ids[2], 2) == ["b", "a"])
    let other = NewestFirst(CampaignRow.self, of: Tenant.ID(2), after: nil, limit: 10)
    #expect(try shop.opened.store.find(other).isEmpty)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a rebuild finds campaigns as they are, and mends them`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.made("Winter")
    #expect(try await shop.define(id, CampaignTerms(name: "Spring")).answer.kind == .ok)
    let store = try #require(shop.opened.store as? any RebuildableStore<WorkingSet>)
    try await mend(store, shop, id)
    await shop.end()
  }

  private func mend(_ store: some RebuildableStore<WorkingSet>, _ shop: Shop, _ id: Campaign.ID) async throws
  {
    #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
    try shop.opened.run(Damage("name", sqlite: #"UPDATE campaign SET terms = '{"name":"Autumn"}'"#))
    let rebuild = try Rebuild(of: store)
    #expect(try store.differences(to: rebuild.scratch).map(\.table) == ["campaign"])
    try store.adopt(rebuild.scratch)
    #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
    #expect(try await shop.campaign(id)?.terms.name == "Spring")
    #expect(try AuditVerification(of: store).findings == [])
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `terms that can't be read harm their campaign alone`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let damaged = try await shop.made("Winter")
    shop.advance(1)
    let whole = try await shop.made("Spring")
    try shop.opened.run(
      Damage("terms", sqlite: "UPDATE campaign SET terms = '{' WHERE terms LIKE '%Winter%'"))
    #expect(try shop.names() == ["Spring"])
    #expect(try shop.names(1) == ["Spring"])
    await #expect(throws: StoreFailure.self) { _ = try await shop.campaign(damaged) }
    #expect(
      try await shop.define(damaged, CampaignTerms(name: "x")).refusal == .codeRefused(.couponUnreadable))
    #expect(try await shop.define(whole, CampaignTerms(name: "Summer")).answer.kind == .ok)
    #expect(try await shop.campaign(whole)?.version == 2)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `an edit does not lose what only a newer version knows`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.made("Winter")
    try shop.opened.run(
      Damage("newer", sqlite: #"UPDATE campaign SET terms = '{"name":"Winter","colour":"red"}'"#))
    #expect(try await shop.campaign(id)?.terms.name == "Winter")
    #expect(try await shop.define(id, CampaignTerms(name: "Spring")).refusal == .newerTerms)
    #expect(try await shop.define(id, CampaignTerms(name: "Winter")).answer.kind == .ok)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon belongs to no campaign that is not there`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.made("Winter")
    let unknown = try await shop.engine.submit(
      CreateCoupon(terms: .percent(campaignID: Campaign.ID(9)), grants: [.of("TEN")]))
    #expect(unknown.refusal == .notFound(.campaign))
    #expect(unknown.text.contains("/campaign_id"))
    let coupon = try await shop.engine.coupon(.percent(), .of("TEN"))
    for (campaign, refusal) in [(id, nil), (Campaign.ID(9), Refusal.Code.notFound(.campaign)), (id, nil)] {
      let edit = UpdateCoupon(couponID: coupon, terms: .percent(campaignID: campaign))
      #expect(try await shop.engine.submit(edit).refusal == refusal)
    }
    let found = try await shop.engine.engine.coupon(coupon, tenant: shop.engine.tenant)
    #expect(found?.terms.campaignID == id && found?.version == 2)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `of edits at once that have seen the same version one is made`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let id = try await shop.made("Winter")
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 {
        group.addTask { try await shop.define(id, CampaignTerms(name: "\(number)"), version: 1) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.answer.kind == .ok } == 1)
    #expect(outcomes.count { $0.refusal == .versionConflict } == 19)
    #expect(try await shop.campaign(id)?.version == 2)
    await shop.end()
  }
}
