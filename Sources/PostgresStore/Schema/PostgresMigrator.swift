import Ledger
import Promotions
import Scrip

/// Brings the schema of a PostgreSQL database up to date, or back: what `migrate up|down|status` calls.
///
/// It works as the role that the address logs in as, which owns the tables then. Always migrate as the same role.
public struct PostgresMigrator: Sendable {
  /// One step of the schema and whether it was taken.
  public struct Step: Hashable, Sendable {
    /// Its number, from 1 on.
    public let number: Int64
    /// A few words on what it brings.
    public let name: String  // String: a migration of ours
    /// When it was taken; nil while it was not.
    public let appliedAt: Instant?
  }

  let address: PostgresAddress
  /// The schema that the address names.
  var schema: String { address.schema }
  /// What the program knows of the schema.
  let known: PostgresSchema
  private let clock: @Sendable () -> Instant
  /// How long a lock is waited for.
  var patience = MigrationPatience()

  /// Makes a migrator; it connects when it is asked something.
  ///
  /// - Parameter clock: says when a step was taken.
  public init(address: PostgresAddress, clock: @escaping @Sendable () -> Instant) {
    self.init(address: address, known: address.isOnCitus ? .currentOnCitus : .current, clock: clock)
  }

  init(address: PostgresAddress, known: PostgresSchema, clock: @escaping @Sendable () -> Instant) {
    self.address = address
    self.known = known
    self.clock = clock
  }

  /// Every step that this program knows, and steps of a newer program that were taken.
  public func status() throws(StoreFailure) -> [Step] {
    let taken = try takenSteps(connect())
    let steps = known.steps.map { migration in
      let step = taken.first { $0.number == migration.step }
      return Step(number: migration.step, name: migration.name, appliedAt: step?.appliedAt)
    }
    return steps + taken.filter { $0.number > known.newest }.map(\.step)
  }

  /// Takes every step that is missing, up to a number; says which. Steps that can be are taken in one transaction. A
  /// schema that is newer than this program misses nothing.
  ///
  /// - Throws: `StoreFailure` of kind `schema` if the server is too old or the role lacks a right; of kind `unavailable`
  ///   if others hold locks for too long.
  @discardableResult
  public func up(to last: Int64 = Int64.max) throws(StoreFailure) -> [Step] {
    var steps: [Step] = []
    while try isBehind(last) {
      let taken = try migrating { (lock) throws(StoreFailure) -> [Step] in
        try requireServer(lock.connection)
        let current = try takenSteps(lock.connection).last?.number ?? 0
        let next = group(known.steps.filter { $0.step > current && $0.step <= last })
        try prepareSchema(lock.connection)
        if next.contains(where: { $0.step == PostgresMigration.first.step }) {
          try requireRoles(lock.connection)
        }
        return try next.map { (migration) throws(StoreFailure) in try take(migration, lock) }
      }
      steps += taken
    }
    return steps
  }

  /// Takes back every step above a number, newest first; says which. Data that only those steps could hold is lost:
  /// going back to 0 empties the database. The roles stay, because other databases of the server may use them.
  ///
  /// - Throws: `StoreFailure` of kind `schema` if the schema is newer than this program.
  @discardableResult
  public func down(to number: Int64) throws(StoreFailure) -> [Step] {
    var steps: [Step] = []
    while true {
      let taken = try migrating { (lock) throws(StoreFailure) -> [Step] in
        let current = try version(lock.connection)
        let next = group(known.steps.reversed().filter { $0.step > number && $0.step <= current })
        return try next.map { (migration) throws(StoreFailure) in try takeBack(migration, lock) }
      }
      if taken.isEmpty { return steps }
      steps += taken
    }
  }

  /// What a service does at its start: takes the missing steps. While somebody else is taking them, or is in the way,
  /// the schema will do if this program can work with it as it is.
  ///
  /// - Returns: the forms that facts are written in.
  @discardableResult
  func makeUsable() throws(StoreFailure) -> FormStep {
    do throws(StoreFailure) { try up() } catch {
      guard error.isRetriable else { throw error }
      do throws(StoreFailure) { return try requireUsable() } catch let unusable {
        throw unusable.kind == .schema ? error : unusable
      }
    }
    return try requireUsable()
  }

