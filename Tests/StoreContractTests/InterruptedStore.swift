import Ledger
import Promotions
import Scrip
import Synchronization

/// A store of which somebody else uses the moment before a transaction begins, and which counts transactions.
final class InterruptedStore: Store {
  private let base: any PromotionStore
  private let interruption = Mutex<(@Sendable () throws(StoreFailure) -> Void)?>(nil)
  private let count = Atomic(0)

  init(_ base: any PromotionStore) { self.base = base }

  var transactions: Int { count.load(ordering: .relaxed) }

  /// Says what happens before the next transaction, once.
  func interrupt(_ body: @escaping @Sendable () throws(StoreFailure) -> Void) {
    interruption.withLock { $0 = body }
  }

  func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    count.add(1, ordering: .relaxed)
    let interruption = interruption.withLock { interruption in
      defer { interruption = nil }
      return interruption
    }
    try interruption?()
    return try base.transaction(body)
  }

  func read<Result>(
    _ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try base.read(body)
  }

  var now: Instant { base.now }

  func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    try base.find(question)
  }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] { try base.events(filter) }

  func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachHead(body)
  }
}
