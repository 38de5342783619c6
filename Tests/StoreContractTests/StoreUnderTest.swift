import Ledger
import PostgresStore
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import SQLiteStore

/// A kind of store that the contract is tested on.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Makes an empty store of its own, with a clock.
  private let open: @Sendable (@escaping @Sendable () -> Instant) throws -> OpenedStore

  static let all: [StoreUnderTest] =
    TestDatabase.server == nil ? [memory, sqlite] : [memory, sqlite, postgres]

  private static let memory = StoreUnderTest("memory") { clock in
    let store = InMemoryStore(clock: clock)
    return OpenedStore(store: store, reopen: { store }, run: { _ in throw NothingToDamage() }, discard: {})
  }

  private struct NothingToDamage: Error {}

  /// Those that keep rows which something else than the store can change.
  static let fragile = all.filter { $0.testDescription != memory.testDescription }

  private static let sqlite = StoreUnderTest("SQLite") { clock in
    let folder = TemporaryFolder()
    let path = folder.path + "/test.sqlite"
    return OpenedStore(
      store: try SQLiteStore(path: path, clock: clock),
      reopen: { try SQLiteStore(path: path, clock: clock) },
      run: { damage in
        let connection = try SQLiteConnection(path: path, .readWrite)
        try connection.execute("PRAGMA ignore_check_constraints = ON; PRAGMA foreign_keys = OFF;")
        try connection.execute("DROP TRIGGER IF EXISTS event_is_never_changed;")
        try connection.execute(damage.sqlite)
      }, discard: { _ = folder })
  }

  private static let postgres = StoreUnderTest("PostgreSQL") { clock in
    let database = try TestDatabase()
    let stores = OpenStores()
    let open = { @Sendable () throws in
      let store = try database.store(clock: clock)
      stores.add(store)
      return store
    }
    return OpenedStore(
      store: try open(), reopen: { try open() },
      run: { damage in
        try database.run(
          script: """
            SET search_path = scrip;
            SET session_replication_role = replica;
            ALTER TABLE coupon DROP CONSTRAINT IF EXISTS coupon_locked_check;
            ALTER TABLE code DROP CONSTRAINT IF EXISTS code_used_check;
            ALTER TABLE counter DROP CONSTRAINT IF EXISTS counter_used_check;
            ALTER TABLE usage DROP CONSTRAINT IF EXISTS usage_lives_with_its_application;
            \(damage.postgres)
            """)
      }, discard: { [database] in withExtendedLifetime(database) { stores.shutDown() } })
  }

  /// Stores whose connections are closed together: a server has only so many.
  private final class OpenStores: Sendable {
    private let stores = Mutex<[PostgresStore]>([])

    func add(_ store: PostgresStore) { stores.withLock { $0.append(store) } }

    func shutDown() { for store in stores.withLock({ $0 }) { store.shutDown() } }
  }

  init(
    _ name: String, open: @escaping @Sendable (@escaping @Sendable () -> Instant) throws -> OpenedStore
  ) {
    testDescription = name
    self.open = open
  }

  /// Makes an empty store of its own and says how to throw it away.
  func make(at clock: TestClock = TestClock()) throws -> (
    store: any PromotionStore, discard: @Sendable () -> Void
  ) {
    try make { clock.now }
  }

  /// Makes an empty store of its own with any clock, and says how to throw it away.
  func make(
    clock: @escaping @Sendable () -> Instant
  ) throws -> (store: any PromotionStore, discard: @Sendable () -> Void) {
    let opened = try open(clock)
    return (opened.store, opened.discard)
  }

  /// Makes an empty store of its own that can be damaged.
  func makeFragile(at clock: TestClock = TestClock()) throws -> OpenedStore { try open { clock.now } }
}

/// A store with what is behind it.
struct OpenedStore: Sendable {
  let store: any PromotionStore
  /// Another store on the same data, which remembers nothing.
  let reopen: @Sendable () throws -> any PromotionStore
  /// Damages the data behind the store's back; the database's own guards are off from then on.
  let run: @Sendable (Damage) throws -> Void
  let discard: @Sendable () -> Void
}

/// A clock that stands still until it is set.
final class TestClock: Sendable {
  private let microseconds: Mutex<Int64>

  init(_ start: Instant = noon) { microseconds = Mutex(start.microseconds) }

  var now: Instant {
    get { Instant(microseconds: microseconds.withLock { $0 }) }
    set { microseconds.withLock { $0 = newValue.microseconds } }
  }
}
