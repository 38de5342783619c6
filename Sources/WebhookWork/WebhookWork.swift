import CheckoutWork
import Digest
import Ledger
import Promotions
import Scrip

/// Sends events to the endpoints that want them. One piece of due work stands for all that is to be sent to an endpoint, so
/// one node at a time sends to it, and a slow one holds up nobody but itself.
public final class WebhookWork: Sendable {
  /// How long a node that died keeps an endpoint from others, in seconds.
  static let leaseSeconds: Int64 = 10
  /// How long a node sends to one endpoint before others have their turn, in seconds.
  private static let turnSeconds: Int64 = 30
  /// The longest rest of an endpoint for which nothing is to be sent, in seconds. A node that has served it sees new events
  /// sooner: ``WebhookWatch``.
  private static let restSecondsMax: Int64 = 30

  /// After how many seconds it is looked once more what is kept of an endpoint that is no more.
  static let forgettingSeconds: Int64 = 60
  /// How many pages of the log are looked through for what is to be sent once more before anything else has its turn.
  private static let replayPagesMax = 5

  /// How many endpoints a node serves at a time.
  public static let endpointsMax = 256

  let store: WebhookStore
  private let courier: WebhookCourier
  private let watch: WebhookWatch
  private let underWayMax: Int
  private let places: WebhookPlaces
  private let chance: @Sendable () -> Double

