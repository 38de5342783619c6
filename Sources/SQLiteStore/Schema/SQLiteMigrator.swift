import CSQLite
import Ledger
import Promotions
import Scrip

/// Brings the schema of a database file up to date, or back: what `migrate up|down|status` calls.
public struct SQLiteMigrator {
  /// One step of the schema and whether it was taken.
  public struct Step: Hashable, Sendable {
    /// Its number, from 1 on.
    public let number: Int64
    /// A few words on what it brings.
    public let name: String  // String: a migration of ours
    /// When it was taken; nil while it was not.
    public let appliedAt: Instant?
  }

  private let connection: SQLiteConnection
  /// The steps that the program knows, in order.
  private let known: [Migration]
  private let clock: @Sendable () -> Instant

  /// Opens a database file, which is created with private permissions if there is none.
  ///
  /// - Throws: `StoreFailure` if the file can't be opened.
  public init(path: String, clock: @escaping @Sendable () -> Instant = systemClock) throws(StoreFailure) {
    try DatabaseFile.prepare(path)
    self.init(connection: try SQLiteConnection(path: path, .readWrite), clock: clock)
    try connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
  }

  init(
    connection: SQLiteConnection, known: [Migration] = Migration.all, clock: @escaping @Sendable () -> Instant
  ) {
    self.connection = connection
    self.known = known
    self.clock = clock
  }

  /// Every step that this program knows, and steps of a newer program that were taken.
  public func status() throws(StoreFailure) -> [Step] {
    let taken = try takenSteps()
    let steps = known.map { migration in
      let step = taken.first { $0.number == migration.number }
      return Step(number: migration.number, name: migration.name, appliedAt: step?.appliedAt)
    }
    return steps + taken.filter { $0.number > newest }
  }

  /// Takes every step that is missing, up to a number if one is given, all in one transaction; says which.
  ///
  /// - Throws: `StoreFailure` of kind `schema` if the schema is newer than this program.
  @discardableResult
  public func up(to last: Int64? = nil) throws(StoreFailure) -> [Step] {
    try connection.immediately { () throws(StoreFailure) -> [Step] in
      let current = try version()
      try refuseNewer(current)
      try connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_version (
          number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL
        ) STRICT
        """)
      let now = clock()
      var steps: [Step] = []
      for migration in known
      where migration.number > current && migration.number <= last ?? .max {
        for script in migration.up { try connection.execute(script) }
        try connection.run("INSERT INTO schema_version (number, name, applied_at) VALUES (?1, ?2, ?3)") {
          $0.bind(migration.number)
          $0.bind(migration.name)
          $0.bind(now)
        }
        steps.append(Step(number: migration.number, name: migration.name, appliedAt: now))
      }
      return steps
    }
  }

  /// Takes back every step above a number, newest first, all in one transaction; says which. Data that only those
  /// steps could hold is lost: going back to 0 empties the database.
  ///
  /// - Throws: `StoreFailure` of kind `schema` if the schema is newer than this program.
  @discardableResult
  public func down(to number: Int64) throws(StoreFailure) -> [Step] {
    try connection.immediately { () throws(StoreFailure) -> [Step] in
      let current = try version()
      try refuseNewer(current)
      var steps: [Step] = []
      for migration in known.reversed()
      where migration.number > number && migration.number <= current {
        for script in migration.down { try connection.execute(script) }
        try connection.run("DELETE FROM schema_version WHERE number = ?1") { $0.bind(migration.number) }
        steps.append(Step(number: migration.number, name: migration.name, appliedAt: nil))
      }
      return steps
    }
  }

  /// The number of the schema that the program works with.
  private var newest: Int64 { known.last?.number ?? 0 }

  /// Fails unless the schema is exactly the one that this program works with.
  func requireCurrent() throws(StoreFailure) {
    let current = try version()
    try refuseNewer(current)
    guard current == newest else {
      throw StoreFailure(
        kind: .schema,
        message:
          "the schema is at step \(current), this program works with step \(newest): migrate up")
    }
  }

  private func refuseNewer(_ current: Int64) throws(StoreFailure) {
    guard current <= newest else {
      throw StoreFailure(
        kind: .schema,
        message: "the schema is at step \(current), newer than this program's step \(newest)")
    }
  }

  private func version() throws(StoreFailure) -> Int64 { try takenSteps().last?.number ?? 0 }

  private func takenSteps() throws(StoreFailure) -> [Step] {
    let exists = try connection.first(
      "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'"
    ) { _ in true }
    guard exists != nil else { return [] }
    return try connection.rows("SELECT number, name, applied_at FROM schema_version ORDER BY number") {
      (row) throws(StoreFailure) in
      Step(number: row.int64(0), name: row.text(1), appliedAt: try row.instant(2))
    }
  }
}
