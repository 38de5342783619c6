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
}
