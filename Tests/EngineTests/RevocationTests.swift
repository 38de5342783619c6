import Engine
import Scrip
import TestSupport
import Testing

@Suite struct RevocationTests {
  @Test func `a disabled coupon's locks are redeemed, unless they were revoked`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let first = try await engine.lock(["TEN"], order: "o-1")
      let second = try await engine.lock(["TEN"], order: "o-2")
      let pause = ChangeCouponState.Step.disable(reason: "pause", revokesLocks: false)
      try await engine.submit(ChangeCouponState(couponID: id, step: pause))
      #expect(try await engine.submit(RedeemApplication(applicationID: first.id)).isOK)
      let fraud = ChangeCouponState.Step.disable(reason: "fraud", revokesLocks: true)
      #expect(try await engine.submit(ChangeCouponState(couponID: id, step: fraud)).isOK)
      #expect(try await engine.submit(RedeemApplication(applicationID: second.id)).refusal == .lockRevoked)
      #expect(try await engine.submit(RevokeLocks(couponID: id)).text.contains("\"tidied\":1"))
      #expect(try await engine.application("o-2")?.releaseCause == .revoked)
      #expect(try await engine.submit(RedeemApplication(applicationID: second.id)).refusal == .lockRevoked)
      #expect(try await engine.uses(id) == UseCounts(redeemed: 1))
      #expect(try await engine.submit(RevokeLocks(couponID: id)).text.contains("\"tidied\":0"))
    }
  }

  @Test func `a lock that is to be revoked is good for nothing before it is given back`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      _ = try await engine.coupon(.fixed(100), .of("FIVE"))
      let lock = try await engine.lock(["TEN", "FIVE"], order: "o")
      let fraud = ChangeCouponState.Step.disable(reason: "fraud", revokesLocks: true)
      try await engine.submit(ChangeCouponState(couponID: id, step: fraud))
      #expect(try await engine.apply(["TEN", "FIVE"], order: "o").refusal == .lockRevoked)
      let changed = try await engine.apply(["TEN", "FIVE"], order: "o", cart: .of(20_000))
      #expect(changed.refusal == .lockRevoked)
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id)).refusal == .lockRevoked)
      for step in [ChangeCouponState.Step.activate, .archive] {
        let early = try await engine.submit(ChangeCouponState(couponID: id, step: step))
        #expect(early.refusal == .invalidTransition)
      }
      try await engine.submit(RevokeLocks(couponID: id))
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id)).refusal == .lockRevoked)
      #expect(try await engine.apply(["TEN"], order: "o").refusal == .code(.couponDisabled))
      #expect(try await engine.apply(["FIVE"], order: "o").isCreated)
      #expect(try await engine.submit(ChangeCouponState(couponID: id, step: .activate)).isOK)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .lockRevoked)
    }
  }

  @Test func `a lock of the same batch is revoked with the others`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let customer = Customer(userID: "u-1")
      let outcomes = try await engine.batch(
        [
          ApplyCodes(orderID: "o", codes: ["TEN"], customer: customer, cart: .of(1000)),
          ChangeCouponState(couponID: id, step: .disable(reason: "fraud", revokesLocks: true)),
          RevokeLocks(couponID: id),
        ])
      #expect(outcomes.map(\.refusal) == [nil, nil, nil])
      #expect(try await engine.application("o")?.releaseCause == .revoked)
    }
  }
}
