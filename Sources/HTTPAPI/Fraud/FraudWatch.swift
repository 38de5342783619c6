import Forms
import Ledger
import Promotions
import Scrip
import Synchronization

/// Watches who uses coupons, for all tenants that want it: each node reads the log a moment behind, keeps in memory what
/// rules remember, and judges attempts by that before they are decided.
///
/// Nodes read the same log, so they know the same, but for the moment that they are behind and for codes that quotes of
/// publishable keys have missed: those stand in no log, and each node knows its own. Nothing of it is in anybody's
/// transaction. A node that starts reads what the log holds of the last thirty days, and knows little until it has.
public final class FraudWatch: Sendable {
  private struct Shop {
    var policy = FraudPolicy()
    var askedAt: ContinuousClock.Instant?
    var isAsking = false
    var memory = FraudMemory()
  }

  /// How long a policy is believed before it is looked at again.
  private static let policyAge = Duration.milliseconds(500)
  /// How old a policy may be that somebody goes by while it is looked at again.
  private static let policyAgeMax = Duration.seconds(1)
  /// How long the watch rests where there is nothing new: at least so long, and so many times what looking took.
  private static let restMin = Duration.milliseconds(50)
  private static let restMax = Duration.seconds(2)
  private static let restsPerLook = 20
  /// How much of the log is read when a node begins, in seconds.
  private static let historySeconds: Int64 = 30 * 86_400
  private static let eventsAtOnce = 500
  private static let bytesAtOnce = 4 << 20
  /// How many events are noted before somebody else may look.
  private static let notedAtOnce = 50

  private let engine: Engine
  private let identities: IdentityHash
  private let shops = Mutex<[Tenant.ID: Shop]>([:])
  private let isReading = Mutex(false)

  /// Watches what an engine decides.
  ///
  /// - Parameter identityKey: the key under which e-mail addresses and the like are hashed.
  public init(_ engine: Engine, identityKey: [UInt8]) {
    self.engine = engine
    identities = IdentityHash(key: identityKey)
  }

  /// What was seen in whoever attempts to use coupons; nil where nobody looks.
  func screen(
    _ customer: Customer, codes: [TypedCode], of tenant: Tenant.ID
  ) async -> FraudScreening? {
    let policy = await policy(of: tenant)
    if policy.mode == .off { return nil }
    let now: Instant
    // A store that can't be asked what time it is takes no lock either.
    do throws(StoreFailure) { now = try await engine.now(of: tenant) } catch { return nil }
    let attempt = FraudAttempt(
      traits: customer.identityKeys.map { FraudTrait($0) } + customer.traits,
      accountAgeDays: customer.createdAt.map { max(0, now.microseconds - $0.microseconds) / 86_400_000_000 },
      codes: codes.map { FraudCode($0.code?.canonical ?? $0.text) }, at: now)
    return shops.withLock { shops in policy.screen(attempt, by: shops[tenant, default: Shop()].memory.book) }
  }

  /// The same of a stranger who asks for a price: by the address alone. Whom else a stranger names says nothing of the
  /// stranger, and an answer that hung on it would tell who is suspected.
  func screenStranger(
    from address: ClientAddress, codes: [TypedCode], of tenant: Tenant.ID
  ) async -> FraudScreening? {
    var nobody = Customer()
    nobody.traits = address.trait(identities, tenant).map { [$0] } ?? []
    return await screen(nobody, codes: codes, of: tenant)
  }

  /// Notes codes that a stranger has tried and that open nothing. They are held against the address alone: anybody can name
  /// somebody else.
  func noteMisses(_ codes: [String], from address: ClientAddress, of tenant: Tenant.ID) async {
    guard await policy(of: tenant).mode != .off, let trait = address.trait(identities, tenant) else { return }
    let now: Instant
    do throws(StoreFailure) { now = try await engine.now(of: tenant) } catch { return }
    shops.withLock { $0[tenant, default: Shop()].memory.noteMisses(codes, of: [trait], at: now) }
  }

  /// How a tenant's attempts are judged, as of a moment ago.
  func policy(of tenant: Tenant.ID) async -> FraudPolicy {
    let now = ContinuousClock.now
    let (known, isFresh) = shops.withLock { shops in
      let shop = shops[tenant]
      guard let askedAt = shop?.askedAt else { return (shop?.policy, false) }
      let age = now - askedAt
      if age < FraudWatch.policyAge || shop?.isAsking == true && age < FraudWatch.policyAgeMax {
        return (shop?.policy, true)
      }
      // Whoever comes first asks again; the others go by what is known while that is not old.
      shops[tenant]?.isAsking = true
      return (shop?.policy, false)
    }
    if isFresh, let known { return known }
    do throws(StoreFailure) { return try await ask(for: tenant) } catch {
      shops.withLock { $0[tenant]?.isAsking = false }
      return known ?? FraudPolicy()
    }
  }

