import Forms
import Ledger
import Promotions
import Scrip
import Testing
import WebhookWork

@Suite struct WebhookWorkTests {
  private let refused = WebhookAnswer(status: 500, failure: .refused, response: "no")

  @Test func `each event that an endpoint wants is sent once, under the name that the log has for it`()
    async throws
  {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    try await house.happen(20)
    try await house.work()
    let names = house.receiver.messages.map(\.id)
    #expect(names.count == 20 && Set(names).count == 20 && names.allSatisfy { $0.hasPrefix("campaign_") })
    try await house.work()
    #expect(house.receiver.messages.count == 20)
    #expect(try house.deliveries(id, .delivered).count == 20)
    try await house.end()
  }

  @Test func `a message that is not taken is tried again and again, and later events go on`() async throws {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    house.receiver.say(refused)
    try await house.happen()
    try await house.work()
    var waiting = try #require(try house.deliveries(id).first)
    #expect(waiting.attempts == 1 && waiting.last?.status == 500 && waiting.last?.response == "no")
    #expect(waiting.nextTryAt == house.clock.now.adding(seconds: 5))
    house.receiver.say(WebhookAnswer(status: 200))
    try await house.happen()
    try await house.work(after: 31)
    #expect(try house.deliveries(id, .delivered).count == 2)
    house.receiver.say(refused)
    try await house.happen()
    for number in 1...10 {
      try await house.work(after: 86_401)
      waiting = try #require(try house.deliveries(id).first)
      #expect(waiting.attempts == Int64(number))
      if number == 4 { house.receiver.say(WebhookAnswer(status: 200)) }
      if number == 4 { try await house.happen() }
      if number == 4 { break }
    }
    try await house.end()
  }

  @Test func `who is gone gets nothing any more, and somebody is told`() async throws {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    house.receiver.say(WebhookAnswer(status: 410, failure: .refused))
    try await house.happen()
    try await house.work()
    let webhook = try await house.webhook(id)
    #expect(webhook?.end == .gone && webhook?.terms.isActive == false && webhook?.version == 2)
    let facts = try await house.shop.facts().compactMap { $0 as? WebhookDisabled }
    #expect(facts.map(\.notice) == ["webhook_disabled_gone"])
    try await house.happen()
    try await house.work()
    #expect(house.receiver.messages.count == 1)
    // What it has refused waits for it, and what it missed.
    house.receiver.say(WebhookAnswer(status: 204))
    var terms = try #require(webhook).terms
    terms.isActive = true
    _ = try await house.shop.submit(ChangeWebhook(id, terms))
    try await house.work()
    #expect(house.receiver.messages.count == 3 && Set(house.receiver.messages.map(\.id)).count == 2)
    #expect(try house.deliveries(id, .delivered).count == 2)
    try await house.end()
  }

  @Test func `an endpoint that takes nothing for five days gets nothing any more, unless it was changed`()
    async throws
  {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    house.receiver.say(refused)
    for _ in 0..<4 {
      try await house.happen()
      try await house.work(after: 86_400)
    }
    var terms = try #require(try await house.webhook(id)).terms
    terms.description = "mended"
    _ = try await house.shop.submit(ChangeWebhook(id, terms))
    for _ in 0..<4 {
      try await house.happen()
      try await house.work(after: 86_400)
    }
    #expect(try await house.webhook(id)?.terms.isActive == true)
    for _ in 0..<3 {
      try await house.happen()
      try await house.work(after: 86_400)
    }
    #expect(try await house.webhook(id)?.end == .failing)
    let facts = try await house.shop.facts().compactMap { $0 as? WebhookDisabled }
    #expect(facts.map(\.notice) == ["webhook_disabled_failing"] && facts.first?.failingSince != nil)
    try await house.end()
  }

  @Test func `days without a try, and days before a test that was taken, are none without taking anything`()
    async throws
  {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    house.receiver.say(refused)
    try await house.happen()
    for _ in 0..<12 { try await house.work(after: 86_401 * 3 / 2) }
    let failed = try await house.webhook(id)
    #expect(failed?.end == .failing, "it was tried for days")
    var terms = try #require(failed).terms
    terms.isActive = true
    _ = try await house.shop.submit(ChangeWebhook(id, terms))
    for _ in 0..<4 {
      try await house.happen()
      try await house.work(after: 4 * 86_400)
    }
    #expect(try await house.webhook(id)?.terms.isActive == true, "nothing was tried for days")
    for day in 0..<8 {
      try await house.happen()
      try await house.work(after: 86_400)
      if day == 3 { try await house.takeTest(id) }
    }
    #expect(try await house.webhook(id)?.terms.isActive == true, "a test was taken four days ago")
    for _ in 0..<3 {
      try await house.happen()
      try await house.work(after: 86_400)
    }
    #expect(try await house.webhook(id)?.end == .failing)
    try await house.end()
  }

