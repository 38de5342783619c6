import Glibc
import Scrip
import Synchronization
import Testing

@testable import Ledger
@testable import Promotions

/// How many transactions were acknowledged.
private final class Acknowledged: Sendable {
  let count = Atomic<Int64>(0)
}

@Suite struct ConcurrencyTests {
  @Test(arguments: StoreUnderTest.all)
  func `a read shows every transaction that was acknowledged before it`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon())
      set.put(codeRecord("CODE-1"))
    }
    let acknowledged = Acknowledged()
    let total: Int64 = 300
    let key = Owned(tenant, couponID(1))
    try await withThrowingTaskGroup(of: Int.self) { group in
      group.addTask {
        for count in 1...total {
          try store.write { $0.put(sampleCoupon(locked: count), isNew: false) }
          acknowledged.count.store(count, ordering: .sequentiallyConsistent)
        }
        return 0
      }
      for _ in 0..<12 {
        group.addTask {
          var stale = 0
          var reads = 0
          while reads < 50 || acknowledged.count.load(ordering: .sequentiallyConsistent) < total {
            let before = acknowledged.count.load(ordering: .sequentiallyConsistent)
            let set = try store.load(codes: [Owned(tenant, code("CODE-1"))])
            if set.coupons[key]?.life.uses.locked ?? -1 < before { stale += 1 }
            reads += 1
          }
          return stale
        }
      }
      for try await stale in group { #expect(stale == 0) }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `of writers that race for the last use one wins`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let terms = plainTerms(total: 5)
    try store.write { $0.put(sampleCoupon(terms: terms)) }
    // Each writer trusts an old view, as a mistaken engine might.
    let winners = await withTaskGroup(of: Bool.self) { group in
      for writer in 1...8 {
        group.addTask {
          store.failure { set in
            set.put(sampleCoupon(terms: terms, locked: 5), isNew: false)
            set.put(sampleEvent(1))
            set.put(sampleApplication(UInt128(writer), order: "the order"))
          } == nil
        }
      }
      return await group.reduce(into: 0) { count, won in if won { count += 1 } }
    }
    #expect(winners == 1)
    #expect(try await store.wholeLog().count == 2)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a view does not change while it is looked at`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { $0.put(sampleCoupon()) }
    let key = Owned(tenant, couponID(1))
    var request = LoadRequest()
    request.coupons = [key]
    let (first, second) = try store.read { (reader) throws(StoreFailure) in
      var first = WorkingSet()
      try reader.load(request, into: &first)
      try store.write { set in
        set.put(sampleCoupon(locked: 1), isNew: false)
        set.put(sampleTenant())
      }
      var second = WorkingSet()
      request.tenants = [tenant]
      try reader.load(request, into: &second)
      return (first, second)
    }
    #expect(first.coupons.all == second.coupons.all)
    #expect(second.tenants.all.isEmpty)
    #expect(try store.load(coupons: [key]).coupons[key]?.life.uses.locked == 1)
  }
}
