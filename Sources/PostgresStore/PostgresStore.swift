import Digest
import Ledger
import Promotions
import Scrip

/// The store on a PostgreSQL server: any number of processes may use one database at once.
///
/// A committed transaction is as durable as the server makes its commits.
public final class PostgresStore: Store {
  let configuration: PostgresConfiguration
  /// The schema that holds the tables: that of the address, or a scratch store's.
  let schema: String
  let terms = TermsCache()
  let clock: DatabaseClock
  let readers: ConnectionPool
  /// Where events are folded again; nil for the data of record. Goes with this store.
  let scratch: ScratchSchema?
  /// Off where events are folded again.
  let enforcesLimits: Bool
  let writers: ConnectionPool
  let unreadable = UnreadableRows()
  /// Which forms facts are written in: those of the oldest program that may have started when this one did.
  public let forms: FormStep
  private let keys: AccessKeyCache
  private let listener: NotificationListener?

  /// Opens a database.
  ///
  /// - Parameter migrates: whether missing steps of the schema are taken; otherwise an older schema is refused.
  /// - Throws: `StoreFailure`, of kind `schema` for a schema that this program can't work with.
  public convenience init(_ configuration: PostgresConfiguration, migrates: Bool) throws(StoreFailure) {
    let migrator = PostgresMigrator(
      address: configuration.address, clock: configuration.clock ?? systemClock)
    let forms = migrates ? try migrator.makeUsable() : try migrator.requireUsable()
    try self.init(configuration, scratch: nil, forms: forms)
    if clock.comparesLastCommit { try compareClock() }
  }

  init(
    _ configuration: PostgresConfiguration, scratch: ScratchSchema?, forms: FormStep = .newest
  ) throws(StoreFailure) {
    self.configuration = configuration
    self.forms = forms
    self.scratch = scratch
    schema = scratch?.name ?? configuration.address.schema
    enforcesLimits = scratch == nil
    clock = DatabaseClock(
      given: configuration.clock, tolerance: scratch == nil ? configuration.tolerance : .unlimited)
    readers = ConnectionPool(
      configuration.address, schema: schema, connectionsMax: configuration.connectionsMax,
      observer: configuration.observer)
    writers = ConnectionPool(
      configuration.address, schema: schema, connectionsMax: configuration.writersMax,
      observer: configuration.observer)
    let keys = AccessKeyCache()
    self.keys = keys
    // Where statements have no names there is a pooler, which takes a request to listen and then passes nothing on.
    listener =
      enforcesLimits && configuration.address.preparesStatements
      ? try NotificationListener(
        configuration.address, onReconnect: { keys.removeAll() },
        onNotification: { if Announcement(rawValue: $0) == .accessChanged { keys.removeAll() } }) : nil
  }

  /// Stops listening and closes what nobody uses.
  public func shutDown() { listener?.stop() }

  /// The moment that reads are judged at: what the database's clock says, as far as is known here.
  public var now: Instant { clock.now ?? systemClock() }

  /// Why the database's clock is not believed, so that nothing is written; nil while it is.
  public var clockFailure: StoreFailure? { clock.failure }

  /// Reads wait for the server.
  public var readsAreLocal: Bool { false }

  /// A transaction that is rolled back leaves a gap.
  public var positionsAreContiguous: Bool { false }

  /// The rows that lists had to leave out.
  public var unreadableRows: UnreadableRows? { unreadable }

  /// A deadline for one piece of work, its retries included.
  var deadline: Deadline { .after(milliseconds: configuration.timeoutMilliseconds) }

  /// The role that the service's transactions take.
  var role: String { enforcesLimits ? configuration.address.role ?? "none" : "none" }
}

extension PostgresStore: ObservableStore {
  /// How its connections are doing right now.
  public var condition: StoreCondition {
    StoreCondition(
      readConnections: readers.open, readConnectionsInUse: readers.inUse,
      isListening: listener?.isListening ?? false)
  }
}

