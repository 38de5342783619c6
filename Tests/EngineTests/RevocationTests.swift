import Ledger
import Promotions
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
      #expect(try await engine.engine.committer.tidier.giveBackRevoked(of: engine.tenant) == 1)
      #expect(try await engine.application("o-2")?.releaseCause == .revoked)
      #expect(try await engine.submit(RedeemApplication(applicationID: second.id)).refusal == .lockRevoked)
      #expect(try await engine.uses(id) == UseCounts(redeemed: 1))
      #expect(try await engine.engine.committer.tidier.giveBackRevoked(of: engine.tenant) == 0)
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
      try await engine.engine.committer.tidier.giveBackRevoked(of: engine.tenant)
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id)).refusal == .lockRevoked)
      #expect(try await engine.apply(["TEN"], order: "o").refusal == .code(.couponDisabled))
      #expect(try await engine.apply(["FIVE"], order: "o").isCreated)
      #expect(try await engine.submit(ChangeCouponState(couponID: id, step: .activate)).isOK)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .lockRevoked)
    }
  }

  @Test func `a lock of the same batch is revoked, and one that follows a new start is not`() async throws {
    try await withEngine { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let customer = Customer(userID: "u-1")
      let outcomes = try await engine.batch(
        [
          ApplyCodes(orderID: "o", codes: ["TEN"], customer: customer, cart: .of(1000)),
          ChangeCouponState(couponID: id, step: .disable(reason: "fraud", revokesLocks: true)),
          ChangeCouponState(couponID: id, step: .activate),
          ApplyCodes(orderID: "new", codes: ["TEN"], customer: customer, cart: .of(1000)),
        ])
      #expect(outcomes.map(\.refusal) == [nil, nil, nil, nil])
      let revoked = try #require(try await engine.application("o"))
      let new = try #require(try await engine.application("new"))
      #expect(try await engine.submit(RedeemApplication(applicationID: revoked.id)).refusal == .lockRevoked)
      #expect(try await engine.submit(RedeemApplication(applicationID: new.id)).isOK)
    }
  }

  /// Who notices first that a lock is void, after the process died between the two halves of a revocation.
  enum Noticer: CaseIterable {
    case command, sweeper, nobody
  }

  @Test(arguments: Noticer.allCases)
  func `a revoked lock stays revoked whoever notices first, also when its coupon is in use again`(
    noticer: Noticer
  ) async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(total: 1)), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o", seconds: 60)
      let fraud = ChangeCouponState.Step.disable(reason: "fraud", revokesLocks: true)
      try await engine.submit(ChangeCouponState(couponID: id, step: fraud))
      engine.clock.advance(seconds: 61)
      switch noticer {
      case .command:
        let extended = try await engine.submit(ExtendApplication(applicationID: lock.id))
        #expect(extended.refusal == .lockRevoked)
      case .sweeper: try await engine.engine.committer.tidier.sweep()
      case .nobody: break
      }
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .lockRevoked)
      try await engine.engine.committer.tidier.sweep()
      #expect(try await engine.application("o")?.releaseCause == .revoked)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .lockRevoked)
      // Its place is free for somebody else.
      #expect(try await engine.lock(["TEN"], order: "other").state == .locked)
    }
  }

  @Test func `a lock that ran out before its coupon revoked can't be taken again either`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o", seconds: 60)
      engine.clock.advance(seconds: 61)
      try await engine.engine.committer.tidier.sweep()
      #expect(try await engine.application("o")?.releaseCause == .expired)
      let fraud = ChangeCouponState.Step.disable(reason: "fraud", revokesLocks: true)
      try await engine.submit(ChangeCouponState(couponID: id, step: fraud))
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate))
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id)).refusal == .lockRevoked)
    }
  }

  @Test func `the sweeper gives back what a process that died has left of a revocation`() async throws {
    try await withEngine { (engine, _) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      for number in 1...3 { _ = try await engine.lock(["TEN"], order: "o-\(number)") }
      let fraud = ChangeCouponState.Step.disable(reason: "fraud", revokesLocks: true)
      try await engine.submit(ChangeCouponState(couponID: id, step: fraud))
      try await engine.engine.committer.tidier.sweep()
      #expect(try await engine.uses(id).locked == 0)
      #expect(try await engine.application("o-1")?.releaseCause == .revoked)
    }
  }
}
