import Foundation
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct EventOrderTests {
  private let database: TestDatabase
  private let store: PostgresStore

  init() throws {
    database = try TestDatabase()
    store = try database.store()
  }

  @Test func `the events of all tenants come in the order of their positions, over gaps of any size`() throws
  {
    let writer = try EventWriter(database)
    var written: [(tenant: Int64, position: Int64)] = []
    var generator = SeededGenerator(seed: 7)
    for round in 1...12 {
      try writer.begin()
      for _ in 0..<Int.random(in: 0...6, using: &generator) {
        let tenant = Int64.random(in: 1...4, using: &generator) * 1000
        written.append((tenant, try writer.append(tenant, coupon: UInt128(1 + round % 3))))
      }
      try writer.commit()
      if round % 4 == 0 {
        try writer.run("SELECT setval('scrip.event_position', nextval('scrip.event_position') + 100000)")
      }
    }
    for limit in [1, 3, 7, 1000, Int.max] {
      for tenant: Int64? in [nil, 2000, 3000] {
        let expected = written.filter { tenant == nil || $0.tenant == tenant }.map(\.position)
        #expect(try all(tenant, limit: limit, count: expected.count) == expected)
      }
    }
  }

  /// All positions, page by page.
  private func all(_ tenant: Int64?, limit: Int, count: Int) throws -> [Int64] {
    var found: [Int64] = []
    while found.count < count {
      let page = try store.positions(tenant, after: found.last ?? 0, limit: limit, upTo: 1)
      if page.isEmpty || page.count > limit { break }
      found += page
    }
    #expect(try store.positions(tenant, after: found.last ?? 0, limit: limit) == [])
    return found
  }

  @Test func `events of a tenant that has no row are found, too`() throws {
    let writer = try EventWriter(database)
    try writer.begin()
    let position = try writer.append(77)
    try writer.commit()
    #expect(try store.tenants().isEmpty)
    #expect(try store.positions(nil, upTo: 1) == [position])
    #expect(try store.positions(nil, coupon: 1) == [position])
  }

  @Test func `a reader sees exactly what was committed, in order, while many write`() throws {
    let writers = ManyWriters(database)
    writers.start()
    var seen: [Int64?: [StoredEvent]] = [nil: [], 1: [], 2: []]
    let deadline = Deadline.after(milliseconds: 60_000)
    while !deadline.hasPassed {
      let hasEnded = writers.haveEnded
      for tenant in seen.keys {
        let filter = EventFilter(
          tenant: tenant.map { Tenant.ID($0) }, after: seen[tenant]?.last?.position ?? 0, limit: 16)
        seen[tenant]? += try store.events(filter)
      }
      if hasEnded, seen.allSatisfy({ $0.value.count >= writers.committed(of: $0.key).count }) { break }
    }
    #expect(writers.problems.isEmpty)
    for (tenant, events) in seen {
      #expect(events.map(\.position) == writers.committed(of: tenant).sorted())
      for (_, stream) in Dictionary(grouping: events, by: { Owned($0.envelope.tenant, $0.envelope.stream) }) {
        #expect(stream.map(\.envelope.sequence) == Array(1...Int64(stream.count)))
      }
    }
  }
}

/// Nodes that write to the same streams of two tenants, on threads of their own; some transactions are rolled back.
private final class ManyWriters: Sendable {
  private static let count = 8
  private static let transactions = 60

  private let database: TestDatabase
  private let positions = Mutex<[Int64: Set<Int64>]>([:])
  private let open = Atomic(count)
  private let failures = Mutex<[any Error]>([])

  init(_ database: TestDatabase) { self.database = database }

  var haveEnded: Bool { open.load(ordering: .sequentiallyConsistent) == 0 }

  var problems: [any Error] { failures.withLock { $0 } }

  func committed(of tenant: Int64?) -> Set<Int64> {
    positions.withLock { positions in
      positions.filter { tenant == nil || $0.key == tenant }.values.reduce(into: []) { $0.formUnion($1) }
    }
  }

  func start() {
    for number in 0..<ManyWriters.count {
      let thread = Thread {
        do { try self.write(SeededGenerator(seed: UInt64(number) + 100)) } catch {
          self.failures.withLock { $0.append(error) }
        }
        self.open.subtract(1, ordering: .sequentiallyConsistent)
      }
      thread.start()
    }
  }

  private func write(_ generator: SeededGenerator) throws {
    var generator = generator
    let writer = try EventWriter(database)
    for _ in 0..<ManyWriters.transactions {
      let tenant = Int64.random(in: 1...2, using: &generator)
      // In the order of the streams, so that none waits for another for ever.
      let streams = Set((0..<3).map { _ in UInt128.random(in: 1...4, using: &generator) }).sorted()
      try writer.begin()
      let taken = try streams.map { try writer.append(tenant, coupon: $0) }
      Thread.sleep(forTimeInterval: Double.random(in: 0...0.004, using: &generator))
      if Int.random(in: 0..<4, using: &generator) == 0 {
        try writer.rollback()
        continue
      }
      try writer.commit()
      positions.withLock { $0[tenant, default: []].formUnion(taken) }
    }
  }
}