  /// Fails unless this program can work with the schema: it has what the program needs, and nothing that takes a
  /// newer one.
  ///
  /// - Returns: the forms that facts are written in: those that every program can read that may start as well.
  @discardableResult
  func requireUsable() throws(StoreFailure) -> FormStep {
    let taken = try takenSteps(connect())
    let current = taken.last?.number ?? 0
    guard current >= known.oldestUsable else {
      throw .schema(
        "the schema is at step \(current), this program needs step \(known.oldestUsable): migrate up"
      )
    }
    let needed = taken.map(\.oldestProgram).max() ?? 0
    guard needed <= known.newest else {
      throw .schema(
        """
        the schema is at step \(current) and needs a program that knows step \(needed), this one knows step \
        \(known.newest): a newer program is needed
        """)
    }
    return FormStep(needed)
  }
}

extension PostgresMigrator {
  /// Whether steps are missing. Asked without the lock, so that nobody waits who has nothing to do.
  private func isBehind(_ last: Int64) throws(StoreFailure) -> Bool {
    let current = try takenSteps(connect()).last?.number ?? 0
    return current < min(last, known.newest)
  }

  /// The steps that are taken together: as many as fit into one transaction, or one that can't run in any.
  private func group(_ missing: [PostgresMigration]) -> [PostgresMigration] {
    let together = missing.prefix(while: \.isTransactional)
    return Array(together.isEmpty ? missing.prefix(1) : together)
  }

  private func take(_ migration: PostgresMigration, _ lock: MigrationLock) throws(StoreFailure) -> Step {
    try run(migration.up, of: migration, lock)
    let step = Step(number: migration.step, name: migration.name, appliedAt: clock())
    try lock.ask { pipeline in
      pipeline.add(
        "INSERT INTO scrip.schema_version (step, name, applied_at, oldest_program) VALUES ($1, $2, $3, $4)"
      ) {
        $0.bind(step.number)
        $0.bind(step.name)
        $0.bind(step.appliedAt)
        $0.bind(migration.oldestProgram)
      }
    }
    return step
  }

  private func takeBack(
    _ migration: PostgresMigration, _ lock: MigrationLock
  ) throws(StoreFailure) -> Step {
    try run(migration.down, of: migration, lock)
    try lock.ask { pipeline in
      pipeline.add("DELETE FROM scrip.schema_version WHERE step = $1") { $0.bind(migration.step) }
    }
    return Step(number: migration.step, name: migration.name, appliedAt: nil)
  }

  private func run(
    _ statements: [StaticString], of migration: PostgresMigration, _ lock: MigrationLock
  ) throws(StoreFailure) {
    var connection = lock.connection
    if !migration.isTransactional {
      try lock.letGoOfSnapshot()
      connection = try connect()
    }
    for statement in statements {
      try connection.execute(script: statement.description, MigrationLock.deadline)
    }
  }

  private func version(_ connection: PostgresConnection) throws(StoreFailure) -> Int64 {
    let current = try takenSteps(connection).last?.number ?? 0
    guard current <= known.newest else {
      throw .schema(
        "the schema is at step \(current), newer than this program's step \(known.newest)")
    }
    return current
  }

  private struct TakenStep {
    let step: Step
    let oldestProgram: Int64
    var number: Int64 { step.number }
    var appliedAt: Instant? { step.appliedAt }
  }

  private func takenSteps(_ connection: PostgresConnection) throws(StoreFailure) -> [TakenStep] {
    let deadline = MigrationLock.deadline
    do throws(StoreFailure) {
      let exists = try connection.roundTrip(deadline) {
        $0.add("SELECT to_regclass('scrip.schema_version') IS NOT NULL")
      }
      guard exists[0][0].bool(0) else { return [] }
      let rows = try connection.roundTrip(deadline) {
        $0.add("SELECT step, name, applied_at, oldest_program FROM scrip.schema_version ORDER BY step")
      }
      return try rows[0].map { (row) throws(StoreFailure) in
        TakenStep(
          step: Step(number: row.int64(0), name: row.text(1), appliedAt: try row.instant(2)),
          oldestProgram: row.int64(3))
      }
    } catch {
      throw error.explained()
    }
  }

  func connect() throws(StoreFailure) -> PostgresConnection {
    try PostgresConnection(address, deadline: .after(milliseconds: 10_000))
  }
}

extension StoreFailure {
  static func schema(_ message: String) -> StoreFailure {
    StoreFailure(kind: .schema, message: message)
  }

  /// A missing right is told as a matter of the schema, with the way out.
  func explained() -> StoreFailure {
    guard code == "42501" else { return self }
    return StoreFailure(
      kind: .schema, code: code,
      message:
        "\(message): migrate as the role that owns the schema, and let the service's login be a member of scrip_app",
      statement: statement)
  }
}
