import Ledger
import Promotions
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
      _ = session.see(set.mentionedTenants, in: &pipeline)
    }
    writeTables(of: set)
    if !set.accessKeys.isUnchanged { announceAccess() }
    writeEvents(set)
  }

  private func writeTables(of set: WorkingSet) {
    var writing = TableWriting(transaction: self)
    set.visitTables(&writing)
  }

  private func announceAccess() {
    changesAccess = true
    add { pipeline in
      pipeline.add("SELECT pg_notify('scrip.nodes', $1)") { $0.bind(Announcement.accessChanged.rawValue) }
    }
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

  /// Deletes all rows of a tenant's in a projection's tables.
  func empty(_ tables: [TableShape], of tenant: Tenant.ID) throws(StoreFailure) {
    for shape in tables {
      add { pipeline in pipeline.add(PostgresTable.of(shape).emptying) { $0.bind(tenant) } }
    }
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

/// Gathers what has changed of each table.
private struct TableWriting: RowVisitor {
  let transaction: WriteTransaction

  func visit<Row: StoredRow>(_ rows: Rows<Row>) { transaction.write(rows) }

  func visit<Group: RowGroup>(groups: Rows<Group>) { transaction.write(groups: groups) }
}

private struct TenantsOfChanges: RowVisitor {
  var all: Set<Tenant.ID> = []

  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) { note(rows) }

  mutating func visit<Group: RowGroup>(groups: Rows<Group>) { note(groups) }

  private mutating func note<Row: StoredRecord>(_ rows: Rows<Row>) {
    for key in rows.changes.keys { all.insert(key.tenant) }
  }
}

extension WorkingSet {
  /// Every tenant of which something changed.
  fileprivate var mentionedTenants: Set<Tenant.ID> {
    var tenants = TenantsOfChanges()
    visitTables(&tenants)
    return log.events.reduce(into: tenants.all) { $0.insert($1.event.tenant) }
  }
}
