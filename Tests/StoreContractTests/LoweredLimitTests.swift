import Ledger
import Promotions
import Scrip
import Testing

import struct TestSupport.EngineUnderTest
import class TestSupport.ManualClock

/// Batches that take uses and lower the limit that they were taken under, on every store.
@Suite struct LoweredLimitTests {
  /// Coupons that so many locks of 100 use up, by what is limited.
  private static let kinds: [@Sendable (Int64) -> UsageLimits] = [
    { UsageLimits(total: $0) }, { UsageLimits(perCode: $0) }, { UsageLimits(perUser: $0) },
    { UsageLimits(perPeriod: [.init(period: .day, total: $0)]) },
    { UsageLimits(budget: AmountsByCurrency([Money(minorUnits: $0 * 100, currency: euro)])) },
  ]

  private static let cart = Cart(
    currency: euro,
    lines: [Cart.Line(id: "l1", productID: "p1", quantity: 1, unitPrice: UnitPrice(minorUnits: 10_000)!)])

  private func terms(_ limits: UsageLimits) -> CouponTerms {
    CouponTerms(
      name: "fixed", discount: .fixed(AmountsByCurrency([Money(minorUnits: 100, currency: euro)])),
      limits: limits, stacking: .open)
  }

  private func apply(_ order: OrderID) -> ApplyCodes {
    ApplyCodes(orderID: order, codes: ["CODE"], customer: Customer(userID: "u-1"), cart: Self.cart)
  }

  private func withEngine(
    _ kind: StoreUnderTest, _ body: (EngineUnderTest) async throws -> Void
  ) async throws {
    let clock = ManualClock()
    clock.set(noon)
    let (store, discard) = try kind.make(clock: { clock.now })
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: clock)
    do {
      try await body(engine)
    } catch {
      await engine.stop()
      throw error
    }
    await engine.stop()
    #expect(try AuditVerification(of: store).findings == [])
  }

  /// Decides actions and expects them to be committed together.
  private func together(_ engine: EngineUnderTest, _ actions: [any Action<WorkingSet>]) async throws
    -> [CommandOutcome]
  {
    let outcomes = try await engine.batch(actions)
    #expect(engine.reports.batches.last == actions.count, "\(engine.reports.batches)")
    #expect(engine.reports.failures == [])
    return outcomes
  }

  @Test(arguments: StoreUnderTest.all)
  func `a batch that takes a use and then lowers its limit is committed at once`(kind: StoreUnderTest)
    async throws
  {
    for limits in Self.kinds {
      try await withEngine(kind) { engine in
        let id = try await engine.coupon(terms(limits(5)), .of("CODE"))
        for order: OrderID in ["o-1", "o-2"] {
          _ = try await engine.lock(["CODE"], order: order, cart: Self.cart)
        }
        let outcomes = try await together(
          engine, [apply("o-3"), UpdateCoupon(couponID: id, terms: terms(limits(1))), apply("o-4")])
        #expect(outcomes.map(\.answer.kind).prefix(2) == [.created, .ok])
        #expect(outcomes[2].refusal != nil)
        #expect(try await engine.uses(id).locked == 3)
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a batch that raises a limit, takes a use and lowers the limit is committed at once`(
    kind: StoreUnderTest
  ) async throws {
    for limits in Self.kinds {
      try await withEngine(kind) { engine in
        let id = try await engine.coupon(terms(limits(2)), .of("CODE"))
        for order: OrderID in ["o-1", "o-2"] {
          _ = try await engine.lock(["CODE"], order: order, cart: Self.cart)
        }
        let outcomes = try await together(
          engine,
          [
            UpdateCoupon(couponID: id, terms: terms(limits(5))), apply("o-3"),
            UpdateCoupon(couponID: id, terms: terms(limits(1))),
          ])
        #expect(outcomes.map(\.answer.kind) == [.ok, .created, .ok])
        #expect(try await engine.uses(id).locked == 3)
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a use that is given back after the limit was lowered lets the others stand`(kind: StoreUnderTest)
    async throws
  {
    for limits in Self.kinds {
      try await withEngine(kind) { engine in
        let id = try await engine.coupon(terms(limits(5)), .of("CODE"))
        let lock = try await engine.lock(["CODE"], order: "o-1", cart: Self.cart)
        let outcomes = try await together(
          engine,
          [
            apply("o-2"), apply("o-3"), UpdateCoupon(couponID: id, terms: terms(limits(1))),
            ReleaseApplication(applicationID: lock.id),
          ])
        #expect(outcomes.map(\.answer.kind) == [.created, .created, .ok, .ok])
        #expect(try await engine.uses(id).locked == 2)
      }
    }
  }
}
