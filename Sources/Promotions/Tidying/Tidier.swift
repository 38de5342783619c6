import Dispatch
import Ledger
import Scrip
import Synchronization

/// Gives back the locks whose time is over and those that were revoked: in transactions of its own, a tenant's locks by
/// themselves, so that nobody else waits for a row that can't be read. Its worker forgets old answers.
///
/// A lock that can't be given back is set aside, remembered, reported and tried again later. Whether a lock still holds
/// is decided within the transaction that gives it back, so that several nodes may tidy one database.
public final class Tidier: Sendable {
  /// How many locks one transaction gives back.
  static let locksMax = LoadRequest.lateMax

  /// Tidying one tenant's locks.
  static let tidying: DueWork.Kind = "tidy_locks"
  /// How long one node has a tenant's locks to itself, in seconds. Nothing rests on it: others would only do the same.
  private static let leaseSeconds: Int64 = 10

  /// Does the recurring work of the house.
  public let worker: DueWorker<WorkingSet>
  private let store: any PromotionStore
  private let holder = DueHolder.random()
  /// What this process has claimed and not settled.
  private let claimed = Mutex<[DueClaim]>([])
  private let identifiers: IdentifierSource
  private let observer: any TidyingObserver
  private let stuck = StuckLocks()
  private let queue = DispatchQueue(label: "tidier", attributes: .concurrent)
  private let isOver = Atomic(false)

  /// Makes a tidier.
  public init(store: any PromotionStore, identifiers: IdentifierSource, observer: any TidyingObserver) {
    self.store = store
    self.identifiers = identifiers
    self.observer = observer
    worker = DueWorker(store: store, handlers: [Tidier.forgetting], observer: observer)
  }

  /// How many locks can't be given back, as far as this process has tried.
  public var stuckCount: Int { stuck.count }

  /// The locks of a tenant that can't be given back, as far as this process has tried.
  public func stuckLocks(of tenant: Tenant.ID) -> [StuckLock] { stuck.all(of: tenant) }

  /// Gives back every lock whose time is over, and what is left of those that were revoked. Says how many.
  @discardableResult
  public func sweep() async throws(StoreFailure) -> Int {
    try await onQueue { (tidier) throws(StoreFailure) in try tidier.sweepAll() }
  }

  /// Gives back the locks of a tenant's coupons that were disabled together with them. Says how many.
  @discardableResult
  public func giveBackRevoked(of tenant: Tenant.ID) async throws(StoreFailure) -> Int {
    try await onQueue { (tidier) throws(StoreFailure) in
      var search = Progress(tenant: tenant, kind: .revoked)
      var count = 0
      while !search.isOver { count += try tidier.turn(&search) }
      return count
    }
  }

  /// Ends what is under way after its transaction.
  public func shutDown() async {
    isOver.store(true, ordering: .releasing)
    await worker.shutDown()
    await withCheckedContinuation { continuation in
      queue.async(flags: .barrier) { continuation.resume() }
    }
  }

  private var isStopped: Bool { isOver.load(ordering: .acquiring) }

