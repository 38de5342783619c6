import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Locks that other pricing rules than today's have agreed on.
@Suite struct OlderEngineTests {
  /// What an earlier version may have written: the same form under its own number, or one that nobody reads any more.
  enum Basis: CaseIterable {
    case readable, unreadable
  }

  /// A lock of ten percent of 10 000 that was agreed at 999 by rules that rounded otherwise.
  private func agreedBefore(
    _ basis: Basis, _ engine: EngineUnderTest, _ store: InMemoryStore
  ) async throws -> DiscountApplication {
    let lock = try await engine.lock(["TEN"], order: "o")
    store.tamper(application: Owned(engine.tenant, lock.id)) { application in
      let written = String(decoding: application.snapshot.basis, as: UTF8.self)
      let current = "\"engine_version\":\(QuoteSnapshot.engineVersion)"
      let older =
        switch basis {
        case .readable: written.replacing(current, with: "\"engine_version\":1")
        case .unreadable: "{\"engine_version\":0,\"basket\":[]}"
        }
      #expect(older != written)
      application.snapshot.basis = Array(older.utf8)
      application.discount = 999
      application.total = 9001
    }
    return try #require(try await engine.application("o"))
  }

  @Test(arguments: Basis.allCases)
  func `are redeemed at what was agreed, and not computed again`(basis: Basis) async throws {
    try await withEngine(checksHistory: false) { (engine, store) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("TEN"))
      let lock = try await agreedBefore(basis, engine, store)
      let wrong = RedeemApplication(applicationID: lock.id, expectedTotal: 9000)
      #expect(try await engine.submit(wrong).refusal == .totalChanged)
      #expect(try await engine.submit(ExtendApplication(applicationID: lock.id, lockSeconds: 3600)).isOK)
      #expect(try await engine.submit(RedeemApplication(applicationID: lock.id, expectedTotal: 9001)).isOK)
      let redeemed = try #require(try await engine.application("o"))
      #expect(redeemed.state == .redeemed && redeemed.discount == 999)
      #expect(redeemed.snapshot == lock.snapshot)
    }
  }

  @Test(arguments: Basis.allCases)
  func `are priced by today's rules when somebody asks for a price`(basis: Basis) async throws {
    try await withEngine(checksHistory: false) { (engine, store) async throws in
      _ = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("TEN"))
      _ = try await agreedBefore(basis, engine, store)
      #expect(try await engine.apply(["TEN"], order: "o").isOK)
      #expect(try await engine.application("o")?.discount == 1000)
      let again = try await agreedBeforeAgain(basis, engine, store)
      // The customer of whom nothing is said is the one that was counted.
      let paid = RedeemApplication(applicationID: again.id, expectedTotal: 18_000, cart: .of(20_000))
      #expect(try await engine.submit(paid).isOK)
      #expect(try await engine.application("o")?.discount == 2000)
    }
  }

  private func agreedBeforeAgain(
    _ basis: Basis, _ engine: EngineUnderTest, _ store: InMemoryStore
  ) async throws -> DiscountApplication {
    let held = try #require(try await engine.application("o"))
    #expect(try await engine.submit(ReleaseApplication(applicationID: held.id)).isOK)
    return try await agreedBefore(basis, engine, store)
  }
}
