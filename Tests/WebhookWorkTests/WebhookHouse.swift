import CheckoutWork
import Digest
import Forms
import Ledger
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing
import WebhookWork

/// A shop in memory whose events a worker sends.
struct WebhookHouse {
  let clock = ManualClock()
  let store: InMemoryStore
  let shop: EngineUnderTest
  let receiver = ReceiverDouble()
  let sealer: Sealer
  let worker: DueWorker<WorkingSet>
  let desk: WebhookDesk

  init(underWayMax: Int = 8) async throws {
    let clock = clock
    store = InMemoryStore(clock: { clock.now })
    shop = try await EngineUnderTest(store: store, clock: clock)
    let committer = shop.engine.committer
    sealer = Sealer(try SealingKeys(parsing: "test " + String(repeating: "5a", count: 32)))
    let work = WebhookWork(
      engine: shop.engine, sealer: sealer, sender: receiver, underWayMax: underWayMax, chance: { 0 })
    worker = DueWorker(
      store: store, handlers: work.handlers, batchMax: 1, chance: { 0.5 },
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    desk = work.desk(worker, sealer: sealer)
  }

  /// Makes an endpoint for campaigns.
  func endpoint() async throws -> Webhook.ID {
    let url = try #require(WebhookURL("https://shop.example/hooks"))
    let terms = WebhookTerms(url: url, types: ["CampaignDefined"])
    let last = try store.find(LastPosition(of: shop.tenant))
    let action = CreateWebhook(terms, startsAfter: last, secret: try desk.newSecret(of: shop.tenant).sealed)
    guard case .created(.entity(let entity)) = try await shop.submit(action).answer else {
      return try #require(nil as Webhook.ID?)
    }
    return try #require(entity.value as? ShownWebhook).id
  }

  /// Has so many events happen that it wants.
  func happen(_ count: Int = 1) async throws {
    for number in 0..<count {
      _ = try await shop.submit(DefineCampaign(terms: CampaignTerms(name: "sale \(number)")))
    }
  }

  /// Lets time pass, and has all done that is due then.
  func work(after seconds: Int64 = 31) async throws {
    clock.advance(seconds: seconds)
    _ = try await worker.runDue()
  }

  func webhook(_ id: Webhook.ID) async throws -> Webhook? {
    try await shop.engine.row(WebhookRow.self, Owned(shop.tenant, id))?.webhook
  }

  func deliveries(_ id: Webhook.ID, _ state: WebhookDelivery.State? = nil) throws -> [WebhookDelivery] {
    try store.find(WebhookDeliveries(of: Owned(shop.tenant, id), state: state, limit: 100))
  }

  /// Has the endpoint take a test, and refuse everything else as before.
  func takeTest(_ id: Webhook.ID) async throws {
    let webhook = try #require(try await webhook(id))
    let before = receiver.said
    receiver.say(WebhookAnswer(status: 204))
    let delivery = try #require(await desk.test(webhook, of: shop.tenant))
    receiver.say(before)
    #expect(try await shop.submit(KeepWebhookTest(delivery)).answer.kind == .ok)
  }

  /// How many rows are kept of an endpoint's messages.
  func kept(of id: Webhook.ID) throws -> Int {
    let key = Owned(shop.tenant, id)
    return try store.find(WebhookDeliveries(of: key, limit: 100)).count
      + store.find(WebhookReplays(of: key)).count
  }

  /// Notes a message as somebody would who has not heard yet that the endpoint is no more.
  func note(_ delivery: WebhookDelivery) throws {
    try store.transaction { [shop] (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      set.shelf[WebhookDeliveryRow.self].insert(
        WebhookDeliveryRow(delivery),
        for: Owned(shop.tenant, WebhookDeliveryKey(delivery.webhookID, delivery.id)))
      try transaction.write(set)
    }
  }

  func end() async throws {
    #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
    await shop.stop()
  }
}

/// Takes messages, and says what it was told to say.
final class ReceiverDouble: WebhookSender {
  private struct State {
    var messages: [WebhookMessage] = []
    var answer = WebhookAnswer(status: 204)
    var underWay = 0
    var most = 0
  }

  private let state = Mutex(State())

  /// What it got.
  var messages: [WebhookMessage] { state.withLock { $0.messages } }

  /// How many it had at a time.
  var most: Int { state.withLock { $0.most } }

  /// What it says.
  var said: WebhookAnswer { state.withLock { $0.answer } }

  /// Says this from now on.
  func say(_ answer: WebhookAnswer) { state.withLock { $0.answer = answer } }

  func send(_ message: WebhookMessage) async -> WebhookAnswer {
    state.withLock { state in
      state.messages.append(message)
      state.underWay += 1
      state.most = max(state.most, state.underWay)
    }
    return state.withLock { state in
      state.underWay -= 1
      return state.answer
    }
  }
}