  /// Transactions block, and no task's thread may be held up by them.
  private func onQueue(
    _ work: @escaping @Sendable (Tidier) throws(StoreFailure) -> Int
  ) async throws(StoreFailure) -> Int {
    let result: Result<Int, StoreFailure> = await withCheckedContinuation { continuation in
      queue.async { [self] in
        do throws(StoreFailure) {
          continuation.resume(returning: .success(try work(self)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}

/// Looking for locks, one tenant's after the other's.
extension Tidier {
  /// How far the locks of a tenant were looked through.
  private struct Progress {
    let tenant: Tenant.ID
    let kind: LockFilter.Kind
    var after: FoundLock?
    var isOver = false
    /// What was found and is to be given back next; nil if it has to be looked for.
    var page: [FoundLock]?
    var isLastPage = false
    /// Whether another node is at it.
    var isElsewhere = false
    var seen: Set<DiscountApplication.ID> = []
  }

  /// Each tenant has one transaction in turn, so that one with many locks does not hold up the others.
  private func sweepAll() throws(StoreFailure) -> Int {
    var expired = try store.tenantsToTidy(at: store.now).map {
      Progress(tenant: $0.id, kind: .expired(at: $0.moment))
    }
    var revoked = expired.map { Progress(tenant: $0.tenant, kind: .revoked) }
    for index in expired.indices {
      try look(&expired[index])
      try look(&revoked[index])
    }
    try claim(&expired, &revoked)
    var count = 0
    while !isStopped, expired.contains(where: { !$0.isOver }) || revoked.contains(where: { !$0.isOver }) {
      for index in expired.indices where !expired[index].isOver { count += try turn(&expired[index]) }
      for index in revoked.indices where !revoked[index].isOver { count += try turn(&revoked[index]) }
    }
    if !isStopped { forgetFreed(expired + revoked) }
    try settle()
    return count
  }

  /// Claims the tenants that have something to give back, in one transaction. Those that another node has claimed are left to
  /// it. While there is nothing to give back, nothing is written.
  private func claim(_ expired: inout [Progress], _ revoked: inout [Progress]) throws(StoreFailure) {
    let busy = Set((expired + revoked).filter { $0.page?.isEmpty == false }.map(\.tenant))
    if busy.isEmpty { return }
    let keys = busy.map { Owned($0, DueKey(Tidier.tidying)) }
    let unsettled = claimed.withLock { $0 }
    let claims = try store.transaction { [holder] (transaction) throws(StoreFailure) in
      for claim in unsettled { _ = try transaction.due.settle(claim, .done) }
      try transaction.due.scheduleForHouse(keys, at: transaction.now)
      return try transaction.due.claim(
        DueClaiming(
          kinds: [Tidier.tidying], limit: .max, holder: holder, leaseSeconds: Tidier.leaseSeconds))
    }
    claimed.withLock { $0 = claims }
    let own = Set(claims.map(\.key.tenant))
    leave(busy.subtracting(own), &expired)
    leave(busy.subtracting(own), &revoked)
  }

  private func leave(_ tenants: Set<Tenant.ID>, _ searches: inout [Progress]) {
    for index in searches.indices where tenants.contains(searches[index].tenant) {
      searches[index].isOver = true
      searches[index].isElsewhere = true
    }
  }

  /// Settles what was claimed. If that fails, the next sweep does it, or the lease ends.
  private func settle() throws(StoreFailure) {
    let claims = claimed.withLock { $0 }
    if claims.isEmpty { return }
    try store.transaction { (transaction) throws(StoreFailure) in
      for claim in claims { _ = try transaction.due.settle(claim, .done) }
    }
    claimed.withLock { $0 = [] }
  }

  /// Gives back one page of a search.
  private func turn(_ search: inout Progress) throws(StoreFailure) -> Int {
    try look(&search)
    guard let page = search.page else { return 0 }
    search.page = nil
    search.isOver = search.isLastPage
    return try giveBack(page)
  }

  /// Finds the next page of a search. One that fails for what may be the tenant's own rows ends, and is reported.
  private func look(_ search: inout Progress) throws(StoreFailure) {
    if search.isOver || search.page != nil { return }
    let now = store.now
    if isStopped || stuck.isResting(search.tenant, nil, at: now) || stuck.isFull(for: search.tenant) {
      search.isOver = true
      return
    }
    let page: [FoundLock]
    do throws(StoreFailure) {
      page = try store.locks(
        LockFilter(tenant: search.tenant, kind: search.kind, after: search.after, limit: Tidier.locksMax))
    } catch {
      guard error.mayBeOneCommandsFault else { throw error }
      note(nil, of: search.tenant, error)
      search.isOver = true
      return
    }
    search.after = page.last
    search.isLastPage = page.count < Tidier.locksMax
    search.seen.formUnion(page.map(\.key.value))
    search.page = page.filter { !stuck.isResting(search.tenant, $0.key.value, at: now) }
  }

  /// What is stuck no longer: a sweep that went through everything of its tenant did not find it any more.
  private func forgetFreed(_ searches: [Progress]) {
    for tenant in stuck.stuckTenants {
      let own = searches.filter { $0.tenant == tenant }
      if stuck.isFull(for: tenant) || own.contains(where: { !$0.isOver || $0.isElsewhere }) { continue }
      let seen = own.reduce(into: Set<DiscountApplication.ID>()) { $0.formUnion($1.seen) }
      let now = store.now
      let freed = stuck.forget(of: tenant) { stuck in
        stuck.lock.map { !seen.contains($0.key.value) } ?? (now >= stuck.nextTry)
      }
      for lock in freed { observer.freed(lock) }
    }
  }
}

/// Giving back.
extension Tidier {
  /// Gives locks back, each by itself if they can't be given back together. Says how many were.
  ///
  /// - Throws: `StoreFailure` if the store can't be written at all. A failure that may be a lock's own is remembered.
  @discardableResult
  func giveBack(_ locks: [FoundLock]) throws(StoreFailure) -> Int {
    if locks.isEmpty { return 0 }
    do throws(StoreFailure) {
      return try giveBackTogether(locks)
    } catch {
      guard error.mayBeOneCommandsFault else { throw error }
      if locks.count == 1 {
        note(locks[0], of: locks[0].key.tenant, error)
        return 0
      }
    }
    let middle = locks.count / 2
    return try giveBack(Array(locks[..<middle])) + giveBack(Array(locks[middle...]))
  }

  private func giveBackTogether(_ locks: [FoundLock]) throws(StoreFailure) -> Int {
    try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      set.log.forms = store.forms
      var request = LoadRequest()
      request.locks = Set(locks.map(\.key))
      request.tenants = Set(locks.map(\.key.tenant))
      try transaction.load(request, into: &set)
      let count = set.giveBackVoid(at: transaction.now, identifiers)
      if let missing = set.log.missing { throw .corrupt(missing) }
      if !set.isUnchanged { try transaction.write(set) }
      return count
    }
  }

  private func note(_ lock: FoundLock?, of tenant: Tenant.ID, _ failure: StoreFailure) {
    if let news = stuck.note(lock, of: tenant, failure, at: store.now) { observer.stuck(news) }
  }
}

/// What a tidier reports about its work, and its worker about work that is due.
public protocol TidyingObserver: DueObserver {
  /// A lock can't be given back. Told once, until that changes.
  func stuck(_ lock: StuckLock)
  /// A lock that could not be given back is gone.
  func freed(_ lock: StuckLock)
}

extension TidyingObserver {
  /// Not reported.
  public func stuck(_ lock: StuckLock) {}

  /// Not reported.
  public func freed(_ lock: StuckLock) {}

  /// Not reported.
  public func failed(_ claim: DueClaim, reason: String, isParked: Bool) {}
}
