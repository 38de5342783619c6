import Ledger
import Promotions
import Scrip

/// One transaction of a connection: how it begins, which tenants it may see, how it ends.
///
/// Everything is set for this transaction alone, so that nothing is left to the next one of the connection, which behind
/// a pooler may be somebody else's.
struct Session {
  enum Kind {
    /// Sees each statement's own moment; rows are locked.
    case writing
    /// The same, and its commit does not wait for the disk.
    case writingUnhurried
    /// Sees one moment; finds everything by its key.
    case loading
    /// Sees one moment.
    case querying
  }

  let connection: PostgresConnection
  let deadline: Deadline
  let role: String
  private(set) var tenants: Set<Tenant.ID> = []

  init(connection: PostgresConnection, deadline: Deadline, role: String) {
    self.connection = connection
    self.deadline = deadline
    self.role = role
  }

  /// Adds the statements that begin a transaction.
  mutating func begin(_ kind: Kind, for tenants: Set<Tenant.ID> = [], in pipeline: inout Pipeline) {
    switch kind {
    case .writing, .writingUnhurried: pipeline.add("BEGIN")
    case .loading, .querying: pipeline.add("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }
    self.tenants = tenants
    let findsByKeys = kind != .querying
    let sql =
      switch kind {
      case .writing, .loading: Session.settingsForKeys
      case .writingUnhurried: Session.settingsWithoutDisk
      case .querying: Session.settings
      }
    let milliseconds = max(1, deadline.remainingMilliseconds)
    let list = Session.list(tenants)
    pipeline.add(sql) {
      $0.bind(String(milliseconds))
      $0.bind(String(2 * milliseconds))
      $0.bind(list)
      $0.bind(role)
      if findsByKeys { $0.bind(connection.keyPlans) }
    }
  }

  private static let settings: StatementText = """
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
      set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true),
      set_config('idle_in_transaction_session_timeout', $2, true), set_config('scrip.tenants', $3, true),
      set_config('role', $4, true)
    """

  /// Also says that everything is found by its key. The planner can't know how many keys an array holds, nor how large
  /// a table will be by the time that a plan is used again; left alone it may read a whole table that was small once.
  private static let settingsForKeys = StatementText(made: forKeys)

  private static let settingsWithoutDisk = StatementText(
    made: forKeys + ", set_config('synchronous_commit', 'off', true)")

  private static let forKeys = """
    SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
      set_config('statement_timeout', $1, true), set_config('lock_timeout', $1, true),
      set_config('idle_in_transaction_session_timeout', $2, true), set_config('scrip.tenants', $3, true),
      set_config('role', $4, true), set_config('plan_cache_mode', $5, true),
      set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
      set_config('enable_mergejoin', 'off', true), set_config('random_page_cost', '0.01', true),
      set_config('jit', 'off', true)
    """

  /// How many results `begin` leads to, the last of which has the time in its last column.
  static let beginResults = 2

  /// The time that the second statement of `begin` answered with.
  static func moment(_ results: [ResultRows]) throws(StoreFailure) -> Instant {
    guard results.count >= beginResults, results[1].count == 1 else { throw .corrupt("the answer to BEGIN") }
    return try results[1][0].instant(0)
  }

  /// Adds the statement that lets the transaction see more tenants, if it must; says how many results that leads to.
  mutating func see(_ more: Set<Tenant.ID>, in pipeline: inout Pipeline) -> Int {
    if more.isSubset(of: tenants) { return 0 }
    tenants.formUnion(more)
    pipeline.add("SELECT set_config('scrip.tenants', $1, true)") { $0.bind(Session.list(tenants)) }
    return 1
  }

  private static func list(_ tenants: Set<Tenant.ID>) -> String {
    tenants.map { String($0.number) }.joined(separator: ",")
  }
}