  /// Sends.
  ///
  /// - Parameters:
  ///   - underWayMax: how many messages are under way at a time to one endpoint.
  ///   - chance: a number from 0 to 1, another one each time.
  public init(
    engine: Engine, sealer: Sealer, sender: any WebhookSender, watch: WebhookWatch = WebhookWatch(),
    underWayMax: Int = 8, identifiers: IdentifierSource = .random,
    chance: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }
  ) {
    store = WebhookStore(engine, identifiers: identifiers)
    courier = WebhookCourier(engine: engine, sealer: sealer, sender: sender)
    self.watch = watch
    self.underWayMax = underWayMax
    places = WebhookPlaces()
    self.chance = chance
  }

  /// What callers may ask about it.
  public func desk(_ worker: DueWorker<WorkingSet>, sealer: Sealer) -> WebhookDesk {
    WebhookDesk(store: store, courier: courier, sealer: sealer, worker: worker)
  }

  /// How the work is done.
  public var handlers: [DueHandler<WorkingSet>] { [sending, forgetting] }

  private var sending: DueHandler<WorkingSet> {
    DueHandler(
      .webhook, retries: DueRetries(firstSeconds: 1, mostSeconds: 60, attemptsMax: nil),
      leaseSeconds: Self.leaseSeconds,
      .external { claim async throws(DueFailure) in try await self.work(claim) })
  }

  /// Forgets what is kept of an endpoint that is no more, and looks once more a while later: a transaction that saw the
  /// endpoint may have ended after that which took it away.
  private var forgetting: DueHandler<WorkingSet> {
    DueHandler(
      .webhookForgetting, leaseSeconds: Self.leaseSeconds,
      .transactional { [store] (claim, transaction) throws(StoreFailure) in
        guard let id = claim.key.value.forgottenWebhookID else {
          throw .corrupt("the name of work for a webhook")
        }
        let found = try store.forget(Owned(claim.key.tenant, id), in: transaction)
        if found.mayBeMore { return .again(.earliest) }
        let isLast = found.count == 0 && claim.dueAt != .earliest
        return isLast ? .done : .again(transaction.now.adding(seconds: Self.forgettingSeconds))
      })
  }

  private func work(_ claim: DueClaim) async throws(DueFailure) -> DueHandler<WorkingSet>.Finding {
    let turnout: Turnout
    do throws(StoreFailure) { turnout = try await serve(claim) } catch { throw DueFailure(error.words) }
    switch turnout {
    case .rests(let seconds): return .again(afterSeconds: seconds)
    case .ends(let action):
      return .told(PromotionCommand(tenant: claim.key.tenant, actor: .system, action: action))
    }
  }

  /// What is to be done with an endpoint after a turn.
  private enum Turnout: Sendable {
    /// Nothing more for so many seconds.
    case rests(Int64)
    /// Nothing any more.
    case ends(DisableWebhook)
  }

  private func serve(_ claim: DueClaim) async throws(StoreFailure) -> Turnout {
    guard let id = claim.key.value.webhookID else { throw .corrupt("the name of work for a webhook") }
    let key = Owned(claim.key.tenant, id)
    // Somebody has just taken it away or stopped it, and with that this claim.
    guard let webhook = try await store.webhook(key), webhook.terms.isActive else {
      return .rests(Self.restSecondsMax)
    }
    watch.note(key)
    let turn = WebhookTurn()
    if let end = try await send(to: key, claim, turn) {
      return .ends(DisableWebhook(id, end.cause, failingSince: end.since, version: end.version))
    }
    try await store.forgetOld(key)
    let next = try await store.secondsUntilDue(key)
    // What could not be sent now can't be in a moment either.
    return .rests(min(max(next ?? Self.restSecondsMax, turn.hasBegun ? 0 : 1), Self.restSecondsMax))
  }

  /// Sends all that is due, so many at a time, and says if it was no use.
  private func send(
    to key: Owned<Webhook.ID>, _ claim: DueClaim, _ turn: WebhookTurn
  ) async throws(StoreFailure) -> WebhookTurn.End? {
    let turnEnd = ContinuousClock.now + .seconds(Self.turnSeconds)
    repeat {
      guard turn.goesOn, ContinuousClock.now < turnEnd, !Task.isCancelled else { continue }
      // After a message to one that hangs others have their turn.
      if turn.hasBegun, places.isHanging(key) { continue }
      // Whoever changes an endpoint means the next message.
      guard let webhook = await current(key, turn) else { continue }
      let begun = await begin(turn, webhook, key, claim)
      // Each is waited for below, whatever becomes of the others.
      for (delivery, place) in begun { Task { await self.attempt(delivery, on: place, claim, turn) } }
    } while await turn.rest()
    return try turn.outcome()
  }

  /// The endpoint as it is now; nil if nothing is to be sent to it any more, or the store can't be asked.
  private func current(_ key: Owned<Webhook.ID>, _ turn: WebhookTurn) async -> Webhook? {
    do throws(StoreFailure) {
      guard let webhook = try await store.webhook(key), webhook.terms.isActive else { return nil }
      return webhook
    } catch {
      turn.fail(error)
      return nil
    }
  }

  /// The messages that are to be sent now, each with its place.
  private func begin(
    _ turn: WebhookTurn, _ webhook: Webhook, _ key: Owned<Webhook.ID>, _ claim: DueClaim
  ) async -> [(delivery: WebhookDelivery, place: WebhookPlaces.Place)] {
    let found: [WebhookDelivery]
    do throws(StoreFailure) {
      found = try await next(webhook, key, claim, turn, room: room(turn, key))
    } catch {
      turn.fail(error)
      return []
    }
    var begun: [(delivery: WebhookDelivery, place: WebhookPlaces.Place)] = []
    for delivery in found {
      guard let place = place(turn, key) else { break }
      turn.begin(delivery, on: place)
      begun.append((delivery, place))
    }
    return begun
  }

  /// How many more messages may be under way to the endpoint. One of which nothing is always has room.
  private func room(_ turn: WebhookTurn, _ key: Owned<Webhook.ID>) -> Int {
    min(underWayMax - turn.busy.count, (turn.hasOwnPlace ? 1 : 0) + places.free(for: key))
  }

  private func place(_ turn: WebhookTurn, _ key: Owned<Webhook.ID>) -> WebhookPlaces.Place? {
    if turn.hasOwnPlace { return .own }
    return places.take(for: key) ? .shared : nil
  }

  /// Whether an endpoint has taken nothing for days, tests included.
  private func isTooLong(_ since: Instant, _ key: Owned<Webhook.ID>) async throws(StoreFailure) -> Bool {
    if !isTooLong(since) { return false }
    return isTooLong(max(since, try await store.lastTaken(key) ?? since))
  }

  private func isTooLong(_ since: Instant) -> Bool {
    store.engine.store.now.microseconds - since.microseconds
      >= WebhookSchedule.failingSecondsMax * 1_000_000
  }

  /// What can be sent now besides what is under way: new events and what is sent once more in turns, and of the latter not
  /// more than half of what may be under way. While there is room, what has happened since is noted first.
  private func next(
    _ webhook: Webhook, _ key: Owned<Webhook.ID>, _ claim: DueClaim, _ turn: WebhookTurn, room: Int
  ) async throws(StoreFailure) -> [WebhookDelivery] {
    if room <= 0 { return [] }
    var events = try await due(key, .event, turn)
    while events.count < room {
      let mayBeMore = try await store.schedule(webhook, claim)
      events = try await due(key, .event, turn)
      if !mayBeMore { break }
    }
    let replayRoom = min(room, max(1, underWayMax / 2) - turn.busyReplays)
    let replays = replayRoom > 0 ? try await replays(webhook, key, claim, turn, room: replayRoom) : []
    return WebhookWork.inTurns(events, replays, after: turn.lastOrigin, most: room)
  }

  private func replays(
    _ webhook: Webhook, _ key: Owned<Webhook.ID>, _ claim: DueClaim, _ turn: WebhookTurn, room: Int
  ) async throws(StoreFailure) -> [WebhookDelivery] {
    var found = try await due(key, .replay, turn)
    var pages = 0
    while found.count < room, try await store.scheduleReplay(webhook, claim) {
      found = try await due(key, .replay, turn)
      pages += 1
      if pages == Self.replayPagesMax {
        turn.lookAgain()
        break
      }
    }
    return Array(found.prefix(room))
  }

  /// What is due and not under way. What is under way is due as well, until it is noted.
  private func due(
    _ key: Owned<Webhook.ID>, _ origin: WebhookDelivery.Origin, _ turn: WebhookTurn
  ) async throws(StoreFailure) -> [WebhookDelivery] {
    let busy = turn.busy
    return try await store.due(key, origin, limit: underWayMax).filter { !busy.contains($0.id) }
  }

  /// Messages of two kinds, one of each in turns as far as there are.
  static func inTurns(
    _ events: [WebhookDelivery], _ replays: [WebhookDelivery], after last: WebhookDelivery.Origin, most: Int
  ) -> [WebhookDelivery] {
    var (events, replays, chosen) = (events[...], replays[...], [WebhookDelivery]())
    var last = last
    while chosen.count < most {
      let next =
        last == .replay
        ? events.popFirst() ?? replays.popFirst() : replays.popFirst() ?? events.popFirst()
      guard let next else { break }
      chosen.append(next)
      last = next.origin
    }
    return chosen
  }

  private func attempt(
    _ delivery: WebhookDelivery, on place: WebhookPlaces.Place, _ claim: DueClaim, _ turn: WebhookTurn
  ) async {
    defer {
      if place == .shared { places.give(claim.key.tenant) }
      turn.end(delivery.id)
    }
    // Loaded after the event was found, so that what happens after a secret was exchanged is signed with the new one.
    guard let webhook = await current(Owned(claim.key.tenant, delivery.webhookID), turn) else { return }
    var (sent, answer) = await courier.send(delivery, to: webhook, of: claim.key.tenant)
    if let last = sent.last { places.note(WebhookPlaces.Pace(last), of: Owned(claim.key.tenant, webhook.id)) }
    if sent.state == .waiting {
      let now = store.engine.store.now
      // What somebody who is gone did not take waits until the endpoint is active again.
      sent.nextTryAt =
        answer.isGone
        ? now
        : WebhookSchedule.nextTry(
          after: sent.attempts, at: now, retryAfter: answer.retryAfter, chance: chance())
      if sent.nextTryAt == nil { sent.state = .failed }
    }
    do throws(StoreFailure) {
      let since = try await store.note(sent, to: webhook, claim)
      if answer.isGone {
        turn.stop(WebhookTurn.End(cause: .gone, since: nil, version: webhook.version))
      } else if let since, try await isTooLong(since, Owned(claim.key.tenant, webhook.id)) {
        turn.stop(WebhookTurn.End(cause: .failing, since: since, version: webhook.version))
      }
    } catch {
      turn.fail(error)
    }
  }
}
