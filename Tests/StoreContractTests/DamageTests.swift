import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// A way to break one of tenant 1's rows.
struct Damage: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let sqlite: StaticString
  let postgres: StaticString
  /// Whether some command needs what was broken. Otherwise it is enough that nothing else breaks.
  let isNoticed: Bool

  init(_ name: String, sqlite: StaticString, postgres: StaticString? = nil, isNoticed: Bool = true) {
    self.isNoticed = isNoticed
    testDescription = name
    self.sqlite = sqlite
    self.postgres = postgres ?? sqlite
  }

  /// Those of one coupon, its codes and its locks.
  static let ofCoupon = [
    Damage(
      "terms", sqlite: "UPDATE coupon_version SET terms = '{' WHERE tenant = 1 AND terms LIKE '%10 percent%'"),
    Damage("no version", sqlite: "DELETE FROM coupon_version WHERE tenant = 1 AND terms LIKE '%10 percent%'"),
    Damage("coupon's state", sqlite: "UPDATE coupon SET state = 99 WHERE tenant = 1 AND limit_total = 1000"),
    Damage(
      "coupon's count too low", sqlite: "UPDATE coupon SET locked = 0 WHERE tenant = 1 AND limit_total = 1000"
    ),
    Damage(
      "coupon's count too high",
      sqlite: "UPDATE coupon SET redeemed = 9223372036854775807 WHERE tenant = 1 AND limit_total = 1000"),
    Damage(
      "coupon's head", sqlite: "UPDATE coupon SET head_hash = x'00' WHERE tenant = 1 AND limit_total = 1000",
      postgres: "UPDATE coupon SET head_hash = '\\x00' WHERE tenant = 1 AND limit_total = 1000"),
    Damage(
      "coupon's place", sqlite: "UPDATE coupon SET head_sequence = 1 WHERE tenant = 1 AND limit_total = 1000"),
    Damage(
      "coupon's last place",
      sqlite: "UPDATE coupon SET head_sequence = 9223372036854775807 WHERE tenant = 1 AND limit_total = 1000"),
    Damage("code's count", sqlite: "UPDATE code SET used = 0 WHERE tenant = 1 AND canonical = 'TEN'"),
    Damage("negative code", sqlite: "UPDATE code SET used = -5 WHERE tenant = 1 AND canonical = 'TEN'"),
    Damage(
      "code without coupon",
      sqlite:
        "UPDATE code SET coupon_id = x'00000000000000000000000000000001' WHERE tenant = 1 AND canonical = 'TEN'",
      postgres:
        "UPDATE code SET coupon_id = '00000000-0000-0000-0000-000000000001' WHERE tenant = 1 AND canonical = 'TEN'"
    ),
    Damage("counter too low", sqlite: "UPDATE counter SET used = 1 WHERE tenant = 1 AND counter = 'b:USD'"),
    Damage("negative counter", sqlite: "UPDATE counter SET used = -1 WHERE tenant = 1 AND counter = 'b:USD'"),
    Damage(
      "application's state",
      sqlite: "UPDATE usage SET application_state = 7 WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "application's currency",
      sqlite: "UPDATE usage SET currency = '???' WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "application's buyer",
      sqlite: "UPDATE usage SET buyer = '?' WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "application's agreement",
      sqlite: "UPDATE usage SET agreed_sequence = 99 WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "application's moment",
      sqlite: "UPDATE usage SET locked_at = 9223372036854775807 WHERE tenant = 1 AND order_id = 'held'",
      isNoticed: false),
    Damage("usage's state", sqlite: "UPDATE usage SET state = 9 WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "usage's counters",
      sqlite: "UPDATE usage SET counters = '[\"zz\"]' WHERE tenant = 1 AND order_id = 'held'"),
    Damage("usage's list", sqlite: "UPDATE usage SET counters = '{' WHERE tenant = 1 AND order_id = 'held'"),
    Damage("usage's code", sqlite: "UPDATE usage SET code = '' WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "usage's amount",
      sqlite: "UPDATE usage SET amount = -9223372036854775808 WHERE tenant = 1 AND order_id = 'held'"),
    Damage("usage's version", sqlite: "UPDATE usage SET version = 77 WHERE tenant = 1 AND order_id = 'held'"),
    Damage(
      "event", sqlite: "UPDATE event SET payload = x'7B' WHERE tenant = 1 AND type = 'CouponApplied'",
      postgres: "UPDATE event SET payload = '\\x7B' WHERE tenant = 1 AND type = 'CouponApplied'"),
    Damage(
      "snapshot",
      sqlite: """
        UPDATE event SET payload = CAST(replace(CAST(payload AS TEXT), '"engine_version":', '"engine":') AS BLOB)
        WHERE tenant = 1 AND type = 'CouponApplied'
        """,
      postgres: """
        UPDATE event SET payload = convert_to(
          replace(convert_from(payload, 'UTF8'), '"engine_version":', '"engine":'), 'UTF8')
        WHERE tenant = 1 AND type = 'CouponApplied'
        """, isNoticed: false),
    Damage("answer", sqlite: "UPDATE answer SET kind = 'sideways' WHERE tenant = 1"),
  ]

  /// Those that hurt all of a tenant.
  static let ofTenant = [
    Damage(
      "policy", sqlite: "UPDATE tenant SET rounding = 'sideways' WHERE tenant = 1",
      postgres: "UPDATE tenant SET rounding = 'sideways' WHERE tenant = 1"),
    Damage(
      "tenant's head", sqlite: "UPDATE tenant SET head_hash = x'00' WHERE tenant = 1",
      postgres: "UPDATE tenant SET head_hash = '\\x00' WHERE tenant = 1"),
    Damage(
      "no tenant", sqlite: "DELETE FROM tenant WHERE tenant = 1",
      postgres: "DELETE FROM tenant WHERE tenant = 1"),
  ]
}

