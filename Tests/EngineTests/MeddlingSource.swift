import Digest
import Ledger
import Promotions
import Scrip

/// A source whose log is read through somebody who changes it, or breaks, or changes the store behind it.
struct MeddlingSource: CopySource {
  let base: any CopySource<WorkingSet>
  /// What becomes of the log.
  var change: @Sendable ([StoredEvent]) -> [StoredEvent] = { $0 }
  /// What happens before a page is handed out.
  var beforePage: @Sendable ([StoredEvent]) throws(StoreFailure) -> Void = { _ in }

  func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    let log = change(try base.wholeLog())
    let page = Array(log.filter { $0.position > filter.after }.prefix(filter.limit))
    try beforePage(page)
    return page
  }

  func identityCheck() throws(StoreFailure) -> Hash256? { try base.identityCheck() }

  func keepIdentityCheck(_ check: Hash256) throws(StoreFailure) -> Hash256 {
    try base.keepIdentityCheck(check)
  }

  func counts() throws(StoreFailure) -> [StoredTable: Int64] { try base.counts() }

  func forEachPage<Row: StoredRow>(
    of row: Row.Type, size: Int, _ body: (Rows<Row>) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachPage(of: row, size: size, body)
  }

  func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try base.transaction(body)
  }

  func read<Result>(_ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result) throws(StoreFailure)
    -> Result
  {
    try base.read(body)
  }

  var now: Instant { base.now }

  func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    try base.find(question)
  }

  func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    try base.forEachHead(body)
  }
}
