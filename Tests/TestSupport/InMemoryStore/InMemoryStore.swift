import Digest
import Dispatch
import Ledger
import Promotions
import Scrip
import Synchronization

/// A store in memory that behaves like the embedded one, with a clock and failures that a test decides on.
public final class InMemoryStore: RebuildableStore {
  private let tables = Mutex(Tables())
  private let failures = Mutex(InjectedFailures())
  private let gate = DispatchSemaphore(value: 1)
  private let lastMoment = Mutex(Instant.earliest)
  private let clock: @Sendable () -> Instant
  private let enforcesLimits: Bool
  private let lateSearchCount = Atomic(0)

  /// How often a transaction has looked for late locks.
  public var lateSearches: Int { lateSearchCount.load(ordering: .relaxed) }

  /// Makes an empty store.
  public init(clock: @escaping @Sendable () -> Instant, enforcesLimits: Bool = true) {
    self.clock = clock
    self.enforcesLimits = enforcesLimits
  }

  /// The moment that the clock shows, but never one before the last transaction's.
  public var now: Instant {
    let now = clock()
    return lastMoment.withLock { max(now, $0) }
  }

  /// Changes which transactions fail from now on.
  public func inject(_ change: (inout InjectedFailures) -> Void) { failures.withLock { change(&$0) } }

  /// Fails if the locks of the tenant can't be looked for.
  func checkSearch(of tenant: Tenant.ID) throws(StoreFailure) {
    if failures.withLock({ $0.unsearchableTenants.contains(tenant) }) { throw .corrupt("a moment") }
  }

  /// Runs a body on a copy of the tables, which takes their place if nothing fails.
  public func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    gate.wait()
    defer { gate.signal() }
    let now = now
    lastMoment.withLock { $0 = now }
    let transaction = InMemoryTransaction(
      tables: snapshot, now: now, enforcesLimits: enforcesLimits,
      refuse: { [self] set in failures.withLock { $0.failure(writing: set) } },
      onLateSearch: { [self] in lateSearchCount.add(1, ordering: .relaxed) })
    let result = try body(transaction)
    tables.withLock { $0 = transaction.tables }
    if transaction.hasWritten, failures.withLock({ $0.crashesNow() }) {
      throw StoreFailure(kind: .unavailable, code: "3", message: "the connection broke after the commit")
    }
    return result
  }

  /// Runs a body on a copy of the tables.
  public func read<Result>(
    _ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try body(InMemoryReader(tables: snapshot))
  }

  var snapshot: Tables { tables.withLock { $0 } }

  /// Changes stored events behind the engine's back, as an intruder would.
  public func tamper(_ change: (inout [StoredEvent]) -> Void) { tables.withLock { change(&$0.events) } }

  /// Changes a stored counter behind the engine's back.
  public func tamper(counter key: Owned<CounterKey>, used: Int64) {
    tables.withLock { $0[CounterRow.self][key] = CounterRow(used: used) }
  }

  /// Changes a stored application behind the engine's back, as if another version of the program had written it.
  public func tamper(
    application key: Owned<DiscountApplication.ID>, _ change: (inout DiscountApplication) -> Void
  ) {
    tables.withLock { tables in
      guard var record = tables.applications[key] else { return }
      change(&record.application)
      tables[ApplicationRecord.self][key] = record
    }
  }

  /// An empty store that refuses no count for being over a limit.
  public func makeScratch() throws(StoreFailure) -> any PromotionStore {
    InMemoryStore(clock: clock, enforcesLimits: false)
  }

  /// Leaves one live application of each order in a scratch store.
  public func settle(_ scratch: any PromotionStore) throws(StoreFailure) -> [OrderConflict] {
    guard let own = scratch as? InMemoryStore else {
      preconditionFailure("a scratch store is of the same kind")
    }
    let tables = own.snapshot
    return try scratch.settleConflicts(
      among: tables.applicationsOfOrder.flatMap { order, ids in
        let live = ids.map { Owned(order.tenant, $0) }
          .filter { tables.applications[$0]?.application.state.isLive == true }
        return live.count > 1 ? live : []
      })
  }

  /// The folded tables' differences.
  public func differences(to scratch: any PromotionStore) throws(StoreFailure) -> [TableDifference] {
    guard let scratch = scratch as? InMemoryStore else {
      preconditionFailure("a scratch store is of the same kind")
    }
    return snapshot.differences(to: scratch.snapshot)
  }

  /// Takes over the folded tables.
  public func adopt(_ scratch: any PromotionStore) throws(StoreFailure) {
    guard let scratch = scratch as? InMemoryStore else {
      preconditionFailure("a scratch store is of the same kind")
    }
    var folded = scratch.snapshot
    tables.withLock { tables in
      folded[StoredAnswer.self] = tables[StoredAnswer.self]
      folded[PersonRow.self] = tables[PersonRow.self]
      folded[InboxMessageRow.self] = tables[InboxMessageRow.self]
      folded[InboxOrderRow.self] = tables[InboxOrderRow.self]
      folded[WebhookProgressRow.self] = tables[WebhookProgressRow.self]
      folded[WebhookDeliveryRow.self] = tables[WebhookDeliveryRow.self]
      folded[WebhookReplayRow.self] = tables[WebhookReplayRow.self]
      folded.events = tables.events
      folded[DueWork.self].merge(tables[DueWork.self].filter { !$0.value.isTold }) { told, _ in told }
      folded.eventPlaces = tables.eventPlaces
      tables = folded
    }
  }
}

