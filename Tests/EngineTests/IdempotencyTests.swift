import Digest
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct IdempotencyTests {
  @Test func `the same key gets the same answer and has no other effect`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let first = try await engine.apply(["TEN"], order: "o", key: "k")
      let events = try await engine.events().count
      let again = try await engine.apply(["TEN"], order: "o", key: "k")
      #expect(!first.isReplay && again.isReplay)
      #expect(first.shown == again.shown)
      #expect(try await engine.events().count == events)
      #expect(try await engine.uses(id).live == 1)
    }
  }

  @Test func `a refusal is answered again as it was, even if it would no longer be one`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.draft(.percent(), [.of("TEN")])
      let refused = try await engine.apply(["TEN"], order: "o", key: "k")
      #expect(refused.refusal == .code(.couponNotActive))
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
      let again = try await engine.apply(["TEN"], order: "o", key: "k")
      #expect(again.isReplay && again.shown == refused.shown)
      let nobody = RedeemApplication(applicationID: DiscountApplication.ID(7))
      let unknown = try await engine.submit(nobody, key: "k-2")
      #expect(unknown.refusal == .applicationNotFound)
      #expect(try await engine.submit(nobody, key: "k-2").isReplay)
    }
  }

  @Test func `another request under the same key is refused, and the first answer stays`() async throws {
    try await withEngine { (engine, _) async throws in
      let terms = CreateCoupon(terms: .percent())
      let first = try await engine.submit(terms, key: "k", body: "one")
      #expect(try await engine.submit(terms, key: "k", body: "two").refusal == .idempotencyKeyReused)
      #expect(try await engine.submit(terms, key: "k", body: "one").shown == first.shown)
      #expect(try await engine.facts().filter { $0.name == "CouponCreated" }.count == 1)
    }
  }

  @Test func `the keys of two tenants have nothing to do with each other`() async throws {
    try await withEngine { (engine, _) async throws in
      let action = CreateCoupon(terms: .percent(), grants: [.of("TEN")])
      let first = try await engine.submit(action, key: "k", body: "one")
      var stranger = engine.command(action, key: "k", body: "two")
      stranger.tenant = Tenant.ID(2)
      var founding = engine.command(CreateTenant(name: "Two"))
      founding.tenant = Tenant.ID(2)
      #expect(try await engine.engine.submit(founding).isCreated)
      let second = try await engine.engine.submit(stranger)
      #expect(second.isCreated && !second.isReplay)
      #expect(second.shown != first.shown)
      #expect(try await engine.engine.submit(stranger).shown == second.shown)
      #expect(try await engine.submit(action, key: "k", body: "one").shown == first.shown)
    }
  }

  @Test func `two tries in one batch have one effect`() async throws {
    try await withEngine { (engine, store) async throws in
      let gate = BlockingAction()
      async let blocker = engine.submit(gate)
      await gate.reached()
      let tries = (1...2).map { _ in
        Task { try await engine.submit(CreateCoupon(terms: .percent()), key: "k") }
      }
      while engine.engine.committer.queueDepth < 2 { await Task.yield() }
      gate.open()
      _ = try await blocker
      let outcomes = [try await tries[0].value, try await tries[1].value]
      #expect(outcomes.filter(\.isReplay).count == 1)
      #expect(outcomes[0].shown == outcomes[1].shown)
      #expect(try await engine.facts().filter { $0.name == "CouponCreated" }.count == 1)
    }
  }

  @Test func `answers are kept for a day and then forgotten`() async throws {
    try await withEngine { (engine, _) async throws in
      try await engine.submit(CreateCoupon(terms: .percent()), key: "k")
      let sweeper = Sweeper(committer: engine.engine.committer)
      engine.clock.advance(seconds: 86_400)
      try await sweeper.sweep()
      #expect(try await engine.submit(CreateCoupon(terms: .percent()), key: "k").isReplay)
      engine.clock.advance(seconds: 1)
      try await sweeper.sweep()
      #expect(try await engine.submit(CreateCoupon(terms: .percent()), key: "k").isReplay == false)
    }
  }

  @Test func `one round of the sweeper forgets all old answers`() async throws {
    try await withEngine { (engine, store) async throws in
      for number in 0..<(1001) {
        try await engine.submit(
          RedeemApplication(applicationID: DiscountApplication.ID(7)), key: "k-\(number)")
      }
      engine.clock.advance(seconds: 90_000)
      try await Sweeper(committer: engine.engine.committer).sweep()
      #expect(store.answerCount == 0)
    }
  }
}
