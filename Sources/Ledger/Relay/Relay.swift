import Dispatch
import Synchronization

import struct Scrip.Tenant

/// Carries the events of a store out of the house, each tenant's in the order of the log: every one at least once, none
/// left out.
///
/// It is work of the house: of all nodes one has it at a time, by a lease that each page renews. How far each tenant's
/// events were carried is a cursor, which moves in one transaction with that lease. Whoever has lost the lease, or finds
/// the cursor moved, ends: somebody else has taken over. Nothing is handed to the carrier unless the lease is sure to last.
///
/// A receiver that numbers what it takes is asked after each opening how much it has taken. If that is less than what it had
/// said before, it has lost events, and they are carried again before anything else is.
public final class Relay<State: LedgerState>: Sendable {
  /// How many events are handed over at once, and how many bytes of what is stored of them.
  static var pageMax: PageLimit { PageLimit(entries: 500, bytes: 2 << 20) }
  /// How long the lease is, in seconds: a node that dies leaves the relay to others after so long.
  static var leaseSeconds: Int64 { 10 }
  /// How long before its end a lease counts for nothing: what was handed over by then must have gone out.
  private static var leaseMargin: Duration { .seconds(3) }
  /// How long a node keeps the relay before others may have it.
  private static var turn: Duration { .seconds(60) }
  /// How long it rests where there is nothing new: at least so long, and so many times what looking took.
  private static var restMin: Duration { .milliseconds(50) }
  private static var restMax: Duration { .seconds(2) }
  private static var restsPerLook: Int { 20 }

  /// How often in a row a receiver may have taken something else than what was expected.
  private static var disordersMax: Int { 5 }

  private let store: any Store<State>
  let carrier: any EventCarrier
  private let noticed: @Sendable (RelayLoss) -> Void
  private let queue = DispatchQueue(label: "relay")
  private let numbers = Mutex(RelayNumbers())

  /// Relays events of a store by a carrier.
  ///
  /// - Parameter noticed: hears of events that the receiver has lost and gets again.
  public init(
    store: any Store<State>, carrier: any EventCarrier,
    noticed: @escaping @Sendable (RelayLoss) -> Void = { _ in }
  ) {
    self.store = store
    self.carrier = carrier
    self.noticed = noticed
  }

  /// Which piece of work it is.
  public var key: Owned<DueKey> { RelayKey.work(carrier.name) }

  /// The carrier's name.
  public var name: ProjectionName { carrier.name }

  /// What it did on this node.
  public var standing: RelayNumbers { numbers.withLock { $0 } }

  /// How the work is done.
  public var handler: DueHandler<State> {
    DueHandler(
      key.value.kind, retries: DueRetries(firstSeconds: 1, mostSeconds: 30, attemptsMax: nil),
      leaseSeconds: Relay.leaseSeconds,
      .external { (claim) throws(DueFailure) in try await self.work(claim) })
  }

  private func work(_ claim: DueClaim) async throws(DueFailure) -> DueHandler<State>.Finding {
    numbers.withLock { $0.isHolding = true }
    defer { numbers.withLock { $0.isHolding = false } }
    do throws(DueFailure) {
      try await carry(claim)
    } catch {
      await carrier.close()
      throw error
    }
    await carrier.close()
    return .again(afterSeconds: 0)
  }

  /// Carries until the turn is over, or the task is canceled.
  private func carry(_ claim: DueClaim) async throws(DueFailure) {
    let end = ContinuousClock.now + Relay.turn
    var lease = RelayLease(from: .now, seconds: Relay.leaseSeconds - 1)
    // Tenants with an event that is not taken: what is behind it waits for the next turn, and nobody else does.
    var held: [Tenant.ID: DueFailure] = [:]
    var disorders = 0
    while !Task.isCancelled, .now < end {
      try await open(claim, &lease)
      let began = ContinuousClock.now
      let behind = try await onStore { [carrier] (store) throws(StoreFailure) in
        try store.find(TenantsBehind(RelayKey.cursor(carrier.name), version: RelayKey.version))
      }
      let look = ContinuousClock.now - began
      var hasCarried = false
      for tenant in behind where held[tenant] == nil && !Task.isCancelled {
        switch try await carryPage(of: tenant, claim, &lease) {
        case .nothing: break
        case .carried:
          hasCarried = true
          disorders = 0
        case .held(let failure): held[tenant] = failure
        case .disordered(let failure):
          disorders += 1
          if disorders >= Relay.disordersMax { throw failure }
          hasCarried = true
        }
      }
      if hasCarried { continue }
      if let failure = held.min(by: { $0.key < $1.key })?.value { throw failure }
      numbers.withLock { $0.oldest = nil }
      let rest = min(Relay.restMax, max(Relay.restMin, look * Relay.restsPerLook))
      // Being canceled is how it ends early.
      do { try await Task.sleep(for: rest) } catch { break }
    }
    if Task.isCancelled { await giveBack(claim) }
  }