/// Two tenants with two coupons and some locks each.
private struct World {
  static let tenants = [Tenant.ID(1), Tenant.ID(2)]

  let engine: Engine
  let reports = CommitReports()

  init(_ store: any PromotionStore, seed: UInt64) {
    engine = Engine(
      store: store,
      committer: Committer(
        store: store, identifiers: .seeded(seed), configuration: .patient(), observer: reports))
  }

  func submit(
    _ action: any Action<WorkingSet>, of tenant: Tenant.ID, key: String? = nil
  ) async throws(CommandFailure) -> CommandOutcome {
    try await engine.submit(
      PromotionCommand(
        tenant: tenant, actor: .commandLine,
        idempotency: key.map { IdempotencyKey(key: IdempotencyKey.Name($0), fingerprint: hash("request")) },
        action: action))
  }

  func apply(_ code: String, order: String, cart: Cart = .of(10_000), seconds: Int64? = nil) -> ApplyCodes {
    ApplyCodes(
      orderID: OrderID(order), codes: [code], customer: Customer(userID: "u-1"), cart: cart,
      lockSeconds: seconds)
  }

  func fill() async throws {
    for tenant in World.tenants {
      _ = try await submit(CreateTenant(name: "Shop"), of: tenant)
      let limits = UsageLimits(total: 1000, perUser: 500, budget: .usd(10_000_000))
      for (terms, code) in [(CouponTerms.percent(limits: limits), "TEN"), (.fixed(500), "FIVE")] {
        _ = try await submit(CreateCoupon(terms: terms, grants: [.of(code)]), of: tenant)
        let id = try #require(
          try engine.store.coupons(CouponFilter(code: .of(code), limit: 1), of: tenant).first?.id)
        _ = try await submit(ChangeCouponState(couponID: id, step: .activate), of: tenant)
      }
      for order in ["held", "other"] {
        #expect(try await submit(apply("TEN", order: order), of: tenant, key: order).answer.kind == .created)
      }
      #expect(try await submit(apply("TEN", order: "late", seconds: 60), of: tenant).answer.kind == .created)
    }
  }

  func application(_ order: String, of tenant: Tenant.ID) async throws -> DiscountApplication.ID {
    try #require(try await engine.application(ofOrder: OrderID(order), tenant: tenant)?.id)
  }

  /// What somebody does who has nothing to do with the damage: all of it must go well.
  func work(_ code: String, of tenant: Tenant.ID, _ prefix: String) async throws {
    for number in 0..<6 {
      let order = "\(prefix)-\(number)"
      #expect(try await submit(apply(code, order: order), of: tenant).answer.kind == .created)
      let id = try await application(order, of: tenant)
      #expect(try await submit(apply(code, order: order, cart: .of(20_000)), of: tenant).answer.kind == .ok)
      let end: any Action<WorkingSet> =
        number % 2 == 0 ? RedeemApplication(applicationID: id) : ReleaseApplication(applicationID: id)
      #expect(try await submit(end, of: tenant).answer.kind == .ok)
      let quote = try await engine.quote(
        QuoteCart(codes: [code], customer: Customer(userID: "u-1"), cart: .of(1000)), tenant: tenant)
      #expect(try quote.get().applied.count == 1)
    }
  }

  /// Commands about the damaged thing, each of which does well, is refused for what can't be read, or fails cleanly; says
  /// how many were refused or failed.
  func probe(_ applications: [String: DiscountApplication.ID]) async -> Int {
    let tenant = World.tenants[0]
    var failed = 0
    func attempt(_ action: any Action<WorkingSet>, key: String? = nil) async {
      do throws(CommandFailure) {
        let outcome = try await submit(action, of: tenant, key: key)
        if outcome.refusal == .codeRefused(.couponUnreadable) { failed += 1 }
      } catch {
        guard case .store(let failure) = error, failure.mayBeOneCommandsFault else {
          Issue.record("\(action): \(error)")
          return
        }
        failed += 1
      }
    }
    await attempt(apply("TEN", order: "held"), key: "held")
    await attempt(apply("TEN", order: "held", cart: .of(30_000)))
    await attempt(apply("NO-SUCH-CODE", order: "unknown"))
    for _ in 0..<2 { await attempt(apply("TEN", order: "new-\(failed)")) }
    for (_, id) in applications {
      await attempt(ExtendApplication(applicationID: id))
      await attempt(RedeemApplication(applicationID: id, cart: .of(20_000)))
      await attempt(RestoreApplication(applicationID: id, cause: .canceled))
      await attempt(ReleaseApplication(applicationID: id))
    }
    return failed
  }
}

