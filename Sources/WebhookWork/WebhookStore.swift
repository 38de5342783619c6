import Dispatch
import Ledger
import Promotions
import Scrip

/// What is kept of messages to endpoints, beside the log. Nobody is told of it, so no disk is waited for: what is lost with
/// the computer's power is sent once more.
final class WebhookStore: Sendable {
  /// How many messages to an endpoint may wait before events are left in the log.
  static let waitingMax = 10_000
  /// How many messages to an endpoint are remembered that were taken, and as many that were given up.
  static let rememberedMax = 10_000
  /// How many are forgotten at once.
  private static let forgottenMax = 500
  /// How many events of the log are looked at in one transaction.
  private static let eventsMax = 200

  let engine: Engine
  private let identifiers: IdentifierSource
  /// One after the other: transactions about one endpoint change the same rows, and would overtake each other.
  private let queue = DispatchQueue(label: "webhook store")

  init(_ engine: Engine, identifiers: IdentifierSource) {
    self.engine = engine
    self.identifiers = identifiers
  }

  /// The endpoint of a key; nil if there is none.
  func webhook(_ key: Owned<Webhook.ID>) async throws(StoreFailure) -> Webhook? {
    try await engine.row(WebhookRow.self, key)?.webhook
  }

  /// The endpoints of all tenants to which events are sent.
  func active() async throws(StoreFailure) -> [Owned<Webhook.ID>] {
    try await engine.ask { (store) throws(StoreFailure) in
      var keys: [Owned<Webhook.ID>] = []
      for tenant in try store.tenantIDs() {
        let rows = try store.find(
          NewestFirst(WebhookRow.self, of: tenant, after: nil, limit: Webhook.countMax + 1))
        keys += rows.filter { $0.webhook.terms.isActive }.map { Owned(tenant, $0.webhook.id) }
      }
      return keys
    }
  }

  func progress(_ key: Owned<Webhook.ID>) async throws(StoreFailure) -> WebhookProgressRow? {
    try await engine.row(WebhookProgressRow.self, key)
  }

  /// The messages whose time has come.
  func due(_ key: Owned<Webhook.ID>, limit: Int) async throws(StoreFailure) -> [WebhookDelivery] {
    try await engine.ask { (store) throws(StoreFailure) in
      try store.find(DueWebhookDeliveries(of: key, at: store.now, limit: limit))
    }
  }

  /// How long it is until a message's time comes, in whole seconds; nil if none waits.
  func secondsUntilDue(_ key: Owned<Webhook.ID>) async throws(StoreFailure) -> Int64? {
    try await engine.ask { (store) throws(StoreFailure) in
      let first = try store.find(DueWebhookDeliveries(of: key, at: .latest, limit: 1)).first
      return first?.nextTryAt.map { ($0.microseconds - store.now.microseconds + 999_999) / 1_000_000 }
    }
  }

  /// The last position of a tenant's log.
  func lastPosition(of tenant: Tenant.ID) async throws(StoreFailure) -> Int64 {
    try await engine.ask { (store) throws(StoreFailure) in try store.find(LastPosition(of: tenant)) }
  }

  /// Notes that what happened since is to be sent, and moves on. Each event is noted once: the note and the place behind it
  /// are written together, by whoever holds the claim.
  ///
  /// - Returns: whether there may be more.
  func schedule(_ webhook: Webhook, _ claim: DueClaim) async throws(StoreFailure) -> Bool {
    let key = Owned(claim.key.tenant, webhook.id)
    let position = try await progress(key)?.position ?? webhook.startsAfter
    let page = try await engine.ask { (store) throws(StoreFailure) -> [WebhookEvent] in
      let waiting = WebhookDeliveries(
        of: key, state: .waiting, skipping: WebhookStore.waitingMax, limit: 1)
      if try !store.find(waiting).isEmpty { return [] }
      return try store.shownEvents(
        EventFilter(
          tenant: key.tenant, after: position, limit: WebhookStore.eventsMax, bytes: PageLimit.bytesMax)
      ).map { WebhookEvent($0, of: key.tenant) }
    }
    guard let last = page.last else { return false }
    let wanted = page.filter { webhook.takes($0.type) }
    try await transaction { [self] (transaction) throws(StoreFailure) in
      var (set, request) = (WorkingSet(), LoadRequest())
      request.shelf[WebhookProgressRow.self].insert(key)
      try transaction.load(request, into: &set)
      let old = set.shelf[WebhookProgressRow.self][key]
      guard (old?.position ?? webhook.startsAfter) == position, try hold(claim, transaction) else {
        throw StoreFailure.claimLost
      }
      for event in wanted { add(event, .event, to: key, at: transaction.now, in: &set) }
      if old == nil {
        set.shelf[WebhookProgressRow.self].insert(WebhookProgressRow(position: last.position), for: key)
      } else {
        set.shelf[WebhookProgressRow.self].change(key) { $0.position = last.position }
      }
      try transaction.write(set)
    }
    return page.count == WebhookStore.eventsMax
  }

  /// Notes that events are to be sent once more.
  func replay(_ events: [WebhookEvent], to key: Owned<Webhook.ID>) async throws(StoreFailure) {
    try await transaction { [self] (transaction) throws(StoreFailure) in
      var set = WorkingSet()
      for event in events { add(event, .replay, to: key, at: transaction.now, in: &set) }
      try transaction.write(set)
    }
  }

