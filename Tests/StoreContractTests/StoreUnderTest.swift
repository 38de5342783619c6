import Engine
import Glibc
import SQLiteStore
import Scrip
import Synchronization
import TestSupport
import Testing

/// A kind of store that the contract is tested on.
struct StoreUnderTest: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Makes an empty store of its own, with a clock, and says how to throw it away.
  private let open: @Sendable (@escaping @Sendable () -> Instant) throws -> (any Store, @Sendable () -> Void)

  static let all: [StoreUnderTest] =
    TestDatabase.server == nil ? [memory, sqlite] : [memory, sqlite, postgres]

  private static let memory = StoreUnderTest("memory") { clock in (InMemoryStore(clock: clock), {}) }

  private static let sqlite = StoreUnderTest("SQLite") { clock in
    let folder = TemporaryFolder()
    return (try SQLiteStore(path: folder.path + "/test.sqlite", clock: clock), { _ = folder })
  }

  private static let postgres = StoreUnderTest("PostgreSQL") { clock in
    let database = try TestDatabase()
    let store = try database.store(clock: clock)
    return (store, { [database] in withExtendedLifetime(database) { store.shutDown() } })
  }

  init(
    _ name: String,
    open: @escaping @Sendable (@escaping @Sendable () -> Instant) throws -> (any Store, @Sendable () -> Void)
  ) {
    testDescription = name
    self.open = open
  }

  /// Makes an empty store of its own and says how to throw it away.
  func make(at clock: TestClock = TestClock()) throws -> (store: any Store, discard: @Sendable () -> Void) {
    try open { clock.now }
  }
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

/// A folder that goes when its owner lets go.
final class TemporaryFolder: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/scrip-test-XXXXXX".utf8CString)
    path = unsafe template.withUnsafeMutableBufferPointer { unsafe String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit {
    guard let entries = unsafe opendir(path) else { return }
    while let entry = unsafe readdir(entries) {
      let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      unsafe unlink("\(path)/\(name)")
    }
    unsafe closedir(entries)
    unsafe rmdir(path)
  }
}
