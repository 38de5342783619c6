import Dispatch
import Synchronization

import struct Scrip.Instant
import struct Scrip.Tenant

/// What a runner reports about its work.
public protocol ProjectionObserver: Sendable {
  /// A projection can't go on for a tenant. Told once, until that changes.
  func stopped(_ projection: StoppedProjection)
  /// A projection that could not go on does.
  func resumed(_ projection: StoppedProjection)
}

/// Brings the projections of a store up to date: page by page, each page of a tenant's events in a transaction of its own
/// that writes rows and cursor together.
///
/// Any number of runners, on any number of nodes, may work on one store: the cursor's row is locked, and whoever finds it
/// elsewhere than it was read does nothing. Events are read as far as they have settled, so none that commits late is
/// passed over.
public final class ProjectionRunner<State: LedgerState>: Sendable {
  private let store: any Store<State>
  private let recent: RecentChanges<State>?
  private let observer: (any ProjectionObserver)?
  private let pageSize: Int
  private let stopped = StoppedProjections()
  private let lag = Mutex<[Owned<ProjectionName>: Instant]>([:])
  /// The last page of this round: projections that stand at the same place read it once.
  private let lastRead = Mutex<ReadPage?>(nil)
  private let queue = DispatchQueue(label: "projections")
  private let isOver = Atomic(false)

  /// Makes a runner.
  ///
  /// - Parameters:
  ///   - recent: what a committer of this process has written, if there is one.
  ///   - pageSize: how many events one transaction folds at most; makes no difference to the result.
  public init(
    store: any Store<State>, recent: RecentChanges<State>? = nil,
    observer: (any ProjectionObserver)? = nil, pageSize: Int = 2000
  ) {
    self.store = store
    self.recent = recent
    self.observer = observer
    self.pageSize = pageSize
  }

  /// The projections that can't go on, as far as this process has tried.
  public var stoppedProjections: [StoppedProjection] { stopped.all }

  /// How old the oldest event is that some projection has not read although it has settled, in seconds; 0 if there was
  /// none when it was looked last.
  public var lagSeconds: Double {
    let oldest = lag.withLock { $0.values.min() }
    return oldest.map { max(0, Double(store.now.microseconds - $0.microseconds) / 1e6) } ?? 0
  }

  /// Works until the task is canceled. A round that the store fails is told by `failed`, and another one follows.
  public func run(
    every interval: Duration = .seconds(1), failed: @Sendable (StoreFailure) -> Void = { _ in }
  ) async {
    while !Task.isCancelled {
      do throws(StoreFailure) { try await catchUp() } catch { failed(error) }
      do { try await Task.sleep(for: interval) } catch { return }
    }
  }

