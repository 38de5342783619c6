import Foundation
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import SQLiteStore

@Suite struct SQLiteTests {
  private let folder = TemporaryFolder()
  private var path: String { folder.path + "/scrip/data.sqlite" }

  private func open() throws -> SQLiteStore { try SQLiteStore(path: folder.path + "/data.sqlite") { noon } }

  private func raw() throws -> SQLiteConnection {
    try SQLiteConnection(path: folder.path + "/data.sqlite", .readWrite)
  }

  private func fill(_ store: SQLiteStore) throws {
    try store.write { set in
      set.put(sampleTenant())
      set.put(sampleCoupon(locked: 1))
      set.put(codeRecord("CODE-1", used: 1))
      set.put(.budget(euro), used: 5, limit: nil)
      set.put(sampleApplication())
      set.put(sampleKey())
    }
  }

  @Test func `history can't be changed or deleted, whoever tries`() throws {
    let store = try open()
    try fill(store)
    let connection = try raw()
    let attempts: [(StatementText, String)] = [
      ("UPDATE event SET payload = x'00'", "an event is never changed"),
      ("DELETE FROM event", "an event is never deleted"),
      ("INSERT OR REPLACE INTO event SELECT * FROM event", "an event is never deleted"),
      ("DELETE FROM usage", "a usage is never deleted"),
    ]
    try connection.execute("PRAGMA recursive_triggers = ON")
    for (statement, message) in attempts {
      do throws(StoreFailure) {
        try connection.run(statement)
        Issue.record("\(statement) was let through")
      } catch {
        #expect(error.kind == .refusedByDatabase)
        #expect(error.message == message)
        #expect(error.statement == statement.description)
      }
    }
    #expect(try store.events(EventFilter(limit: 10)).count == 1)
  }

  /// What a later program might know: one step more.
  private var laterSteps: [Migration] {
    let last = Migration.all.count
    return Migration.all + [
      Migration(
        number: Int64(last) + 1, name: "notes",
        up: [
          "ALTER TABLE coupon ADD COLUMN note TEXT NOT NULL DEFAULT ''",
          "CREATE INDEX coupon_noted ON coupon (tenant, note)",
        ], down: ["DROP INDEX coupon_noted", "ALTER TABLE coupon DROP COLUMN note"])
    ]
  }

