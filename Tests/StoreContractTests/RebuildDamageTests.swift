import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Where the log is whole, a rebuild heals whatever was done to the tables, and says what it can't.
@Suite struct RebuildDamageTests {
  /// What hides the application of order `o-1`, so that the order takes another one.
  private static let hidings = [
    Damage(
      "no first usage", sqlite: "UPDATE usage SET is_first = 0 WHERE order_id = 'o-1'",
      postgres: "UPDATE usage SET is_first = false WHERE order_id = 'o-1'"),
    Damage(
      "state of those given back",
      sqlite: "UPDATE usage SET application_state = 2, state = 2 WHERE order_id = 'o-1'"),
    Damage("another order", sqlite: "UPDATE usage SET order_id = 'else' WHERE order_id = 'o-1'"),
    Damage(
      "application's state of those given back",
      sqlite: "UPDATE usage SET application_state = 2 WHERE order_id = 'o-1'"),
  ]

  private struct Shop {
    let opened: OpenedStore
    let engine: EngineUnderTest
    let coupon: Coupon.ID
    let counter: UsageCounter

    init(_ kind: StoreUnderTest) async throws {
      opened = try kind.makeFragile()
      engine = try await EngineUnderTest(store: opened.store, clock: ManualClock(noon))
      coupon = try await engine.coupon(
        .percent(limits: UsageLimits(total: 10, perUser: 5, perCode: 10)), .of("TEN"))
      counter = .identity(IdentityKey(kind: .user, value: "u-1"))
    }

    var store: any RebuildableStore<WorkingSet> {
      get throws { try #require(opened.store as? any RebuildableStore<WorkingSet>) }
    }

    func end() async {
      await engine.stop()
      opened.discard()
    }

    /// Replaces the tables, and says which orders have too many applications.
    func rebuild() throws -> [OrderConflict] {
      let store = try store
      let rebuild = try Rebuild(of: store, pageSize: 3)
      try store.adopt(rebuild.scratch)
      let again = try Rebuild(of: store)
      #expect(try store.differences(to: again.scratch) == [])
      #expect(again.conflicts == rebuild.conflicts)
      #expect(try AuditVerification(of: store).findings == [])
      return rebuild.conflicts
    }
  }

  @Test(arguments: StoreUnderTest.fragile, hidings)
  private func `an order that took two locks by the log is named, and keeps the last one`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let shop = try await Shop(kind)
    let engine = shop.engine
    let first = try await engine.lock(["TEN"], order: "o-1")
    _ = try await engine.lock(["TEN"], order: "o-2")
    try shop.opened.run(damage)
    let second = try await engine.lock(["TEN"], order: "o-1", cart: .of(20_000))
    #expect(second.id != first.id)
    let conflicts = try shop.rebuild()
    #expect(conflicts.map(\.tenant) == [engine.tenant] && conflicts.map(\.orderID) == ["o-1"])
    #expect(conflicts.map(\.kept) == [second.id] && conflicts.map(\.givenBack) == [[first.id]])
    #expect(conflicts[0].description.contains("tenant_1 order o-1: the log has 2 live applications"))
    #expect(try await engine.uses(shop.coupon) == UseCounts(locked: 2, redeemed: 0))
    #expect(try engine.counter(shop.counter, of: shop.coupon) == 2)
    #expect(try await engine.application(first.id)?.state == .released)
    #expect(try await engine.application("o-1")?.id == second.id)
    // The order goes on as any other, and so does the log.
    #expect(try await engine.submit(RedeemApplication(applicationID: second.id)).answer.kind == .ok)
    #expect(try await engine.submit(RedeemApplication(applicationID: first.id)).refusal != nil)
    #expect(try shop.rebuild().map(\.kept) == [second.id])
    #expect(try await engine.uses(shop.coupon) == UseCounts(locked: 1, redeemed: 1))
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile, hidings)
  private func `an order that was paid keeps what it paid with`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let shop = try await Shop(kind)
    let engine = shop.engine
    let paid = try await engine.lock(["TEN"], order: "o-1")
    #expect(try await engine.submit(RedeemApplication(applicationID: paid.id)).answer.kind == .ok)
    try shop.opened.run(damage)
    guard try await takesAnother(engine) else {
      // What hides a lock need not hide what was paid; then there is nothing to choose.
      #expect(try shop.rebuild() == [])
      #expect(try await engine.uses(shop.coupon) == UseCounts(locked: 0, redeemed: 1))
      return await shop.end()
    }
    #expect(try shop.rebuild().map(\.kept) == [paid.id])
    #expect(try await engine.uses(shop.coupon) == UseCounts(locked: 0, redeemed: 1))
    await shop.end()
  }

  /// Whether order `o-1` takes another lock; a row that can't be read fails it cleanly.
  private func takesAnother(_ engine: EngineUnderTest) async throws -> Bool {
    do {
      return try await engine.apply(["TEN"], order: "o-1").answer.kind == .created
    } catch CommandFailure.store(let failure) {
      #expect(failure.kind == .corrupt)
      return false
    }
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `two locks of which one was given back since are no conflict`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind)
    let engine = shop.engine
    let first = try await engine.lock(["TEN"], order: "o-1")
    try shop.opened.run(RebuildDamageTests.hidings[2])
    let second = try await engine.lock(["TEN"], order: "o-1")
    #expect(try await engine.submit(ReleaseApplication(applicationID: first.id)).answer.kind == .ok)
    #expect(try shop.rebuild() == [])
    #expect(try await engine.application("o-1")?.id == second.id)
    #expect(try await engine.uses(shop.coupon) == UseCounts(locked: 1, redeemed: 0))
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a code that was lost and given again does not stop a rebuild`(kind: StoreUnderTest) async throws {
    for isSameCoupon in [true, false] {
      let shop = try await Shop(kind)
      let engine = shop.engine
      let first = try await engine.lock(["TEN"], order: "o-1")
      try shop.opened.run(Damage("code", sqlite: "DELETE FROM code WHERE canonical = 'TEN'"))
      let holder =
        isSameCoupon
        ? shop.coupon : try await engine.coupon(.fixed(500), .of("OTHER"))
      try await engine.submit(AddCodes(couponID: holder, grants: [.of("TEN")]))
      _ = try await engine.lock(["TEN"], order: "o-2")
      #expect(try shop.rebuild() == [])
      #expect(try await engine.submit(ReleaseApplication(applicationID: first.id)).answer.kind == .ok)
      #expect(try shop.rebuild() == [])
      #expect(try await engine.lock(["TEN"], order: "o-3").usages.map(\.couponID) == [holder])
      await shop.end()
    }
  }
}
