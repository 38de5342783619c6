import Dispatch
import Ledger
import Promotions
import Scrip

/// What is kept of messages to endpoints, beside the log. Nobody is told of it, so no disk is waited for: what is lost with
/// the computer's power is sent once more.
final class WebhookStore: Sendable {
  /// How many messages to an endpoint may wait before events are left in the log, and how many that are sent once more.
  static let waitingMax = 10_000
  /// How many messages to an endpoint are remembered that were taken, and as many that were given up.
  static let rememberedMax = 10_000
  /// How many are forgotten at once.
  private static let forgottenMax = 500
  /// How many events of the log are looked at in one transaction.
  private static let eventsMax = 200
  /// After how many seconds without a try one that failed says nothing about those before: more than any pause.
  private static let brokenSeconds: Int64 = 2 * 24 * 3600
  /// What messages that wait are sent for.
  private static let sentOrigins: [WebhookDelivery.Origin] = [.event, .replay]

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

  /// The messages of one origin whose time has come.
  func due(
    _ key: Owned<Webhook.ID>, _ origin: WebhookDelivery.Origin, limit: Int
  ) async throws(StoreFailure) -> [WebhookDelivery] {
    try await engine.ask { (store) throws(StoreFailure) in
      try store.find(DueWebhookDeliveries(of: key, origin, at: store.now, limit: limit))
    }
  }

  /// How long it is until a message's time comes, in whole seconds; nil if none waits.
  func secondsUntilDue(_ key: Owned<Webhook.ID>) async throws(StoreFailure) -> Int64? {
    try await engine.ask { (store) throws(StoreFailure) in
      let firsts = try WebhookStore.sentOrigins.map { origin throws(StoreFailure) in
        try store.find(DueWebhookDeliveries(of: key, origin, at: .latest, limit: 1)).first
      }
      return firsts.compactMap { $0?.nextTryAt }.min().map {
        ($0.microseconds - store.now.microseconds + 999_999) / 1_000_000
      }
    }
  }