  /// Looks at the tenant's settings.
  @discardableResult
  func ask(for tenant: Tenant.ID) async throws(StoreFailure) -> FraudPolicy {
    let now = ContinuousClock.now
    let row = try await engine.row(FraudSettingsRow.self, tenant)
    let policy = row?.settings.policy ?? FraudPolicy()
    return shops.withLock { shops in
      var shop = shops.removeValue(forKey: tenant) ?? Shop()
      defer { shops[tenant] = shop }
      shop.isAsking = false
      // Whoever has asked later knows better, also if this answer has come later.
      if let askedAt = shop.askedAt, askedAt > now { return shop.policy }
      shop.policy = policy
      shop.askedAt = now
      // Who wants no watch any more has nothing remembered.
      if policy.mode == .off { shop.memory = FraudMemory() }
      return policy
    }
  }

  /// The applications of whoever has a trait that were neither paid for nor given back, as far as this node remembers.
  func unpaidApplications(of trait: FraudTrait, _ tenant: Tenant.ID) -> [DiscountApplication.ID] {
    shops.withLock { $0[tenant]?.memory.unpaidApplications(of: trait) ?? [] }
  }

  /// Reads what the log holds, so that who was known before the node started is known at once; as far as that goes in some
  /// time. The rest is read while the node serves.
  ///
  /// - Throws: what kept it from reading, which ``run(failed:)`` tries again.
  public func prepare(within time: Duration) async throws(StoreFailure) {
    for tenant in try await engine.ask({ store throws(StoreFailure) in try store.tenantIDs() }) {
      try await ask(for: tenant)
    }
    try await catchUp(until: .now + time)
  }

  /// Reads the log until the task is canceled.
  ///
  /// - Parameter failed: is told of each failure of the store.
  public func run(failed: @escaping @Sendable (StoreFailure) -> Void) async {
    while !Task.isCancelled {
      let start = ContinuousClock.now
      do throws(StoreFailure) { try await catchUp() } catch { failed(error) }
      let look = start.duration(to: .now)
      let rest = min(max(look * FraudWatch.restsPerLook, FraudWatch.restMin), FraudWatch.restMax)
      // Being canceled ends it.
      do { try await Task.sleep(for: rest) } catch { return }
    }
  }

  /// Reads what the log has got since the last time, of all tenants that are watched.
  ///
  /// - Parameter end: when to stop, wherever it has got; nil for never.
  public func catchUp(until end: ContinuousClock.Instant? = nil) async throws(StoreFailure) {
    // One reader at a time: what two read would count twice.
    while !isReading.withLock({ isReading in
      defer { isReading = true }
      return !isReading
    }) {
      // Being canceled ends it.
      do { try await Task.sleep(for: .milliseconds(5)) } catch { return }
    }
    defer { isReading.withLock { $0 = false } }
    engine.committer.recentChanges.beginRound(of: FraudReader.self)
    let watched = shops.withLock { shops in
      shops.filter { $0.value.policy.mode != .off }.map { ($0.key, $0.value.memory.position) }
    }
    for (tenant, position) in watched {
      let after: Int64
      if let position { after = position } else { after = try await beginning(of: tenant) }
      try await read(tenant, after: after, until: end)
    }
  }

  private func read(
    _ tenant: Tenant.ID, after start: Int64, until end: ContinuousClock.Instant?
  ) async throws(StoreFailure) {
    var position = start
    var limit = FraudWatch.eventsAtOnce
    while !Task.isCancelled, end.map({ .now < $0 }) ?? true {
      let filter = EventFilter(
        tenant: tenant, after: position, limit: limit, bytes: FraudWatch.bytesAtOnce)
      let page: [StoredEvent]
      do throws(StoreFailure) {
        page = try await engine.ask { store throws(StoreFailure) in try store.events(filter) }
      } catch {
        // One that can't be read is passed over, and those before it are not.
        guard error.isOfStoredValue else { throw error }
        if limit == 1 { position += 1 }
        limit = max(1, limit / 2)
        continue
      }
      guard let last = page.last else { break }
      note(page, of: tenant)
      position = last.position
      if page.count < limit, limit == FraudWatch.eventsAtOnce { break }
      limit = FraudWatch.eventsAtOnce
    }
    shops.withLock { $0[tenant]?.memory.position = position }
  }

  private func note(_ page: [StoredEvent], of tenant: Tenant.ID) {
    let recent = engine.committer.recentChanges
    let reader = FraudReader()
    let news = page.compactMap { stored in
      reader.change(by: stored, recent: recent).map { ($0, stored.envelope.at) }
    }
    var rest = news[...]
    while !rest.isEmpty {
      let part = rest.prefix(FraudWatch.notedAtOnce)
      shops.withLock { shops in
        for (change, moment) in part { shops[tenant]?.memory.note(change, at: moment) }
      }
      rest = rest.dropFirst(part.count)
    }
  }

  /// The position behind which the log tells of the last thirty days.
  private func beginning(of tenant: Tenant.ID) async throws(StoreFailure) -> Int64 {
    let moment = try await engine.now(of: tenant).adding(seconds: -FraudWatch.historySeconds)
    return try await engine.ask { store throws(StoreFailure) in
      var (low, high) = (Int64(0), try store.find(LastPosition(of: tenant)))
      while low < high {
        let middle = low + (high - low) / 2
        let next = try store.events(EventFilter(tenant: tenant, after: middle, limit: 1)).first
        if let next, next.envelope.at < moment { low = next.position } else { high = middle }
      }
      return low
    }
  }
}
