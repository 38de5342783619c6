import Digest
import Ledger
import Promotions
import Scrip
import Synchronization

/// A store whose calls fail while somebody says so.
final class FailingStore: Store {
  let store: any PromotionStore
  private let failure = Mutex<StoreFailure?>(nil)
  private let pagesLeft = Mutex<Int?>(nil)
  private let reportedHealth = Mutex<StoreHealth?>(nil)
  private let writeFailures = Mutex<(transactions: StoreFailure?, probes: StoreFailure?)>((nil, nil))

  init(_ store: any PromotionStore) { self.store = store }

  func fail(with failure: StoreFailure?) { self.failure.withLock { $0 = failure } }

  /// Has lists of codes fail after so many pages.
  func failCodes(afterPages count: Int) { pagesLeft.withLock { $0 = count } }

  /// What transactions and probes fail with, while everything can be read.
  func failWrites(transactions: StoreFailure?, probes: StoreFailure?) {
    writeFailures.withLock { $0 = (transactions, probes) }
  }

  /// The probes that were asked for.
  let probes = Mutex<[ProbeSize]>([])

  func probe(_ size: ProbeSize) throws(StoreFailure) {
    probes.withLock { $0.append(size) }
    if let failure = writeFailures.withLock({ $0.probes }) { throw failure }
    try working().probe(size)
  }

  private func working() throws(StoreFailure) -> any PromotionStore {
    if let failure = failure.withLock({ $0 }) { throw failure }
    return store
  }

  var now: Instant { store.now }

  var clockFailure: StoreFailure? { store.clockFailure }

  var readsAreLocal: Bool { store.readsAreLocal }

  var positionsAreContiguous: Bool { store.positionsAreContiguous }

  var health: StoreHealth { reportedHealth.withLock { $0 } ?? store.health }

  /// What the store tells of its troubles.
  func report(_ health: StoreHealth?) { reportedHealth.withLock { $0 = health } }

  func recall<Question: Search>(_ question: Question) -> Question.Found? { store.recall(question) }

  func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    if let failure = writeFailures.withLock({ $0.transactions }) { throw failure }
    return try working().transaction(body)
  }

  func read<Result>(
    _ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result { try working().read(body) }

  /// Keys are still found, so that a request gets far enough to meet the failure.
  func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    if question is KeyOfSecret { return try store.find(question) }
    if question is CodesOfCoupon, arePagesOver() {
      throw StoreFailure(kind: .unavailable, message: "the disk went away")
    }
    return try working().find(question)
  }

  private func arePagesOver() -> Bool {
    pagesLeft.withLock { left in
      guard let count = left else { return false }
      left = max(0, count - 1)
      return count == 0
    }
  }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] { try working().events(filter) }

  func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) { try working().forEachHead(body) }
}