/// Transactions.
extension PostgresStore {
  /// Runs a body in a transaction, again if it was overtaken or its connection broke, until the time is up.
  ///
  /// If the answer to a commit is lost, the server is asked whether it was committed: never is anything done twice.
  public func transaction<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try transaction(.writing, body)
  }

  /// The same without waiting for the server's disk.
  public func unhurried<Result>(
    _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try transaction(.writingUnhurried, body)
  }

  private func transaction<Result>(
    _ kind: Session.Kind, _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let deadline = deadline
    var retries = Retries(deadline: deadline, observer: configuration.observer)
    var wanted = LoadRequest()
    while true {
      do throws(StoreFailure) {
        return try attempt(kind, body, deadline, retries, locking: &wanted)
      } catch {
        try retries.next(after: error)
      }
    }
  }

  private func attempt<Result>(
    _ kind: Session.Kind, _ body: (any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Result,
    _ deadline: Deadline,
    _ retries: Retries,
    locking wanted: inout LoadRequest
  ) throws(StoreFailure) -> Result {
    var lost: (result: Result, transaction: LostTransaction)?
    do throws(StoreFailure) {
      return try writers.withConnection(deadline) { (connection) throws(StoreFailure) in
        let transaction = try begin(kind, connection, deadline, retries, locking: wanted)
        defer { wanted = transaction.loader.wanted }
        let result = try body(transaction)
        do throws(StoreFailure) {
          try transaction.commit()
        } catch {
          if !connection.isUsable { lost = transaction.ifLost.map { (result, $0) } }
          throw error
        }
        if transaction.changesAccess { keys.removeAll() }
        return result
      }
    } catch {
      guard let lost else { throw error }
      guard try wasCommitted(lost.transaction, unless: error) else { throw error }
      keys.removeAll()
      return lost.result
    }
  }

  private func begin(
    _ kind: Session.Kind, _ connection: PostgresConnection, _ deadline: Deadline, _ retries: Retries,
    locking wanted: LoadRequest
  ) throws(StoreFailure) -> WriteTransaction {
    var session = Session(connection: connection, deadline: deadline, role: role)
    let results = try connection.roundTrip(deadline) { session.begin(kind, in: &$0) }
    let locks: Loader.Locks = retries.count > retries.enlarged ? .rowsAndTenants : .rows
    var loader = Loader(session: session, terms: terms, locks: locks)
    loader.wanted = wanted
    loader.restarts = retries.enlarged
    return WriteTransaction(
      now: try clock.transactionMoment(databaseSays: try Session.moment(results)), loader: loader,
      enforcesLimits: enforcesLimits)
  }
}

/// Reads.
extension PostgresStore {
  /// Runs a body on one moment of the database, which is not before any transaction that was acknowledged.
  public func read<Result>(
    _ body: (any StoreReader<WorkingSet>) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try reading { (connection, deadline) throws(StoreFailure) in
      let reader = ReadTransaction(
        session: Session(connection: connection, deadline: deadline, role: role), terms: terms, clock: clock)
      let result = try body(reader)
      try reader.end()
      return result
    }
  }

  /// Runs statements that see some tenants, or as whoever logged in if they are about all of them, on one moment of the
  /// database.
  func query<Result>(
    of tenants: [Tenant.ID]?, _ body: (ReadTransaction) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    try reading { (connection, deadline) throws(StoreFailure) in
      let session = Session(
        connection: connection, deadline: deadline, role: tenants == nil ? "none" : role)
      let reader = ReadTransaction(session: session, terms: terms, clock: clock)
      try reader.begin(for: Set(tenants ?? []))
      let result = try body(reader)
      try reader.end()
      return result
    }
  }

  /// Lends a connection; a read whose connection broke is done again.
  private func reading<Result>(
    _ body: (PostgresConnection, Deadline) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    let deadline = deadline
    var retries = Retries(deadline: deadline, observer: configuration.observer)
    while true {
      do throws(StoreFailure) {
        return try readers.withConnection(deadline) { (connection) throws(StoreFailure) in
          try body(connection, deadline)
        }
      } catch {
        try retries.next(after: error)
      }
    }
  }
}

/// Keys, which every request needs.
extension PostgresStore {
  /// A key that was found lately, unless this or another node has changed any since.
  public func recall<Question: Search>(_ question: Question) -> Question.Found? {
    guard let question = question as? KeyOfSecret,
      let key = keys.find(question.secretHash, isListening: listener?.isListening ?? false)
    else { return nil }
    return Optional(key) as? Question.Found
  }

  /// Finds a key by the SHA-256 of its secret; nil if no key has it. Revoked keys are found, too.
  public func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    let state = keys.state
    let key = try findAccessKey(secretHash: secretHash)
    if let key { keys.insert(key, for: secretHash, seenAt: state) }
    return key
  }
}
