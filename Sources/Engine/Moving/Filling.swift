import Glibc
import Scrip

/// What happens inside the transaction that fills a store.
struct Filling {
  let source: any CopySource
  let transaction: any CopyTransaction
  /// The source as it was before the first page was read.
  let state: SourceState
  let way: Way

  /// What makes no difference to the result.
  struct Way {
    let pageSize: Int
    let patience: Duration
  }

  func run(_ progress: (StoreCopy.Progress) -> Void) throws(StoreCopyFailure) {
    if try writing({ () throws(StoreFailure) in try transaction.counts() }).values.contains(where: { $0 > 0 })
    {
      throw .targetNotEmpty
    }
    try takeIdentityCheck()
    try foldEvents(progress)
    try takeAnswers(progress)
    try takePersons(progress)
    // In this order: a source that changed also has other counts.
    if try SourceState(of: source) != state { throw .sourceChanged }
    try compareCounts()
  }

  /// A store that is about to be filled may have met a service already; its key must be the source's.
  private func takeIdentityCheck() throws(StoreCopyFailure) {
    guard let check = try reading({ () throws(StoreFailure) in try source.identityCheck() }) else { return }
    let kept = try writing { () throws(StoreFailure) in try transaction.keepIdentityCheck(check) }
    if kept != check { throw .otherIdentityKey }
  }

  private func foldEvents(_ progress: (StoreCopy.Progress) -> Void) throws(StoreCopyFailure) {
    let total = state.counts[.event] ?? 0
    var position: Int64 = 0
    var done: Int64 = 0
    while let page = try nextPage(after: position, missing: total - done), let last = page.last {
      position = last.position
      let events = try reading { () throws(StoreFailure) in try page.map(ChainedEvent.init) }
      try writing { () throws(StoreFailure) in
        try transaction.write(try folded(events), events: page)
      }
      done += Int64(page.count)
      progress(.events(done, of: total))
    }
  }

  /// Nil at the end of the log. A server shows the end of its log when no transaction is open any more that may still
  /// write something before it; where events are missing, that is waited for.
  private func nextPage(after position: Int64, missing: Int64) throws(StoreCopyFailure) -> [StoredEvent]? {
    let start = ContinuousClock.now
    while true {
      let page = try reading { () throws(StoreFailure) in
        try source.events(EventFilter(after: position, limit: way.pageSize))
      }
      if !page.isEmpty { return page }
      if missing <= 0 || source.readsAreLocal { return nil }
      if start.duration(to: .now) > way.patience { throw .logWithheld(events: missing) }
      usleep(Filling.pauseMicroseconds)
    }
  }

  private static let pauseMicroseconds: UInt32 = 100_000

  private func folded(_ events: [ChainedEvent]) throws(StoreFailure) -> WorkingSet {
    var set = WorkingSet()
    var request = LoadRequest()
    for event in events { request.add(event.event) }
    try transaction.load(request, into: &set)
    for event in events { set.apply(event) }
    // They are written as they are stored in the source, not as this program would write them.
    set.log.events = []
    return set
  }

  private func takeAnswers(_ progress: (StoreCopy.Progress) -> Void) throws(StoreCopyFailure) {
    var done: Int64 = 0
    try takingOver { (write) throws(StoreFailure) in
      try source.forEachAnswers(page: way.pageSize) { (page) throws(StoreFailure) in
        var set = WorkingSet()
        for answer in page { set.answers.insert(answer.stored, for: answer.key) }
        try write(set)
        done += Int64(page.count)
        progress(.answers(done, of: state.counts[.answer] ?? 0))
      }
    }
  }

  private func takePersons(_ progress: (StoreCopy.Progress) -> Void) throws(StoreCopyFailure) {
    var done: Int64 = 0
    try takingOver { (write) throws(StoreFailure) in
      try source.forEachPersons(page: way.pageSize) { (page) throws(StoreFailure) in
        var set = WorkingSet()
        for person in page { set.persons.insert(person.row, for: person.key) }
        try write(set)
        done += Int64(page.count)
        progress(.persons(done, of: state.counts[.person] ?? 0))
      }
    }
  }

  /// Reads what the log does not lead to, and writes it; says which of the two failed.
  private func takingOver(
    _ body: ((WorkingSet) throws(StoreFailure) -> Void) throws(StoreFailure) -> Void
  ) throws(StoreCopyFailure) {
    var refusal: StoreCopyFailure?
    do throws(StoreFailure) {
      try body { (set) throws(StoreFailure) in
        do throws(StoreFailure) {
          try transaction.write(set, events: [])
        } catch {
          refusal = .target(error)
          throw error
        }
      }
    } catch {
      throw refusal ?? .source(error)
    }
  }

  private func compareCounts() throws(StoreCopyFailure) {
    let written = try writing { () throws(StoreFailure) in try transaction.counts() }
    let differences = StoredTable.all.compactMap { table -> RowCountDifference? in
      let (source, target) = (state.counts[table] ?? 0, written[table] ?? 0)
      return source == target ? nil : RowCountDifference(table: table, source: source, target: target)
    }
    if !differences.isEmpty { throw .rowsDiffer(differences) }
  }

  private func reading<Value>(
    _ body: () throws(StoreFailure) -> Value
  ) throws(StoreCopyFailure) -> Value {
    do throws(StoreFailure) { return try body() } catch { throw .source(error) }
  }

  private func writing<Value>(
    _ body: () throws(StoreFailure) -> Value
  ) throws(StoreCopyFailure) -> Value {
    do throws(StoreFailure) { return try body() } catch { throw .target(error) }
  }
}