  /// What came of a tenant's page.
  private enum PageOutcome {
    /// There was none.
    case nothing
    /// Some of it has arrived.
    case carried
    /// Its first event is not taken.
    case held(DueFailure)
    /// The receiver has taken something else meanwhile.
    case disordered(DueFailure)
  }

  /// Carries a page of a tenant's events.
  private func carryPage(
    of tenant: Tenant.ID, _ claim: DueClaim, _ lease: inout RelayLease
  ) async throws(DueFailure) -> PageOutcome {
    try await open(claim, &lease)
    let (place, page) = try await onStore { [carrier] (store) throws(StoreFailure) in
      let place = try store.relayPlace(of: tenant, by: carrier.name)
      let limit = Relay.pageMax
      let page = try store.shownEvents(
        EventFilter(tenant: tenant, after: place.position, limit: limit.entries, bytes: limit.bytes))
      return (place, page)
    }
    guard let first = page.first else { return .nothing }
    numbers.withLock { $0.oldest = min($0.oldest ?? .latest, first.at ?? .latest) }
    if !lease.lasts(for: Relay.leaseMargin) {
      lease = try await renew(claim, moving: nil)
    }
    let arrival: Arrival
    do throws(CarrierFailure) {
      arrival = try await carrier.carry(
        page.map { CarriedEvent($0, of: tenant) }, generation: place.generation)
    } catch {
      let failure = DueFailure(error.reason)
      switch error.matter {
      case .event: return .held(failure)
      case .order: return .disordered(failure)
      case .way: throw failure
      }
    }
    guard arrival.count > 0 else { throw DueFailure("the carrier took nothing and did not say why") }
    var reached = place
    reached.position = page[arrival.count - 1].position
    reached.number = arrival.number
    lease = try await renew(
      claim, moving: RelayMove(of: tenant, by: carrier.name, from: place, to: reached))
    numbers.withLock { $0.carried += arrival.count }
    return .carried
  }

  /// Keeps the lease for longer and moves a cursor, if both are still as they were.
  func renew(_ claim: DueClaim, moving move: RelayMove?) async throws(DueFailure) -> RelayLease {
    let asked = ContinuousClock.now
    try await onStore { (store) throws(StoreFailure) in
      try store.unhurried { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
        let end = transaction.now.adding(seconds: Relay.leaseSeconds)
        guard try transaction.due.prolong(claim, until: end) else { throw .claimLost }
        guard let move else { return }
        try transaction.move(move)
      }
    }
    return RelayLease(from: asked, seconds: Relay.leaseSeconds)
  }

  /// Tells of events that were lost.
  func notice(_ loss: RelayLoss) {
    numbers.withLock { $0.losses += 1 }
    noticed(loss)
  }

  /// Leaves the work to others at once. If that fails, they get it when the lease is over.
  private func giveBack(_ claim: DueClaim) async {
    _ = try? await onStore { (store) throws(StoreFailure) in
      try store.unhurried { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
        try transaction.due.settle(claim, .again(transaction.now))
      }
    }
  }

  /// Transactions block, and no task's thread may be held up by them.
  func onStore<Value: Sendable>(
    _ body: @escaping @Sendable (any Store<State>) throws(StoreFailure) -> Value
  ) async throws(DueFailure) -> Value {
    let result: Result<Value, StoreFailure> = await withCheckedContinuation { continuation in
      queue.async { [store] in
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try body(store)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    do throws(StoreFailure) { return try result.get() } catch { throw DueFailure(error.words) }
  }
}