  /// Folds everything that has settled. Says how many events were read. If there is nothing new, it reads one row for each
  /// tenant and writes nothing.
  @discardableResult
  public func catchUp() async throws(StoreFailure) -> Int {
    let result: Result<Int, StoreFailure> = await withCheckedContinuation { continuation in
      // Transactions block, and no task's thread may be held up by them.
      queue.async { [self] in
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try catchUpNow()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  /// The same on the caller's thread.
  @discardableResult
  public func catchUpNow() throws(StoreFailure) -> Int {
    defer { lastRead.withLock { $0 = nil } }
    var count = 0
    for projection in State.projections { count += try projection.catchUp(in: self) }
    return count
  }

  /// Ends what is under way after its transaction.
  public func shutDown() async {
    isOver.store(true, ordering: .releasing)
    await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
  }

  private var isStopped: Bool { isOver.load(ordering: .acquiring) }
}

/// One projection, one tenant's page after the other's, so that a tenant with many events does not hold up the others.
extension ProjectionRunner {
  func catchUp<Folded: Projection<State>>(_ projection: Folded) throws(StoreFailure) -> Int {
    recent?.beginRound(of: Folded.self)
    var behind = try store.find(TenantsBehind(Folded.self))
    lag.withLock { lag in
      let late = Set(behind)
      lag = lag.filter { $0.key.value != Folded.name || late.contains($0.key.tenant) }
    }
    var count = 0
    while !behind.isEmpty, !isStopped {
      var next: [Tenant.ID] = []
      for tenant in behind where !isStopped && !stopped.isResting(Folded.cursor(of: tenant)) {
        let read = try turn(projection, tenant)
        count += read.count
        if read.hasMore { next.append(tenant) }
      }
      behind = next
    }
    return count
  }

  /// What came of one page.
  struct Turn {
    /// Events read: none at the end, and where it can't go on.
    var count = 0
    /// Whether more events stood behind the page. What has been written since it was read is left for the next round: a
    /// runner that followed every commit at once would put a transaction of its own behind each.
    var hasMore = false
  }

  /// Folds one page of a tenant's events.
  func turn<Folded: Projection<State>>(
    _ projection: Folded, _ tenant: Tenant.ID
  ) throws(StoreFailure) -> Turn {
    let key = Folded.cursor(of: tenant)
    var position: Int64 = 0
    do throws(StoreFailure) {
      let found = try store.cursor(key)
      // A newer program has made these rows, and goes on with them.
      if let found, found.version > Folded.version { return Turn() }
      if let found, found.version < Folded.version { return try startAgain(projection, tenant, from: found) }
      position = found?.position ?? 0
      let page = try page(of: tenant, after: position, for: projection)
      lag.withLock { $0[key] = page.firstAt }
      guard let last = page.last else {
        if let failure = page.failure { throw failure }
        return Turn()
      }
      let isFolded = try fold(page.changes, projection, key, from: found, to: last)
      if isFolded, let freed = stopped.forget(key) { observer?.resumed(freed) }
      // Somebody else has folded it: whatever comes behind is theirs as well, or for the next round.
      return isFolded
        ? Turn(
          count: page.count,
          hasMore: page.count == pageSize || page.bytes >= EventFilter.bytesOfPass || page.failure != nil)
        : Turn()
    } catch {
      guard error.mayBeOneCommandsFault else { throw error }
      let stop = StoppedProjection(key: key, position: position, reason: error.message)
      if stopped.note(stop) { observer?.stopped(stop) }
      return Turn()
    }
  }

  /// What a page of events changes, as far as they can be read.
  private struct Page<Change: Sendable> {
    var changes: [Change] = []
    var count = 0
    var bytes = 0
    var last: Int64?
    var firstAt: Instant?
    var failure: StoreFailure?
  }

  private func page<Folded: Projection<State>>(
    of tenant: Tenant.ID, after position: Int64, for projection: Folded
  ) throws(StoreFailure) -> Page<Folded.Change> {
    var page = Page<Folded.Change>()
    for stored in try events(of: tenant, after: position) {
      page.firstAt = page.firstAt ?? stored.envelope.at
      do throws(StoreFailure) {
        if let change = try projection.change(by: stored, recent: recent) { page.changes.append(change) }
      } catch {
        page.failure = error
        break
      }
      page.count += 1
      page.bytes += stored.payload.count
      page.last = stored.position
    }
    return page
  }

  private func events(of tenant: Tenant.ID, after position: Int64) throws(StoreFailure) -> [StoredEvent] {
    let known = lastRead.withLock { $0 }
    if let known, known.tenant == tenant, known.after == position { return known.events }
    let events = try store.readableEvents(of: tenant, after: position, limit: pageSize)
    lastRead.withLock { $0 = ReadPage(tenant: tenant, after: position, events: events) }
    return events
  }

  /// Writes what a page changes, with the cursor behind it; false if somebody else has done so meanwhile.
  private func fold<Folded: Projection<State>>(
    _ changes: [Folded.Change], _ projection: Folded, _ key: Owned<ProjectionName>,
    from cursor: ProjectionCursor?, to position: Int64
  ) throws(StoreFailure) -> Bool {
    try store.transaction { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
      var state = State()
      var request = State.Request()
      request.cursors.insert(key)
      for change in changes { projection.addNeeds(of: change, to: &request) }
      try transaction.load(request, into: &state)
      if state.cursors[key] != cursor { return false }
      for change in changes { projection.fold(change, into: &state) }
      state.cursors.advance(key, to: ProjectionCursor(version: Folded.version, position: position))
      try transaction.write(state)
      return true
    }
  }

  /// Takes back what an older version of the fold has made of a tenant's events. Counts as one, so that the tenant goes on.
  private func startAgain<Folded: Projection<State>>(
    _ projection: Folded, _ tenant: Tenant.ID, from cursor: ProjectionCursor
  ) throws(StoreFailure) -> Turn {
    let key = Folded.cursor(of: tenant)
    return try store.transaction { (transaction: any StoreTransaction<State>) throws(StoreFailure) in
      var state = State()
      var request = State.Request()
      request.cursors.insert(key)
      try transaction.load(request, into: &state)
      if state.cursors[key] != cursor { return Turn() }
      state.cursors.change(key) { $0.position = 0 }
      try transaction.write(state)
      try transaction.empty(Folded.tables, of: tenant)
      return Turn(count: 1, hasMore: true)
    }
  }
}

/// A tenant's events from a position on, as they were read.
private struct ReadPage {
  let tenant: Tenant.ID
  let after: Int64
  let events: [StoredEvent]
}

extension Store {
  /// How far a projection has read; nil if it has read nothing.
  public func cursor(_ key: Owned<ProjectionName>) throws(StoreFailure) -> ProjectionCursor? {
    try read { (reader: any StoreReader<State>) throws(StoreFailure) in
      var (state, request) = (State(), State.Request())
      request.cursors.insert(key)
      try reader.load(request, into: &state)
      return state.cursors[key]
    }
  }

  /// A page of a tenant's events as far as their rows can be read.
  ///
  /// - Throws: what is wrong with the first of them, if that can't be read.
  fileprivate func readableEvents(
    of tenant: Tenant.ID, after position: Int64, limit: Int
  ) throws(StoreFailure) -> [StoredEvent] {
    do throws(StoreFailure) {
      return try events(
        EventFilter(tenant: tenant, after: position, limit: limit, bytes: EventFilter.bytesOfPass))
    } catch {
      guard error.isOfStoredValue, limit > 1 else { throw error }
      return try readableEvents(of: tenant, after: position, limit: limit / 2)
    }
  }
}