/// Which transactions fail.
public struct InjectedFailures: Sendable {
  /// How many of the next writes fail, as if the database were unreachable.
  public var nextWrites = 0
  /// Every write that has an event about one of these orders breaks.
  public var poisonedOrders: Set<OrderID> = []
  /// Tenants whose locks can't be looked for, as if one of their rows could not be read.
  public var unsearchableTenants: Set<Tenant.ID> = []
  /// How many of the next commits succeed and are reported as failed.
  public var crashesAfterCommit = 0

  mutating func failure(writing set: WorkingSet) -> StoreFailure? {
    if nextWrites > 0 {
      nextWrites -= 1
      return StoreFailure(kind: .unavailable, code: "2", message: "the database can't be reached")
    }
    let orders = set.applications.changes.keys.compactMap { set.applications[$0]?.application.orderID }
    if !poisonedOrders.isDisjoint(with: orders) {
      return StoreFailure(kind: .other, code: "4", message: "a row breaks the write")
    }
    return nil
  }

  mutating func crashesNow() -> Bool {
    guard crashesAfterCommit > 0 else { return false }
    crashesAfterCommit -= 1
    return true
  }
}

struct InMemoryReader: StoreReader {
  let tables: Tables

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    tables.load(request, into: &set)
  }
}

final class InMemoryTransaction: StoreTransaction {
  var tables: Tables
  private(set) var hasWritten = false
  let now: Instant
  private let enforcesLimits: Bool
  private let refuse: (WorkingSet) -> StoreFailure?
  private let onLateSearch: () -> Void

  init(
    tables: Tables, now: Instant, enforcesLimits: Bool, refuse: @escaping (WorkingSet) -> StoreFailure?,
    onLateSearch: @escaping () -> Void
  ) {
    self.tables = tables
    self.now = now
    self.enforcesLimits = enforcesLimits
    self.refuse = refuse
    self.onLateSearch = onLateSearch
  }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    if !request.lateLocksOf.isEmpty { onLateSearch() }
    tables.load(request, into: &set)
  }

  func write(_ set: WorkingSet) throws(StoreFailure) {
    if let failure = refuse(set) { throw failure }
    hasWritten = true
    try tables.write(set, enforcesLimits: enforcesLimits)
  }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    let old = tables[StoredAnswer.self].filter { $0.value.at < moment }.sorted { $0.value.at < $1.value.at }
      .prefix(max)
    for (key, _) in old { tables[StoredAnswer.self][key] = nil }
    return old.count
  }

  func empty(_ shapes: [TableShape], of tenant: Tenant.ID) throws(StoreFailure) {
    tables.empty(shapes, of: tenant)
  }
}