  @Test func `what an endpoint missed while it was disabled is sent once it is active again`() async throws {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    var terms = try #require(try await house.webhook(id)).terms
    terms.isActive = false
    _ = try await house.shop.submit(ChangeWebhook(id, terms))
    try await house.happen(3)
    try await house.work()
    #expect(house.receiver.messages.isEmpty)
    terms.isActive = true
    _ = try await house.shop.submit(ChangeWebhook(id, terms))
    try await house.work()
    #expect(house.receiver.messages.count == 3)
    try await house.end()
  }

  @Test func `no more than so many are under way at a time`() async throws {
    let house = try await WebhookHouse(underWayMax: 2)
    _ = try await house.endpoint()
    try await house.happen(30)
    try await house.work()
    #expect(house.receiver.messages.count == 30 && house.receiver.most <= 2)
    try await house.end()
  }

  @Test func `two secrets sign until the old one's time is over`() async throws {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    let new = try house.desk.newSecret(of: house.shop.tenant).sealed
    _ = try await house.shop.submit(RotateWebhookSecret(id, secret: new, overlapSeconds: 100))
    func codes() async throws -> Int? {
      try await house.happen()
      try await house.work(after: 40)
      return house.receiver.messages.last?.signature.split(separator: " ").count
    }
    #expect(try await codes() == 2)
    #expect(try await codes() == 2)
    #expect(try await codes() == 1)
    try await house.end()
  }

  @Test func `what is sent once more is noted by and by, and told in the log`() async throws {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    try await house.happen(210)
    try await house.work()
    let first = house.receiver.messages.map(\.id)
    #expect(first.count == 210)
    let webhook = try #require(try await house.webhook(id))
    var request = WebhookReplayRequest(after: 0, until: .max)
    for _ in 0..<2 {
      let action = try await house.desk.replay(request, to: webhook, of: house.shop.tenant)
      #expect(action.events == 210)
      #expect(try await house.shop.submit(action).answer.kind == .ok)
    }
    #expect(try house.deliveries(id, .waiting).isEmpty)
    try await house.work()
    let ids = house.receiver.messages.map(\.id)
    #expect(ids.count == 630 && Set(ids) == Set(first))
    request = WebhookReplayRequest(eventIDs: [ExactText(first[7])])
    let action = try await house.desk.replay(request, to: webhook, of: house.shop.tenant)
    _ = try await house.shop.submit(action)
    try await house.work()
    #expect(house.receiver.messages.last?.id == first[7] && house.receiver.messages.count == 631)
    let facts = try await house.shop.facts().compactMap { $0 as? WebhookReplayed }
    #expect(facts.map(\.events) == [210, 210, 1] && facts.last?.eventIDs == [ExactText(first[7])])
    try await house.end()
  }

  @Test func `no more replays wait for an endpoint than may`() async throws {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    try await house.happen(3)
    let webhook = try #require(try await house.webhook(id))
    let request = WebhookReplayRequest(after: 0, until: .max)
    let action = try await house.desk.replay(request, to: webhook, of: house.shop.tenant)
    for _ in 0..<10 { #expect(try await house.shop.submit(action).answer.kind == .ok) }
    #expect(try await house.shop.submit(action).refusal == .webhookReplaysWaiting)
    try await house.work()
    #expect(house.receiver.messages.count == 33)
    #expect(try await house.shop.submit(action).answer.kind == .ok)
    try await house.end()
  }

  @Test func `everything is forgotten of an endpoint that is taken away, also what is noted a moment later`()
    async throws
  {
    let house = try await WebhookHouse()
    let id = try await house.endpoint()
    try await house.happen(5)
    try await house.work()
    let webhook = try #require(try await house.webhook(id))
    let request = WebhookReplayRequest(after: 0, until: .max)
    _ = try await house.shop.submit(house.desk.replay(request, to: webhook, of: house.shop.tenant))
    _ = try await house.shop.submit(RemoveWebhook(id))
    try await house.work(after: 1)
    #expect(try house.kept(of: id) == 0)
    try house.note(
      WebhookDelivery(
        id: Identifier(7), webhookID: id, position: 1, eventID: "coupon_x/1", type: "CouponRedeemed",
        origin: .event, createdAt: house.clock.now))
    #expect(try house.kept(of: id) == 1)
    try await house.work(after: 61)
    #expect(try house.kept(of: id) == 0)
    try await house.work(after: 61)
    #expect(try house.store.find(DueWorkOfTenant(tenant: house.shop.tenant, limit: 10)).isEmpty)
    try await house.end()
  }
}
