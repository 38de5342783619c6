import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Answers that are given again, on every store.
@Suite struct ReplayTests {
  /// A command with its idempotency key and what it was answered.
  private struct Asked {
    let action: any Action<WorkingSet>
    let key: IdempotencyKey.Name
    let shown: String
  }

  /// Asks under a key of its own for each command, and remembers what was answered.
  private final class Caller {
    let engine: EngineUnderTest
    private(set) var asked: [Asked] = []

    init(_ engine: EngineUnderTest) { self.engine = engine }

    @discardableResult
    func ask(_ action: any Action<WorkingSet>) async throws -> CommandOutcome {
      let key = IdempotencyKey.Name("key-\(asked.count)")
      let outcome = try await engine.submit(action, key: key)
      #expect(!outcome.isReplay)
      asked.append(Asked(action: action, key: key, shown: outcome.shown))
      return outcome
    }
  }

  private let clock = TestClock()

  private func terms(_ percent: Int64) -> CouponTerms {
    .percent(percent, limits: UsageLimits(total: 100, perUser: 50))
  }

  private func order(_ id: OrderID, _ codes: [String], _ minorUnits: Int64 = 10_000) -> ApplyCodes {
    ApplyCodes(orderID: id, codes: codes, customer: Customer(userID: "u-1"), cart: .of(minorUnits))
  }

  @Test(arguments: StoreUnderTest.all)
  func `what was answered is answered again byte by byte, whatever became of it, also after a restart`(
    kind: StoreUnderTest
  ) async throws {
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    let caller = Caller(try await EngineUnderTest(store: opened.store, clock: ManualClock()))
    try await makeEverything(caller)
    try await changeLocks(caller)
    for asked in caller.asked {
      let again = try await caller.engine.submit(asked.action, key: asked.key)
      #expect(again.isReplay && again.shown == asked.shown, "\(type(of: asked.action))")
    }
    await caller.engine.stop()
    let engine = try await EngineUnderTest(store: opened.reopen(), clock: ManualClock(), seed: 2)
    for asked in caller.asked {
      let again = try await engine.submit(asked.action, key: asked.key)
      #expect(again.isReplay && again.shown == asked.shown, "\(type(of: asked.action)) after a restart")
    }
    await engine.stop()
  }

  private func makeEverything(_ caller: Caller) async throws {
    let secret = AccessSecret(role: .server)
    let made = try await caller.ask(
      CreateKey(
        role: .server, name: "caf\u{E9} \u{1F600}", secretHash: secret.hash.bytes, secret: secret.text))
    guard case .created(.accessKey(let key, _)) = made.answer else { throw Unexpected(outcome: made) }
    try await caller.ask(RevokeKey(keyID: key.id))
    try await caller.ask(RevokeKey(keyID: key.id))
    try await caller.ask(CreateTenant(name: "Shop"))
    try await caller.ask(ChangeSettings(TenantSettingsChange(lockSeconds: 600)))
    try await caller.ask(ChangeSettings(TenantSettingsChange(lockSeconds: 900), expectedTag: "other"))
    for (percent, name) in [(10, "ONE"), (20, "TWO"), (30, "THREE")] as [(Int64, String)] {
      let created = try await caller.ask(CreateCoupon(terms: terms(percent), grants: [grant(name)]))
      guard case .created(.coupon(let coupon)) = created.answer else { throw Unexpected(outcome: created) }
      try await caller.ask(ChangeCouponState(couponID: coupon.id, step: .activate))
      try await caller.ask(
        AddCodes(couponID: coupon.id, grants: [grant(name + "-MORE"), grant(name + "-OWN")]))
      try await caller.ask(CreateCoupon(terms: terms(percent), grants: [grant(name)]))
      try await caller.ask(UpdateCoupon(couponID: coupon.id, terms: terms(percent + 1)))
    }
  }

  private func changeLocks(_ caller: Caller) async throws {
    func lock(_ order: ApplyCodes) async throws -> DiscountApplication.ID {
      let outcome = try await caller.ask(order)
      guard case .created(.application(let application)) = outcome.answer else {
        throw Unexpected(outcome: outcome)
      }
      return application.id
    }
    let first = try await lock(order("o-1", ["one", "two"]))
    // The same order for another cart is agreed anew; the same again is not.
    try await caller.ask(order("o-1", ["one", "two"], 20_000))
    try await caller.ask(order("o-1", ["one", "two"], 20_000))
    try await caller.ask(
      ChangeApplication(
        applicationID: first, codes: ["two", "three"], customer: Customer(userID: "u-1"), cart: .of(20_000)))
    try await caller.ask(
      ChangeApplication(
        applicationID: first, codes: ["one-more", "three"], customer: Customer(userID: "u-1"),
        cart: .of(30_000), lockSeconds: 3600))
    clock.now = clock.now.adding(seconds: 60)
    try await caller.ask(ExtendApplication(applicationID: first, lockSeconds: 7200))
    try await caller.ask(RedeemApplication(applicationID: first, cart: .of(15_000)))
    try await caller.ask(RedeemApplication(applicationID: first))
    try await caller.ask(ReleaseApplication(applicationID: first))
    try await caller.ask(RestoreApplication(applicationID: first, cause: .canceled))
    let second = try await lock(order("o-2", ["one"]))
    try await caller.ask(ReleaseApplication(applicationID: second, reason: "no money"))
    try await caller.ask(order("o-3", ["nobody", "one"]))
    // One that runs out, and is paid all the same.
    let third = try await lock(order("o-4", ["one", "two"]))
    clock.now = clock.now.adding(seconds: 1000)
    try await caller.ask(RedeemApplication(applicationID: third))
  }

  @Test(arguments: StoreUnderTest.all)
  func `what is kept of a lock's answer names what the store has anyway`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(terms(10), grant("TEN"))
    let locked = try await engine.submit(order("o", ["TEN"]), key: "k")
    let key = Owned(engine.tenant, IdempotencyKey.Name("k"))
    let kept = try #require(try store.load(answers: [key]).answers[key]?.form)
    #expect(kept.kind == "new_application")
    #expect(kept.body.count < 350 && locked.text.utf8.count > 2 * kept.body.count)
    #expect(!String(decoding: kept.body, as: UTF8.self).contains("quote"))
    await engine.stop()
  }

  private struct Unexpected: Error { let outcome: CommandOutcome }
}
