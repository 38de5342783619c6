import CSQLite
import Ledger
import Promotions

/// One connection to a database file, with its prepared statements. Used by one thread at a time.
@safe final class SQLiteConnection {
  /// How a file is opened.
  enum Access {
    case readOnly, readWrite
  }

  private let raw: OpaquePointer
  /// By the address of the statement's text: each literal, and each text that was made, has its own.
  private let statements = StatementTable()
  private let values = BoundValues()

  private static let configured: Int32 = csqlite_stop_counting_memory()

  init(path: String, _ access: Access) throws(StoreFailure) {
    _ = SQLiteConnection.configured
    var raw: OpaquePointer?
    let flags = access == .readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    let code = unsafe sqlite3_open_v2(
      path, &raw, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let raw = unsafe raw else {
      let failure = unsafe StoreFailure.last(on: raw)
      unsafe sqlite3_close_v2(raw)
      throw failure
    }
    unsafe self.raw = raw
    unsafe sqlite3_busy_timeout(raw, SQLiteConnection.busyMilliseconds)
  }

  deinit {
    statements.removeAll()
    unsafe sqlite3_close_v2(raw)
  }

  /// How long a connection waits for another one's lock.
  static let busyMilliseconds: Int32 = 5000

  /// How long beginning the log anew waits for other processes.
  private static let restartBusyMilliseconds: Int32 = 5

  /// The handle, for calls that take two connections.
  @unsafe var handle: OpaquePointer { unsafe raw }

  /// Takes a statement for one use; the caller resets it, also on failure.
  func statement(_ sql: StatementText) throws(StoreFailure) -> Statement {
    let key = sql.key
    if let cached = statements.find(key) {
      cached.begin()
      return cached
    }
    let made = unsafe try Statement(sql, on: raw, values: values)
    statements.insert(made, for: key)
    made.begin()
    return made
  }

  /// Runs a statement that has no rows; says how many rows it changed.
  @discardableResult
  func run(_ sql: StatementText, _ bind: (Statement) -> Void = { _ in }) throws(StoreFailure) -> Int {
    let statement = try statement(sql)
    defer { statement.reset() }
    bind(statement)
    while try statement.step() {}
    return unsafe Int(sqlite3_changes(raw))
  }

  /// Reads the rows of a statement. The body must not use the same statement again.
  func rows<Row>(
    _ sql: StatementText, _ bind: (Statement) -> Void = { _ in },
    read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    let statement = try statement(sql)
    defer { statement.reset() }
    bind(statement)
    var rows: [Row] = []
    while try statement.step() { rows.append(try read(statement)) }
    return rows
  }

  /// Reads the rows of a statement until one column of them comes to so many bytes. Of what is behind no more is read than
  /// whether it is there.
  func rows<Row>(
    _ sql: StatementText, upTo bytes: Int, of column: Int32, _ bind: (Statement) -> Void,
    read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> ListPage<(row: Row, bytes: Int)> {
    let statement = try statement(sql)
    defer { statement.reset() }
    bind(statement)
    var page = ListPage<(row: Row, bytes: Int)>()
    var left = bytes
    while try statement.step() {
      if left <= 0 {
        page.isCut = true
        break
      }
      let bytes = statement.byteCount(column)
      page.entries.append((try read(statement), bytes))
      left -= bytes
    }
    return page
  }

  /// Reads the first row of a statement; nil if there is none.
  func first<Row>(
    _ sql: StatementText, _ bind: (Statement) -> Void = { _ in },
    read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> Row? {
    let statement = try statement(sql)
    defer { statement.reset() }
    bind(statement)
    guard try statement.step() else { return nil }
    return try read(statement)
  }

  /// Every query that this connection has prepared, with the lines of its plan.
  func plans() throws(StoreFailure) -> [(sql: String, lines: [String])] {
    var plans: [(sql: String, lines: [String])] = []
    for statement in statements.all where statement.isQuery {
      plans.append((statement.text, try statement.plan()))
    }
    return plans
  }

  /// Runs several statements that are used once, such as a migration.
  func execute(_ script: StaticString) throws(StoreFailure) {
    let text = unsafe UnsafeRawPointer(script.utf8Start).assumingMemoryBound(to: CChar.self)
    guard unsafe sqlite3_exec(raw, text, nil, nil, nil) == SQLITE_OK else {
      throw unsafe .last(on: raw, statement: StatementText(stringLiteral: script))
    }
  }

  /// Runs several statements that were made.
  func execute(made script: String) throws(StoreFailure) {
    guard unsafe sqlite3_exec(raw, script, nil, nil, nil) == SQLITE_OK else {
      throw unsafe .last(on: raw, statement: StatementText(made: script))
    }
  }

  /// Runs a body in a transaction that has the right to write from its first moment on.
  func immediately<Result>(_ body: () throws(StoreFailure) -> Result) throws(StoreFailure) -> Result {
    try run("BEGIN IMMEDIATE")
    do throws(StoreFailure) {
      let result = try body()
      try run("COMMIT")
      return result
    } catch {
      // Some failures have rolled back already, and then there is nothing left to do.
      if isInTransaction { try run("ROLLBACK") }
      throw error
    }
  }

  /// Whether a transaction is open.
  var isInTransaction: Bool { unsafe sqlite3_get_autocommit(raw) == 0 }

  /// Pages that this connection has written to the log since the last call.
  func pagesWritten() -> Int {
    var current: Int32 = 0
    var high: Int32 = 0
    unsafe sqlite3_db_status(raw, SQLITE_DBSTATUS_CACHE_WRITE, &current, &high, 1)
    return Int(current)
  }

  /// Copies the log's pages into the database as far as readers and writers let it; says whether that was all.
  func checkpoint() throws(StoreFailure) -> Bool {
    var logged: Int32 = 0
    var copied: Int32 = 0
    let code = unsafe sqlite3_wal_checkpoint_v2(raw, "main", SQLITE_CHECKPOINT_PASSIVE, &logged, &copied)
    if code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED { return false }
    guard code == SQLITE_OK else { throw unsafe .last(on: raw) }
    return logged == copied
  }

  /// What becomes of a log that was copied into the database.
  enum LogEnd {
    /// The next transaction begins it anew, in the same place.
    case begunAnew
    /// Nothing is left of it.
    case emptied

    fileprivate var mode: Int32 {
      switch self {
      case .begunAnew: SQLITE_CHECKPOINT_RESTART
      case .emptied: SQLITE_CHECKPOINT_TRUNCATE
      }
    }
  }

  /// Ends the log, once all of it was copied; false if somebody still reads from it or writes to it.
  func endLog(_ end: LogEnd) throws(StoreFailure) -> Bool {
    unsafe sqlite3_busy_timeout(raw, SQLiteConnection.restartBusyMilliseconds)
    defer { unsafe sqlite3_busy_timeout(raw, SQLiteConnection.busyMilliseconds) }
    let code = unsafe sqlite3_wal_checkpoint_v2(raw, "main", end.mode, nil, nil)
    if code & 0xFF == SQLITE_BUSY || code & 0xFF == SQLITE_LOCKED { return false }
    guard code == SQLITE_OK else { throw unsafe .last(on: raw) }
    return true
  }
}

extension StatementText {
  /// Where the text is: no other text is there for as long as the program runs.
  fileprivate var key: Int {
    switch source {
    case .literal(let text): unsafe Int(bitPattern: text.utf8Start)
    case .made(let made): Int(bitPattern: ObjectIdentifier(made))
    }
  }
}