  @Test func `the schema goes up, down and up again with data in it`() throws {
    let path = folder.path + "/data.sqlite"
    try fill(try open())
    let migrator = SQLiteMigrator(connection: try raw(), known: laterSteps) { noon }
    let numbers = laterSteps.map(\.number)
    #expect(numbers == Array(1...Int64(numbers.count)))
    #expect(try migrator.status().map(\.number) == numbers)
    #expect(try migrator.up().map(\.name) == ["notes"])
    #expect(try migrator.status().map { $0.appliedAt == noon } == numbers.map { _ in true })
    #expect(try migrator.up().isEmpty)
    let ofALaterProgram = #expect(throws: StoreFailure.self) { try open() }
    #expect(ofALaterProgram?.message.contains("newer than this program's") == true)

    let last = numbers.count - 1
    #expect(try migrator.down(to: Int64(last)).map(\.name) == ["notes"])
    #expect(try migrator.status().map { $0.appliedAt == noon } == numbers.map { $0 <= last })
    let ofAnOlderProgram = #expect(throws: StoreFailure.self) { try migrator.requireCurrent() }
    #expect(ofAnOlderProgram?.message.contains("migrate up") == true)
    #expect(try open().tenants() == [sampleTenant().tenant])

    #expect(try migrator.up().map(\.name) == ["notes"])
    #expect(try migrator.down(to: 0).map(\.number) == numbers.reversed())
    #expect(throws: StoreFailure.self) { try SQLiteStore(path: path, migrates: false) }
    #expect(
      try raw().first("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'") { $0.int64(0) }
        == 1)
    #expect(try SQLiteMigrator(path: path) { noon }.up().map(\.number) == numbers.dropLast())
    let store = try SQLiteStore(path: path, migrates: false)
    #expect(try store.tenants().isEmpty)
    try fill(store)
  }

  @Test func `a schema that is newer than the program is refused`() throws {
    _ = try open()
    try raw().run("INSERT INTO schema_version VALUES (99, 'from the future', 1)")
    let migrator = try SQLiteMigrator(path: folder.path + "/data.sqlite")
    #expect(try migrator.status().last?.name == "from the future")
    let attempts: [() throws -> Void] = [
      { _ = try open() }, { try migrator.up() }, { try migrator.down(to: 0) },
    ]
    for attempt in attempts {
      let failure = #expect(throws: StoreFailure.self) { try attempt() }
      #expect(failure?.kind == .schema)
    }
  }

  @Test func `an older schema is refused unless it may be migrated`() throws {
    let failure = #expect(throws: StoreFailure.self) { try SQLiteStore(path: path, migrates: false) }
    #expect(failure?.kind == .schema)
  }

  @Test func `folder and files are private`() throws {
    let store = try SQLiteStore(path: path)
    try fill(store)
    for (name, mode) in [("", 0o700), ("/data.sqlite", 0o600), ("/data.sqlite-wal", 0o600)] {
      var status = stat()
      #expect(unsafe stat(folder.path + "/scrip" + name, &status) == 0)
      #expect(Int(status.st_mode & 0o777) == mode, "\(name)")
    }
    unsafe unlink(path)
    unsafe unlink(path + "-wal")
    unsafe unlink(path + "-shm")
    unsafe rmdir(folder.path + "/scrip")
  }

  @Test func `a backup can be opened and holds what was committed`() throws {
    let store = try open()
    try fill(store)
    try store.write { set in for number in 2...4000 { set.put(sampleCoupon(UInt128(number))) } }
    let target = folder.path + "/backup.sqlite"
    var steps: [BackupProgress] = []
    try store.backup(to: target) { progress in
      // A commit in the middle neither disturbs the copy nor gets into it.
      if steps.isEmpty {
        #expect(store.failure(.with(sampleTenant(2))) == nil)
      }
      steps.append(progress)
    }
    let last = try #require(steps.last)
    #expect(last.pagesDone == last.pagesTotal && last.pagesTotal > 100)
    let copy = try SQLiteStore(path: target)
    #expect(try copy.tenants() == [sampleTenant().tenant])
    #expect(try copy.coupons(CouponFilter(limit: 10_000), of: tenant).count == 4000)
    let order = Owned(tenant, OrderID("order-1"))
    #expect(try copy.load(orders: [order]).applications.all.values.first == sampleApplication())
    #expect(throws: StoreFailure.self) { try store.backup(to: target) }
  }

  @Test func `what another process commits is seen before long`() throws {
    let mine = try open()
    let theirs = try open()
    try fill(mine)
    let key = Owned(tenant, couponID(1))
    for count: Int64 in 2...20 {
      _ = try mine.load(coupons: [key])
      try theirs.write { $0.put(sampleCoupon(locked: count), isNew: false) }
      #expect(try theirs.load(coupons: [key]).coupons[key]?.life.uses.locked == count)
      try eventually {
        try mine.load(coupons: [key]).coupons[key]?.life.uses.locked == count
      }
    }
  }

  @Test func `an idle reader does not hold up the log`() throws {
    let store = try open()
    try fill(store)
    #expect(try store.tenants().count == 1)
    try fillMore(try open())
    // Truncating needs every snapshot to be gone, also those that begin at the log's end.
    let connection = try raw()
    try eventually {
      try connection.first("PRAGMA wal_checkpoint(TRUNCATE)") { $0.int64(0) == 0 } == true
    }
    #expect(try store.tenants().count == 1)
  }

  @Test func `a busy service's own log is copied and used again`() throws {
    let store = try open()
    let body = [UInt8](repeating: 32, count: 200_000)
    var size = stat()
    for number in 1...400 {
      try store.write {
        $0.put(
          StoredAnswer(
            fingerprint: .zero, form: KeptForm(kind: "tenant", body: body), at: noon),
          under: "\(number)")
      }
      _ = try store.tenants()
    }
    #expect(unsafe stat(folder.path + "/data.sqlite-wal", &size) == 0)
    #expect(size.st_size < 40_000_000)
    #expect(store.health.checkpointFailure == nil)
  }

  @Test func `steady readers do not make the log grow without end`() async throws {
    let store = try open()
    try fill(store)
    let isOver = Atomic(false)
    let reads = Atomic(0)
    // Where reads get no processor for long, the log may grow to where they are waited for longer.
    let bound: Int64 = 88 << 20
    let body = [UInt8](repeating: 32, count: 100_000)
    // Each has a snapshot nearly all of the time, and they never let go of them together.
    let readers = (0..<4).map { number in
      Thread {
        while !isOver.load(ordering: .relaxed) {
          guard (try? store.read { _ in usleep(UInt32(500 + number * 300)) }) != nil else { return }
          reads.add(1, ordering: .relaxed)
        }
        reads.subtract(1_000_000, ordering: .relaxed)
      }
    }
    for reader in readers { reader.start() }
    var longest: Int64 = 0
    // 150 MB in all.
    for number in 1...1_500 {
      try store.write {
        $0.put(
          StoredAnswer(
            fingerprint: .zero, form: KeptForm(kind: "tenant", body: body), at: noon),
          under: "\(number)")
      }
      longest = max(longest, store.health.logBytes ?? 0)
    }
    #expect(reads.load(ordering: .relaxed) > 100)
    isOver.store(true, ordering: .relaxed)
    while reads.load(ordering: .relaxed) > -3_000_000 { usleep(1000) }
    #expect(longest < bound, "the log had \(longest) bytes")
    #expect(longest > 4 << 20)
    #expect(store.health.checkpointFailure == nil)
  }

  @Test func `a read that takes long makes the log grow, and it is short again afterwards`() throws {
    let store = try open()
    try fill(store)
    let body = [UInt8](repeating: 32, count: 200_000)
    func write(_ numbers: ClosedRange<Int>) throws {
      for number in numbers {
        try store.write {
          $0.put(
            StoredAnswer(
              fingerprint: .zero, form: KeptForm(kind: "tenant", body: body), at: noon),
            under: "\(number)")
        }
      }
    }
    let reader = try SQLiteConnection(path: folder.path + "/data.sqlite", .readOnly)
    try reader.run("BEGIN")
    _ = try reader.first("SELECT count(*) FROM event") { $0.int64(0) }
    try write(1...200)
    let grown = try #require(store.health.logBytes)
    #expect(grown > 30 << 20)
    #expect(store.health.checkpointFailures > 0)
    try reader.run("COMMIT")
    try write(201...300)
    #expect(try #require(store.health.logBytes) <= 24 << 20)
    #expect(store.health.checkpointFailure == nil)
  }

  @Test func `a log that a foreign reader lets grow is told of until it is short again`() throws {
    let store = try open()
    try fill(store)
    let body = [UInt8](repeating: 32, count: 400_000)
    let reader = try SQLiteConnection(path: folder.path + "/data.sqlite", .readOnly)
    try reader.run("BEGIN")
    _ = try reader.first("SELECT count(*) FROM event") { $0.int64(0) }
    var wasToldTooEarly = false
    for number in 1...180 {
      try store.write {
        $0.put(
          StoredAnswer(
            fingerprint: .zero, form: KeptForm(kind: "tenant", body: body), at: noon),
          under: "\(number)")
      }
      let health = store.health
      if health.isLogHeldUp, health.logBytes ?? 0 <= 64 << 20 { wasToldTooEarly = true }
    }
    #expect(!wasToldTooEarly)
    #expect(store.health.isLogHeldUp)
    #expect(store.health.checkpointFailure == nil)
    try reader.run("COMMIT")
    // Nothing else is written: trying whether that works is enough.
    try store.probe(.row)
    #expect(!store.health.isLogHeldUp)
    try store.write { $0.put(sampleTenant(2)) }
    #expect(try #require(store.health.logBytes) <= 24 << 20)
  }

  @Test func `a log that a killed process left behind is shortened by the first transaction`() throws {
    let left = folder.path + "/left"
    do {
      let store = try open()
      try fill(store)
      let reader = try raw()
      try reader.run("BEGIN")
      _ = try reader.first("SELECT count(*) FROM event") { $0.int64(0) }
      let body = [UInt8](repeating: 32, count: 200_000)
      for number in 1...150 {
        try store.write {
          $0.put(
            StoredAnswer(
              fingerprint: .zero, form: KeptForm(kind: "tenant", body: body), at: noon),
            under: "\(number)")
        }
      }
      for suffix in ["", "-wal"] {
        try FileManager.default.copyItem(
          atPath: folder.path + "/data.sqlite" + suffix, toPath: left + suffix)
      }
    }
    let store = try SQLiteStore(path: left) { noon }
    #expect(try #require(store.health.logBytes) > 24 << 20)
    for number in 2...3 { try store.write { $0.put(sampleTenant(Int64(number))) } }
    #expect(try #require(store.health.logBytes) <= 24 << 20)
  }

  @Test func `a full disk fails a transaction and nothing else`() throws {
    let store = try open()
    try fill(store)
    try store.writer.exclusively { (connection) throws(StoreFailure) in
      try connection.execute("PRAGMA max_page_count = 60")
    }
    let kind = store.failure { set in for number in 2...9000 { set.put(sampleCoupon(UInt128(number))) } }
    #expect(kind == .full)
    try store.writer.exclusively { (connection) throws(StoreFailure) in
      try connection.execute("PRAGMA max_page_count = 100000")
    }
    try store.write { $0.put(sampleTenant(2)) }
    #expect(try store.tenants().count == 2)
    #expect(try store.coupons(CouponFilter(limit: 10), of: tenant).count == 1)
  }

  @Test func `each probe needs room in the log`() throws {
    let store = try open()
    try fill(store)
    for size in [ProbeSize.row, .row, .room, .row, .room] {
      let before = try #require(store.health.logBytes)
      try store.probe(size)
      #expect(try #require(store.health.logBytes) >= before + Int64(size.bytes))
    }
  }

  @Test func `a probe for room fails where commands do`() throws {
    let store = try open()
    try fill(store)
    try store.writer.exclusively { (connection) throws(StoreFailure) in
      try connection.execute("PRAGMA max_page_count = 1")
    }
    #expect(
      store.failure { set in for number in 2...200 { set.put(sampleCoupon(UInt128(number))) } } == .full)
    let failure = #expect(throws: StoreFailure.self) { try store.probe(.room) }
    #expect(failure?.kind == .full)
    try store.writer.exclusively { (connection) throws(StoreFailure) in
      try connection.execute("PRAGMA max_page_count = 100000")
    }
    try store.probe(.room)
  }

  @Test func `a database that may only be read is a reason to come back`() throws {
    let store = try open()
    try fill(store)
    try store.writer.exclusively { (connection) throws(StoreFailure) in
      try connection.execute("PRAGMA query_only = ON")
    }
    #expect(store.failure { $0.put(sampleTenant(2)) } == .unavailable)
    for size in [ProbeSize.row, .room] {
      let failure = #expect(throws: StoreFailure.self) { try store.probe(size) }
      #expect(failure?.kind == .unavailable)
    }
  }

  @Test func `a folded copy is compared and can take the tables' place`() throws {
    let store = try open()
    try fill(store)
    let scratch = try store.makeScratchStore()
    try fill(scratch)
    #expect(try store.differences(to: scratch) == [])
    #expect(
      try scratch.load(applications: [Owned(tenant, applicationID(1))]).applications.all.count == 1)

    try store.write { set in
      set.put(sampleCoupon(locked: 2), isNew: false)
      set.put(.budget(yen), used: 1, limit: nil)
      set.put(sampleApplication(2, order: "order-2"))
    }
    try scratch.write { set in for number in 2...20 { set.put(sampleKey(UInt128(number))) } }
    let differences = try store.differences(to: scratch)
    #expect(differences.map(\.table) == ["coupon", "counter", "usage", "access_key"])
    #expect(differences.map(\.missing) == [1, 0, 0, 19])
    #expect(differences.map(\.unexpected) == [1, 1, 1, 0])
    #expect(differences[1].unexpectedSample.first?.hasSuffix("counter b:JPY") == true)
    #expect(differences[3].missingSample.count == 10)

    try store.adopt(scratch)
    #expect(try store.differences(to: scratch) == [])
    #expect(try store.accessKeys(of: tenant).count == 20)
    #expect(try store.events(EventFilter(limit: 10)).count == 2)
    let connection = try raw()
    #expect(throws: StoreFailure.self) { try connection.run("DELETE FROM usage") }
  }

  @Test func `a scratch store takes counts that a later limit would forbid, and goes with its files`() throws
  {
    var scratch: SQLiteStore? = try open().makeScratchStore()
    let path = try #require(scratch).path
    #expect(unsafe access(path, F_OK) == 0)
    try scratch?.write { set in
      set.put(sampleCoupon(terms: plainTerms(total: 1), locked: 5))
      set.put(.budget(euro), used: 5, limit: 1)
    }
    scratch = nil
    #expect(unsafe access(path, F_OK) != 0)
  }

  @Test func `a failure names its statement and no value`() throws {
    let store = try open()
    try fill(store)
    func writeTwice() throws { try store.write { $0.put(sampleApplication(77, order: "order-1")) } }
    let failure = #expect(throws: StoreFailure.self, performing: writeTwice)
    #expect(failure?.statement?.contains("INSERT INTO usage") == true)
    #expect(failure?.message.contains("order-1") == false)
    #expect(failure?.isRetriable == false)
  }

  private func fillMore(_ store: SQLiteStore) throws {
    try store.write { set in for number in 2...50 { set.put(sampleCoupon(UInt128(number))) } }
  }

  /// Waits until a condition holds; fails if it does not in ten seconds.
  private func eventually(_ condition: () throws -> Bool) throws {
    for _ in 0..<5000 {
      if try condition() { return }
      usleep(2000)
    }
    Issue.record("the condition never came to hold")
  }
}

@Suite struct GenerationCacheTests {
  @Test func `a cache keeps what is asked for and stays within its bound`() {
    var cache = GenerationCache<Int, Int>(generationMax: 10)
    cache.insert(-1, for: 0)
    for number in 1...1000 {
      cache.insert(number, for: number)
      #expect(cache.find(0) == -1)
      #expect(cache.count <= 20)
    }
    #expect(cache.find(1000) == 1000)
    #expect(cache.find(1) == nil)
  }
}
