import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct WebhookTests {
  private func made(_ shop: OrderShop) async throws -> Webhook.ID {
    let url = try #require(WebhookURL("https://shop.example/hooks"))
    let outcome = try await shop.engine.submit(
      CreateWebhook(WebhookTerms(url: url), startsAfter: 7, secret: "00ff"))
    guard case .created(.entity(let entity)) = outcome.answer else { return try #require(nil as Webhook.ID?) }
    return try #require(entity.value as? ShownWebhook).id
  }

  private func webhook(_ id: Webhook.ID, _ shop: OrderShop) async throws -> Webhook? {
    try await shop.engine.engine.row(WebhookRow.self, Owned(shop.engine.tenant, id))?.webhook
  }

  private func work(_ shop: OrderShop) throws -> [DueKey] {
    try shop.opened.store.find(DueWorkOfTenant(tenant: shop.engine.tenant, limit: 100)).map(\.key.value)
  }

  @Test(arguments: StoreUnderTest.all)
  func `an endpoint is work as long as it is active`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let id = try await made(shop)
    #expect(try work(shop) == [.webhook(id)])
    let webhook = try #require(try await webhook(id, shop))
    #expect(webhook.startsAfter == 7 && webhook.version == 1 && webhook.secrets.map(\.sealed) == ["00ff"])
    var terms = webhook.terms
    terms.isActive = false
    #expect(
      try await shop.engine.submit(ChangeWebhook(id, terms, expectedVersion: 2)).refusal == .versionConflict)
    #expect(try await shop.engine.submit(ChangeWebhook(id, terms, expectedVersion: 1)).answer.kind == .ok)
    #expect(try work(shop) == [])
    terms.isActive = true
    #expect(try await shop.engine.submit(ChangeWebhook(id, terms)).answer.kind == .ok)
    #expect(try work(shop) == [.webhook(id)])
    #expect(
      try await shop.engine.submit(DisableWebhook(id, .gone, failingSince: nil, version: 2)).answer.kind
        == .ok)
    #expect(try await self.webhook(id, shop)?.terms.isActive == true, "it was changed since")
    #expect(
      try await shop.engine.submit(DisableWebhook(id, .failing, failingSince: noon, version: 3)).answer.kind
        == .ok)
    #expect(try await self.webhook(id, shop)?.end == .failing)
    #expect(try work(shop) == [])
    #expect(try await shop.engine.submit(RemoveWebhook(id)).answer.kind == .ok)
    #expect(try await shop.engine.submit(RemoveWebhook(id)).refusal == .webhookNotFound)
    #expect(try await self.webhook(id, shop) == nil)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `two secrets sign at a time, and none for longer than it was said`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let id = try await made(shop)
    for (secret, seconds) in [("0001", 100), ("0002", 1000)] as [(SealedText, Int64)] {
      _ = try await shop.engine.submit(RotateWebhookSecret(id, secret: secret, overlapSeconds: seconds))
    }
    let webhook = try #require(try await webhook(id, shop))
    #expect(webhook.secrets.map(\.sealed) == ["0002", "0001"])
    let end = try #require(webhook.secrets.last?.expiresAt)
    #expect(webhook.activeSecrets(at: end).map(\.sealed) == ["0002"])
    _ = try await shop.engine.submit(RotateWebhookSecret(id, secret: "0003", overlapSeconds: 0))
    #expect(try await self.webhook(id, shop)?.secrets.map(\.sealed) == ["0003"])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `messages are listed newest first, by state, and found by the moment of their next try`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    let (store, tenant) = (shop.opened.store, shop.engine.tenant)
    let (id, other) = (Webhook.ID(1), Webhook.ID(2))
    func delivery(_ number: UInt128, _ webhook: Webhook.ID, _ state: WebhookDelivery.State) -> WebhookDelivery
    {
      var delivery = WebhookDelivery(
        id: Identifier(number), webhookID: webhook, position: Int64(number), eventID: "coupon_x/\(number)",
        type: "CouponRedeemed", origin: .event, createdAt: noon)
      delivery.state = state
      delivery.nextTryAt = state == .waiting ? noon.adding(seconds: 100 - Int64(number)) : nil
      if state != .waiting {
        delivery.last = WebhookDelivery.Attempt(
          at: noon, milliseconds: 12, status: 500, failure: .refused, response: "né")
      }
      return delivery
    }
    let all = [
      delivery(1, id, .waiting), delivery(2, id, .failed), delivery(3, id, .waiting),
      delivery(4, id, .delivered),
      delivery(5, other, .waiting),
    ]
    try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      for delivery in all {
        set.shelf[WebhookDeliveryRow.self].insert(
          WebhookDeliveryRow(delivery),
          for: Owned(tenant, WebhookDeliveryKey(delivery.webhookID, delivery.id)))
      }
      try transaction.write(set)
    }
    func listed(_ search: WebhookDeliveries) throws -> [WebhookDelivery] { try store.find(search) }
    let key = Owned(tenant, id)
    #expect(try listed(WebhookDeliveries(of: key, limit: 10)) == [all[3], all[2], all[1], all[0]])
    #expect(try listed(WebhookDeliveries(of: key, after: all[2].id, limit: 1)) == [all[1]])
    #expect(try listed(WebhookDeliveries(of: key, state: .waiting, limit: 10)) == [all[2], all[0]])
    #expect(try listed(WebhookDeliveries(of: key, state: .waiting, skipping: 1, limit: 10)) == [all[0]])
    let due = DueWebhookDeliveries(of: key, .event, at: noon.adding(seconds: 98), limit: 10)
    #expect(try store.find(due) == [all[2]])
    #expect(
      try store.find(DueWebhookDeliveries(of: key, .event, at: .latest, limit: 10)) == [all[2], all[0]])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an event is found by its place in its stream`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    _ = try await made(shop)
    let (store, tenant) = (shop.opened.store, shop.engine.tenant)
    let events = try store.events(EventFilter(tenant: tenant, limit: 100))
    for event in events {
      let search = PositionOfEvent(
        of: tenant, stream: event.envelope.stream, sequence: event.envelope.sequence)
      #expect(try store.find(search) == event.position)
    }
    #expect(try store.find(PositionOfEvent(of: tenant, stream: .tenant, sequence: 10_000)) == nil)
    await shop.end()
  }
}