  /// When a message was last taken, as far as those tell that were noted last; nil if none was.
  func lastTaken(_ key: Owned<Webhook.ID>) async throws(StoreFailure) -> Instant? {
    try await engine.ask { (store) throws(StoreFailure) in
      try store.find(WebhookDeliveries(of: key, state: .delivered, limit: 100)).compactMap(\.last?.at).max()
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
      if try WebhookStore.isFull(key, .event, store) { return [] }
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

  /// Notes the next messages of what is to be sent once more, what was asked for first before others.
  ///
  /// - Returns: whether there may be more.
  func scheduleReplay(_ webhook: Webhook, _ claim: DueClaim) async throws(StoreFailure) -> Bool {
    let key = Owned(claim.key.tenant, webhook.id)
    let found = try await engine.ask {
      (store) throws(StoreFailure) -> (WebhookReplays.Found.Element, Piece)? in
      let waiting = try store.find(WebhookReplays(of: key))
      guard let first = waiting.min(by: { ($0.row.createdAt, $0.key) < ($1.row.createdAt, $1.key) }),
        try !WebhookStore.isFull(key, .replay, store)
      else { return nil }
      return (first, try WebhookStore.piece(of: first.row, key.tenant, store))
    }
    guard let (replay, piece) = found else { return false }
    try await transaction { [self] (transaction) throws(StoreFailure) in
      let rowKey = Owned(key.tenant, replay.key)
      var (set, request) = (WorkingSet(), LoadRequest())
      request.shelf[WebhookReplayRow.self].insert(rowKey)
      try transaction.load(request, into: &set)
      guard set.shelf[WebhookReplayRow.self][rowKey] == replay.row, try hold(claim, transaction) else {
        throw StoreFailure.claimLost
      }
      for event in piece.events { add(event, .replay, to: key, at: transaction.now, in: &set) }
      set.shelf[WebhookReplayRow.self].change(rowKey) { row in
        row.position = piece.position
        row.isOver = piece.isLast
      }
      try transaction.write(set)
    }
    return true
  }

  /// Some of the events that are to be sent once more.
  private struct Piece: Sendable {
    let events: [WebhookEvent]
    /// Up to where they reach.
    let position: Int64
    let isLast: Bool
  }

  private static func piece(
    of row: WebhookReplayRow, _ tenant: Tenant.ID, _ store: any PromotionStore
  ) throws(StoreFailure) -> Piece {
    switch row.choice {
    case .events(let positions):
      let events = try positions.map { position throws(StoreFailure) -> WebhookEvent? in
        let found = try store.shownEvents(EventFilter(tenant: tenant, after: position - 1, limit: 1)).first
        return found.flatMap { $0.position == position ? WebhookEvent($0, of: tenant) : nil }
      }
      return Piece(events: events.compactMap { $0 }, position: row.until, isLast: true)
    case .types(let types):
      let page = try store.shownEvents(
        EventFilter(
          tenant: tenant, after: row.position, limit: WebhookStore.eventsMax, bytes: PageLimit.bytesMax)
      ).map { WebhookEvent($0, of: tenant) }
      let last = page.last?.position ?? row.until
      let wanted = page.filter { event in
        event.position <= row.until && (types.isEmpty || types.contains(event.type))
      }
      return Piece(events: wanted, position: min(last, row.until), isLast: last >= row.until)
    }
  }

  /// Whether as many messages wait as may.
  private static func isFull(
    _ key: Owned<Webhook.ID>, _ origin: WebhookDelivery.Origin, _ store: any PromotionStore
  ) throws(StoreFailure) -> Bool {
    let beyond = DueWebhookDeliveries(of: key, origin, at: .latest, skipping: waitingMax, limit: 1)
    return try !store.find(beyond).isEmpty
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
        progress.failedAt = nil
        progress.lastTakenAt = transaction.now
      } else {
        // Where nothing was tried for days nothing failed for days.
        let isBroken = old.failedAt.map { WebhookStore.isBroken(from: $0, to: transaction.now) } ?? true
        if old.failingSince == nil || old.failingVersion != webhook.version || isBroken {
          progress.failingSince = transaction.now
          progress.failingVersion = webhook.version
        }
        progress.failedAt = transaction.now
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
      if !old.isEmpty { try await forget(old, of: key) }
    }
  }

  /// Forgets some of what is kept of an endpoint that is no more, in a transaction of somebody else's; says how many
  /// messages there were, and whether there may be more.
  func forget(
    _ key: Owned<Webhook.ID>, in transaction: any StoreTransaction<WorkingSet>
  ) throws(StoreFailure) -> (count: Int, mayBeMore: Bool) {
    // Nobody notes anything about it any more, so what is found beside the transaction is all that there is.
    let found = try engine.store.find(WebhookDeliveries(of: key, limit: WebhookStore.forgottenMax))
    var (set, request) = (WorkingSet(), LoadRequest())
    let deliveries = found.map { Owned(key.tenant, WebhookDeliveryKey(key.value, $0.id)) }
    let replays = WebhookReplayKey.all(of: key.value).map { Owned(key.tenant, $0) }
    request.shelf[WebhookDeliveryRow.self].formUnion(deliveries)
    request.shelf[WebhookReplayRow.self].formUnion(replays)
    request.shelf[WebhookProgressRow.self].insert(key)
    try transaction.load(request, into: &set)
    for key in deliveries { set.shelf[WebhookDeliveryRow.self].change(key) { $0.isForgotten = true } }
    for key in replays where set.shelf[WebhookReplayRow.self][key] != nil {
      set.shelf[WebhookReplayRow.self].change(key) { $0.isOver = true }
    }
    if set.shelf[WebhookProgressRow.self][key] != nil {
      set.shelf[WebhookProgressRow.self].change(key) { $0.isOver = true }
    }
    try transaction.write(set)
    return (found.count, found.count == WebhookStore.forgottenMax)
  }

  private static func isBroken(from last: Instant, to now: Instant) -> Bool {
    now.microseconds - last.microseconds > brokenSeconds * 1_000_000
  }

  private func forget(
    _ deliveries: [WebhookDelivery], of key: Owned<Webhook.ID>
  ) async throws(StoreFailure) {
    let keys = deliveries.map { Owned(key.tenant, WebhookDeliveryKey(key.value, $0.id)) }
    try await transaction { (transaction) throws(StoreFailure) in
      var (set, request) = (WorkingSet(), LoadRequest())
      request.shelf[WebhookDeliveryRow.self].formUnion(keys)
      try transaction.load(request, into: &set)
      for key in keys { set.shelf[WebhookDeliveryRow.self].change(key) { $0.isForgotten = true } }
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