  /// Notes a message that was sent already.
  func keep(_ delivery: WebhookDelivery, of tenant: Tenant.ID) async throws(StoreFailure) {
    try await transaction { (transaction) throws(StoreFailure) in
      var set = WorkingSet()
      set.shelf[WebhookDeliveryRow.self].insert(
        WebhookDeliveryRow(delivery), for: Owned(tenant, WebhookDeliveryKey(delivery.webhookID, delivery.id)))
      try transaction.write(set)
    }
  }

  /// Notes what became of a try, and says since when the endpoint has taken nothing; nil if it has.
  ///
  /// - Throws: ``StoreFailure/claimLost`` if somebody else sends to the endpoint by now.
  func note(
    _ sent: WebhookDelivery, to webhook: Webhook, _ claim: DueClaim
  ) async throws(StoreFailure) -> Instant? {
    let key = Owned(claim.key.tenant, webhook.id)
    let deliveryKey = Owned(key.tenant, WebhookDeliveryKey(webhook.id, sent.id))
    return try await transaction { [self] (transaction) throws(StoreFailure) in
      var (set, request) = (WorkingSet(), LoadRequest())
      request.shelf[WebhookProgressRow.self].insert(key)
      request.shelf[WebhookDeliveryRow.self].insert(deliveryKey)
      try transaction.load(request, into: &set)
      guard try hold(claim, transaction) else { throw StoreFailure.claimLost }
      let isTaken = sent.state == .delivered
      set.shelf[WebhookDeliveryRow.self].change(deliveryKey) { $0.delivery = sent }
      let old = set.shelf[WebhookProgressRow.self][key] ?? WebhookProgressRow(position: webhook.startsAfter)
      var progress = old
      if isTaken {
        progress.failingSince = nil
        progress.failingVersion = 0
        progress.lastTakenAt = transaction.now
      } else if old.failingSince == nil || old.failingVersion != webhook.version {
        progress.failingSince = transaction.now
        progress.failingVersion = webhook.version
      }
      if set.shelf[WebhookProgressRow.self][key] == nil {
        set.shelf[WebhookProgressRow.self].insert(progress, for: key)
      } else if progress != old {
        set.shelf[WebhookProgressRow.self].change(key) { $0 = progress }
      }
      try transaction.write(set)
      return progress.failingSince
    }
  }

  /// Forgets the oldest messages that wait for nothing, as far as there are more than are remembered.
  func forgetOld(_ key: Owned<Webhook.ID>) async throws(StoreFailure) {
    for state in [WebhookDelivery.State.delivered, .failed] {
      let search = WebhookDeliveries(
        of: key, state: state, skipping: WebhookStore.rememberedMax, limit: WebhookStore.forgottenMax)
      let old = try await engine.ask { (store) throws(StoreFailure) in try store.find(search) }
      if !old.isEmpty { try await forget(old, of: key, progress: false) }
    }
  }

  /// Forgets everything of an endpoint that is no more.
  func forgetAll(_ key: Owned<Webhook.ID>) async throws(StoreFailure) {
    while true {
      let search = WebhookDeliveries(of: key, limit: WebhookStore.forgottenMax)
      let found = try await engine.ask { (store) throws(StoreFailure) in try store.find(search) }
      try await forget(found, of: key, progress: true)
      if found.count < WebhookStore.forgottenMax { return }
    }
  }

  private func forget(
    _ deliveries: [WebhookDelivery], of key: Owned<Webhook.ID>, progress: Bool
  ) async throws(StoreFailure) {
    let keys = deliveries.map { Owned(key.tenant, WebhookDeliveryKey(key.value, $0.id)) }
    try await transaction { (transaction) throws(StoreFailure) in
      var (set, request) = (WorkingSet(), LoadRequest())
      request.shelf[WebhookDeliveryRow.self].formUnion(keys)
      if progress { request.shelf[WebhookProgressRow.self].insert(key) }
      try transaction.load(request, into: &set)
      for key in keys { set.shelf[WebhookDeliveryRow.self].change(key) { $0.isForgotten = true } }
      if progress { set.shelf[WebhookProgressRow.self].change(key) { $0.isOver = true } }
      try transaction.write(set)
    }
  }

  private func add(
    _ event: WebhookEvent, _ origin: WebhookDelivery.Origin, to key: Owned<Webhook.ID>, at now: Instant,
    in set: inout WorkingSet
  ) {
    let delivery = WebhookDelivery(
      id: identifiers.next(at: now), webhookID: key.value, position: event.position, eventID: event.id,
      type: event.type, origin: origin, createdAt: now)
    set.shelf[WebhookDeliveryRow.self].insert(
      WebhookDeliveryRow(delivery), for: Owned(key.tenant, WebhookDeliveryKey(key.value, delivery.id)))
  }

  /// A test's message, or any other that is not there yet.
  func newID(at now: Instant) -> WebhookDelivery.ID { identifiers.next(at: now) }

  /// Whether a claim is not lost, and stays so until the transaction ends.
  private func hold(
    _ claim: DueClaim, _ transaction: any StoreTransaction<WorkingSet>
  ) throws(StoreFailure) -> Bool {
    try transaction.due.prolong(claim, until: transaction.now.adding(seconds: WebhookWork.leaseSeconds))
  }

  /// Transactions block, and no task's thread may be held up by them.
  private func transaction<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    let result: Result<Value, StoreFailure> = await withCheckedContinuation { continuation in
      queue.async { [engine] in
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try engine.store.unhurried(body)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}
