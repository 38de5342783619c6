import Engine
import Scrip

/// One transaction of a writing connection.
///
/// Writes are gathered and leave together with the commit, so that rows stay locked for one round trip less. Each write
/// that depends on a condition raises an error by itself if the condition does not hold, and then nothing is committed.
final class WriteTransaction: StoreTransaction {
  typealias Write = (inout Pipeline) -> Void

  let now: Instant
  /// The transaction's number; nil while nothing was loaded.
  private var number: Int64?
  private var trace: LostTransaction.Trace?
  /// Whether keys were written, of which other nodes keep copies.
  private(set) var changesAccess = false
  /// Off where events are folded again: a limit that was lowered later says nothing about earlier uses.
  let enforcesLimits: Bool
  var loader: Loader
  private var writes: [Write] = []

  init(now: Instant, loader: Loader, enforcesLimits: Bool) {
    self.now = now
    self.loader = loader
    self.enforcesLimits = enforcesLimits
  }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try flush()
    if number != nil {
      _ = try loader.load(request, into: &set)
      return
    }
    let leading = try loader.load(request, into: &set) { _, pipeline in
      pipeline.add("SELECT pg_current_xact_id()::text::bigint")
      return 1
    }
    number = leading.first.flatMap { $0.count == 1 ? $0[0].int64(0) : nil }
  }

  func write(_ set: WorkingSet) throws(StoreFailure) {
    loader.readsCommitted = false
    trace = set.trace
    add { [loader] pipeline in
      var session = loader.session
      _ = session.see(set.changes.mentionedTenants, in: &pipeline)
    }
    writeTenants(set)
    writeCoupons(set)
    writeCodes(set)
    writeCounters(set)
    writeApplications(set)
    writeAccessKeys(set)
    writeEvents(set)
    writeAnswers(set)
  }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    try flush()
    let results = try loader.session.connection.roundTrip(loader.session.deadline) { pipeline in
      pipeline.add("SELECT scrip.forget_answers($1, $2::integer)") {
        $0.bind(moment)
        $0.bind(max)
      }
    }
    return Int(results[0][0].int64(0))
  }

  /// Sends what was gathered, and commits.
  func commit() throws(StoreFailure) {
    let writes = writes
    self.writes = []
    _ = try loader.session.connection.roundTrip(loader.session.deadline) { pipeline in
      for write in writes { write(&pipeline) }
      pipeline.add("COMMIT")
    }
  }

  /// How to find out what became of it if the answer to the commit is lost; nil if that can't be told.
  var ifLost: LostTransaction? {
    guard let number, let trace else { return nil }
    return LostTransaction(number: number, trace: trace)
  }

  /// Gathers one statement.
  func add(_ write: @escaping Write) { writes.append(write) }

  /// Notes that keys are written.
  func noteAccess() { changesAccess = true }

  /// Sends what was gathered.
  func flush() throws(StoreFailure) {
    if writes.isEmpty { return }
    let writes = writes
    self.writes = []
    _ = try loader.session.connection.roundTrip(loader.session.deadline) { pipeline in
      for write in writes { write(&pipeline) }
    }
  }
}

extension Changes {
  /// Every tenant of which something changed.
  fileprivate var mentionedTenants: Set<Tenant.ID> {
    var mentioned = tenants
    for event in events { mentioned.insert(event.event.tenant) }
    for key in coupons { mentioned.insert(key.tenant) }
    for key in newVersions.keys { mentioned.insert(key.tenant) }
    for key in newCodes { mentioned.insert(key.tenant) }
    for key in codes { mentioned.insert(key.tenant) }
    for key in counters.keys { mentioned.insert(key.tenant) }
    for key in newApplications { mentioned.insert(key.tenant) }
    for key in applications { mentioned.insert(key.tenant) }
    for key in newAccessKeys { mentioned.insert(key.tenant) }
    for key in accessKeys { mentioned.insert(key.tenant) }
    for key in answers.keys { mentioned.insert(key.tenant) }
    return mentioned
  }
}

extension WorkingSet {
  /// The record of a key that is among the changes.
  func changed<Record>(_ record: Record?) -> Record {
    guard let record else { preconditionFailure("what changed is in the working set") }
    return record
  }
}
