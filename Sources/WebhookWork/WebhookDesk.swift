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

  /// Sends a message that tells of nothing, and says what became of it. It is remembered as any other.
  public func test(
    _ webhook: Webhook, of tenant: Tenant.ID
  ) async throws(StoreFailure) -> WebhookDelivery {
    let now = courier.engine.store.now
    let id = store.newID(at: now)
    let delivery = WebhookDelivery(
      id: id, webhookID: webhook.id, position: 0, eventID: ExactText("\(webhook.id)/\(id)"),
      type: WebhookTestEvent.type, origin: .test, createdAt: now)
    var sent = await courier.send(delivery, to: webhook, of: tenant).delivery
    if sent.state == .waiting { (sent.state, sent.nextTryAt) = (.failed, nil) }
    try await store.keep(sent, of: tenant)
    return sent
  }

  /// Has named events sent once more; says how many.
  public func replay(
    _ ids: [ExactText<Named.EventID>], to webhook: Webhook, of tenant: Tenant.ID
  ) async throws(Refusal) -> Int {
    var events: [WebhookEvent] = []
    for (place, id) in ids.enumerated() {
      do throws(StoreFailure) {
        guard let event = try await event(id, of: tenant) else { throw StoreFailure.noSuchEvent }
        events.append(event)
      } catch {
        throw error.code == StoreFailure.noSuchEvent.code ? .noEvent(place) : .store(error)
      }
    }
    return try await send(events, to: Owned(tenant, webhook.id))
  }

  /// Has a stretch of the log sent once more, as far as its types are wanted; says how many events.
  public func replay(
    after position: Int64, until last: Int64, types: [Webhook.EventType]?, to webhook: Webhook,
    of tenant: Tenant.ID
  ) async throws(Refusal) -> Int {
    var events: [WebhookEvent] = []
    var place = position
    while place < last {
      let filter = EventFilter(tenant: tenant, after: place, limit: 500, bytes: PageLimit.bytesMax)
      let page: [WebhookEvent]
      do throws(StoreFailure) {
        page = try await courier.engine.ask { (store) throws(StoreFailure) in
          try store.shownEvents(filter).map { WebhookEvent($0, of: tenant) }
        }
      } catch {
        throw .store(error)
      }
      guard let end = page.last?.position else { break }
      events += page.filter { event in
        event.position <= last && (types.map { $0.contains(event.type) } ?? webhook.takes(event.type))
      }
      if events.count > WebhookReplayRequest.stretchMax { throw .tooMany }
      place = end
    }
    return try await send(events, to: Owned(tenant, webhook.id))
  }

  /// Forgets what was sent to an endpoint that is no more.
  public func forget(_ id: Webhook.ID, of tenant: Tenant.ID) async throws(StoreFailure) {
    try await store.forgetAll(Owned(tenant, id))
  }

  /// Notes events in pieces, so that no transaction is large.
  private func send(_ events: [WebhookEvent], to key: Owned<Webhook.ID>) async throws(Refusal) -> Int {
    do throws(StoreFailure) {
      for start in stride(from: 0, to: events.count, by: 500) {
        try await store.replay(Array(events[start..<min(start + 500, events.count)]), to: key)
      }
      _ = try await worker.hasten(Owned(key.tenant, .webhook(key.value)))
    } catch {
      throw .store(error)
    }
    return events.count
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
}
