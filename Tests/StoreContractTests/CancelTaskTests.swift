import Promotions
import Scrip
import TestSupport
import Testing

@testable import Ledger

/// Work that somebody calls off.
@Suite struct CancelTaskTests {
  private func schedule(_ keys: [DueKey], isTold: Bool, in shop: OrderShop) throws {
    try shop.opened.store.write { set in
      for key in keys {
        set.dueWork.insert(
          DueWork(dueAt: noon, payload: Array("{}".utf8), isTold: isTold), for: Owned(tenant, key))
      }
    }
  }

  private func keys(_ shop: OrderShop) throws -> [DueKey] {
    try shop.opened.store.find(DueWorkOfTenant(tenant: tenant, limit: 9)).map(\.key.value)
  }

  @Test(arguments: StoreUnderTest.all)
  func `mail is called off by a fact, and only once`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let (one, two) = (DueKey("mail", "o-1"), DueKey("mail", "o-2"))
    try schedule([one, two], isTold: true, in: shop)
    let cancel = CancelTask(one, reason: "wrong address")
    for _ in 1...2 {
      #expect(try await shop.engine.submit(cancel, key: "once").answer.kind == .ok)
    }
    #expect(try await shop.engine.submit(cancel).refusal == .taskNotFound)
    #expect(try keys(shop) == [two])
    #expect(try await shop.facts(TaskCancelled.self) == [TaskCancelled(one, reason: "wrong address")])
    #expect(try await shop.engine.submit(CancelTask(two)).answer.kind == .ok)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `work of the house, and work that money hangs on, is refused by name`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let told = [DueKey("payment", "o-1"), DueKey("refund", "o-1")]
    try schedule(told, isTold: true, in: shop)
    try schedule([DueKey("mail", "of the house")], isTold: false, in: shop)
    let before = try keys(shop)
    for key in before {
      #expect(try await shop.engine.submit(CancelTask(key)).refusal == .taskNotCancellable, "\(key)")
    }
    #expect(before.count == 3)
    #expect(try keys(shop) == before)
    #expect(try await shop.facts(TaskCancelled.self) == [])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `whoever does what was called off meanwhile has lost it`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    try schedule([DueKey("mail", "o-1")], isTold: true, in: shop)
    let claims = try shop.opened.store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.claim(
        DueClaiming(kinds: ["mail"], limit: 1, holder: DueHolder(1), leaseSeconds: 60))
    }
    #expect(try await shop.engine.submit(CancelTask(DueKey("mail", "o-1"))).answer.kind == .ok)
    let claim = try #require(claims.first)
    let isSettled = try shop.opened.store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.settle(claim, .done)
    }
    #expect(!isSettled)
    await shop.end()
  }
}
