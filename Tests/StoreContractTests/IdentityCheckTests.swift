import Digest
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// What a store keeps of the key under which identities are hashed.
@Suite struct IdentityCheckTests {
  private static let durable = StoreUnderTest.all.filter { $0.testDescription != "memory" }
  private let first = SHA256.hash(Array("first".utf8))
  private let second = SHA256.hash(Array("second".utf8))

  @Test(arguments: durable)
  func `the first check value stays for ever`(kind: StoreUnderTest) throws {
    let (made, discard) = try kind.make()
    defer { discard() }
    let store = try #require(made as? any KeyedStore<WorkingSet>)
    #expect(try store.identityCheck() == nil)
    #expect(try store.keepIdentityCheck(first) == first)
    #expect(try store.keepIdentityCheck(second) == first)
    #expect(try store.keepIdentityCheck(first) == first)
    #expect(try store.identityCheck() == first)
  }

  @Test(arguments: durable)
  func `of many that come at once one wins, and all hear which`(kind: StoreUnderTest) async throws {
    let (made, discard) = try kind.make()
    defer { discard() }
    let store = try #require(made as? any KeyedStore<WorkingSet>)
    let checks = (0..<8).map { SHA256.hash(Array("key \($0)".utf8)) }
    var kept: Set<[UInt8]> = []
    try await withThrowingTaskGroup(of: Hash256.self) { group in
      for check in checks { group.addTask { try store.keepIdentityCheck(check) } }
      for try await check in group { kept.insert(check.bytes) }
    }
    #expect(kept.count == 1)
    let stored = try store.identityCheck()
    #expect(stored?.bytes == kept.first)
  }

  @Test(arguments: durable)
  func `rebuilding the tables leaves it alone`(kind: StoreUnderTest) throws {
    let (made, discard) = try kind.make()
    defer { discard() }
    let store = try #require(made as? any KeyedStore<WorkingSet> & RebuildableStore)
    _ = try store.keepIdentityCheck(first)
    let rebuild = try Rebuild(of: store)
    #expect(try store.differences(to: rebuild.scratch) == [])
    try store.adopt(rebuild.scratch)
    #expect(try store.identityCheck() == first)
  }
}
