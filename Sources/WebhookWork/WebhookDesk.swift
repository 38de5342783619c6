import CheckoutWork
import Digest
import Forms
import Ledger
import Promotions
import Scrip

/// What callers may ask about webhooks, besides what commands and questions of the engine say.
public struct WebhookDesk: Sendable {
  let store: WebhookStore
  let courier: WebhookCourier
  let sealer: Sealer
  let worker: DueWorker<WorkingSet>
  private let tests = WebhookTests()

  init(store: WebhookStore, courier: WebhookCourier, sealer: Sealer, worker: DueWorker<WorkingSet>) {
    self.store = store
    self.courier = courier
    self.sealer = sealer
    self.worker = worker
  }

  /// Why events are not sent once more.
  public enum Refusal: Error, Sendable {
    /// Neither events nor a stretch were named, or both.
    case unclear
    /// There is no event of that name, by its place in the list.
    case noEvent(Int)
    /// There are more than may be asked for at once.
    case tooMany
    /// The store can't be asked.
    case store(StoreFailure)
  }

  /// A secret that nobody has, and the same sealed.
  public func newSecret(
    of tenant: Tenant.ID
  ) throws(Sealer.Mistake) -> (secret: SecretText, sealed: SealedText) {
    let secret = WebhookSignature.newSecret()
    return (secret, try sealer.seal(secret, of: tenant, for: .webhookSecret))
  }

  /// An endpoint's secrets under the key that seals now; nil if all are. Those that sign no more are left out.
  public func sealedAgain(
    _ webhook: Webhook, of tenant: Tenant.ID
  ) throws(Sealer.Mistake) -> [WebhookSecret]? {
    let secrets = try webhook.activeSecrets(at: courier.engine.store.now).map {
      secret throws(Sealer.Mistake) in
      let sealed = try sealer.sealAgain(secret.sealed, of: tenant, for: .webhookSecret)
      return WebhookSecret(
        sealed: sealed ?? secret.sealed, createdAt: secret.createdAt, expiresAt: secret.expiresAt)
    }
    return secrets == webhook.secrets ? nil : secrets
  }

  /// Sends a message that tells of nothing, and says what became of it. To remember it is the caller's affair. Nil if the
  /// endpoint is just being tried, or as many others as may be.
  public func test(_ webhook: Webhook, of tenant: Tenant.ID) async -> WebhookDelivery? {
    guard let place = tests.begin(Owned(tenant, webhook.id)) else { return nil }
    let now = courier.engine.store.now
    let id = store.newID(at: now)
    let delivery = WebhookDelivery(
      id: id, webhookID: webhook.id, position: 0, eventID: ExactText("\(webhook.id)/\(id)"),
      type: WebhookTestEvent.type, origin: .test, createdAt: now)
    var sent = await courier.send(delivery, to: webhook, of: tenant).delivery
    if sent.state == .waiting { (sent.state, sent.nextTryAt) = (.failed, nil) }
    withExtendedLifetime(place) {}
    return sent
  }

  /// What is to be sent once more, as an action. Looks which events there are; it is noted when it is decided.
  public func replay(
    _ request: WebhookReplayRequest, to webhook: Webhook, of tenant: Tenant.ID
  ) async throws(Refusal) -> ReplayWebhook {
    switch (request.eventIDs, request.after, request.until) {
    case (let ids?, nil, nil):
      let positions = try await positions(of: ids, tenant)
      return ReplayWebhook(
        webhook.id, request, .events(positions), until: positions.max() ?? 0, events: Int64(positions.count))
    case (nil, let after?, let until?):
      let types = request.types ?? webhook.terms.types
      let found = try await count(types, after: after, until: until, of: tenant)
      return ReplayWebhook(webhook.id, request, .types(types), until: found.until, events: found.count)
    default: throw .unclear
    }
  }

  /// Has what was decided about an endpoint seen at once.
  public func hasten(_ id: Webhook.ID, of tenant: Tenant.ID) async throws(StoreFailure) {
    _ = try await worker.hasten(Owned(tenant, .webhook(id)))
  }

  private func positions(
    of ids: [ExactText<Named.EventID>], _ tenant: Tenant.ID
  ) async throws(Refusal) -> [Int64] {
    var positions: [Int64] = []
    for (place, id) in ids.enumerated() {
      do throws(StoreFailure) {
        guard let event = try await event(id, of: tenant) else { throw StoreFailure.noSuchEvent }
        positions.append(event.position)
      } catch {
        throw error.code == StoreFailure.noSuchEvent.code ? .noEvent(place) : .store(error)
      }
    }
    return positions
  }

  /// How many events of some types there are in a stretch of the log, and where it ends: not behind the log as it is now.
  private func count(
    _ types: [Webhook.EventType], after start: Int64, until end: Int64, of tenant: Tenant.ID
  ) async throws(Refusal) -> (count: Int64, until: Int64) {
    var (place, count) = (start, Int64(0))
    do throws(StoreFailure) {
      let last = min(end, try await store.lastPosition(of: tenant))
      while place < last {
        let filter = EventFilter(tenant: tenant, after: place, limit: 500, bytes: PageLimit.bytesMax)
        let page = try await courier.engine.ask { (store) throws(StoreFailure) in
          try store.shownEvents(filter).map { (position: $0.position, type: Webhook.EventType($0.type)) }
        }
        guard let end = page.last?.position else { break }
        count += Int64(
          page.count { $0.position <= last && (types.isEmpty || types.contains($0.type)) })
        if count > WebhookReplayRequest.stretchMax { throw StoreFailure.tooManyEvents }
        place = end
      }
      return (count, max(last, start))
    } catch {
      throw error.code == StoreFailure.tooManyEvents.code ? .tooMany : .store(error)
    }
  }

  private func event(
    _ id: ExactText<Named.EventID>, of tenant: Tenant.ID
  ) async throws(StoreFailure) -> WebhookEvent? {
    guard let slash = id.text.lastIndex(of: "/"),
      let sequence = Int64(id.text[id.text.index(after: slash)...])
    else { return nil }
    let name = String(id.text[..<slash])
    guard let stream = name.hasSameBytes(as: tenant.description) ? .tenant : StreamID(name) else {
      return nil
    }
    let search = PositionOfEvent(of: tenant, stream: stream, sequence: sequence)
    return try await courier.engine.ask { (store) throws(StoreFailure) in
      guard let position = try store.find(search) else { return nil }
      let found = try store.shownEvents(EventFilter(tenant: tenant, after: position - 1, limit: 1))
      // A stream of another kind under the same identifier is another stream.
      let event = found.first.map { WebhookEvent($0, of: tenant) }
      return event?.id == id ? event : nil
    }
  }
}

extension StoreFailure {
  fileprivate static let noSuchEvent = StoreFailure(
    kind: .other, code: "no_such_event", message: "there is no such event")
  fileprivate static let tooManyEvents = StoreFailure(
    kind: .other, code: "too_many_events", message: "there are more events than may be sent once more")
}