/// A row that can't be read harms the commands that need it, and nobody else.
@Suite struct DamageTests {
  private func check(_ kind: StoreUnderTest, _ damage: Damage, harmsTenant: Bool) async throws {
    let clock = TestClock()
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    let before = World(opened.store, seed: 1)
    try await before.fill()
    var applications: [String: DiscountApplication.ID] = [:]
    for order in ["held", "other"] {
      applications[order] = try await before.application(order, of: World.tenants[0])
    }
    await before.engine.shutDown()
    try opened.run(damage)
    clock.now = noon.adding(seconds: 61)
    let world = World(try opened.reopen(), seed: 2)
    let found = applications
    let failures = try await withThrowingTaskGroup(of: Int.self) { group in
      for client in 1...2 {
        group.addTask {
          try await world.work("TEN", of: World.tenants[1], "client-\(client)")
          return 0
        }
      }
      if !harmsTenant {
        group.addTask {
          try await world.work("FIVE", of: World.tenants[0], "five")
          return 0
        }
      }
      group.addTask {
        // What is locked late is tidied while the others work.
        try await world.engine.committer.tidier.sweep()
        return 0
      }
      group.addTask { await world.probe(found) }
      return try await group.reduce(0, +)
    }
    #expect(!damage.isNoticed || failures > 0, "the damage was not noticed")
    clock.now = noon.adding(seconds: 9999)
    try await world.engine.committer.tidier.sweep()
    let left = try world.engine.store.locks(
      LockFilter(tenant: World.tenants[1], kind: .expired(at: clock.now), limit: 100))
    #expect(left.isEmpty)
    // What stays is reported. Giving back needs no snapshot, so an event that can't be read keeps nothing.
    let stuck = world.engine.committer.tidier.stuckLocks(of: World.tenants[0])
    if ["event", "snapshot"].contains(damage.testDescription) { #expect(stuck.isEmpty) }
    if damage.testDescription == "usage's list" { #expect(stuck.map(\.lock?.orderID.text) == ["held"]) }
    await world.engine.shutDown()
  }

  @Test(arguments: StoreUnderTest.fragile, Damage.ofCoupon)
  func `a damaged row of a coupon harms nobody who does not need it`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    try await check(kind, damage, harmsTenant: false)
  }

  @Test(arguments: StoreUnderTest.fragile, Damage.ofTenant)
  func `a damaged row of a tenant harms no other tenant`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    try await check(kind, damage, harmsTenant: true)
  }
}
