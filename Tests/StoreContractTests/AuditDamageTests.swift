import Digest
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// An audit tells of every damage, whatever can't be read.
@Suite struct AuditDamageTests {
  /// A damage with what the audit finds of it in tenant 1.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String { damage.testDescription }
    let damage: Damage
    let faults: [AuditVerification.Finding.Fault]
    let isOfEvent: Bool

    init(
      _ name: String, _ faults: AuditVerification.Finding.Fault..., isOfEvent: Bool = false,
      sqlite: StaticString, postgres: StaticString? = nil
    ) {
      damage = Damage(name, sqlite: sqlite, postgres: postgres)
      self.faults = faults
      self.isOfEvent = isOfEvent
    }
  }

  static let unreadable = [
    Case(
      "coupon's head", .unreadable("the hash of the head"),
      sqlite: """
        UPDATE coupon SET head_hash = x'00' WHERE tenant = 1;
        UPDATE event SET payload = x'7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """,
      postgres: """
        UPDATE coupon SET head_hash = '\\x00' WHERE tenant = 1;
        UPDATE event SET payload = '\\x7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """),
    Case(
      "tenant's head", .unreadable("the hash of the head"),
      sqlite: """
        UPDATE tenant SET head_hash = x'' WHERE tenant = 1;
        UPDATE event SET payload = x'7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """,
      postgres: """
        UPDATE tenant SET head_hash = '' WHERE tenant = 1;
        UPDATE event SET payload = '\\x7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """),
    Case(
      "event's moment", .unreadable("a moment"), isOfEvent: true,
      sqlite: """
        UPDATE event SET at = 9000000000000000000 WHERE tenant = 1 AND type = 'CodesAdded';
        UPDATE event SET payload = x'7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """,
      postgres: """
        UPDATE event SET at = 9000000000000000000 WHERE tenant = 1 AND type = 'CodesAdded';
        UPDATE event SET payload = '\\x7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """),
    Case(
      "event's hash", .unreadable("a hash"), isOfEvent: true,
      sqlite: """
        UPDATE event SET hash = x'0102' WHERE tenant = 1 AND type = 'CodesAdded';
        UPDATE event SET payload = x'7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """,
      postgres: """
        UPDATE event SET hash = '\\x0102' WHERE tenant = 1 AND type = 'CodesAdded';
        UPDATE event SET payload = '\\x7B7D' WHERE tenant = 2 AND type = 'CouponCreated'
        """),
  ]

  /// Two tenants with a coupon and a lock each.
  private func fill(_ store: any PromotionStore) async throws -> EngineUnderTest {
    let engine = try await EngineUnderTest(store: store, clock: ManualClock(noon))
    _ = try await engine.coupon(.percent(limits: UsageLimits(total: 1000)), .of("TEN"))
    _ = try await engine.lock(["TEN"], order: "o-1")
    for action: any Action<WorkingSet> in [CreateTenant(name: "Other"), CreateCoupon(terms: .percent())] {
      _ = try await engine.engine.submit(
        PromotionCommand(tenant: Tenant.ID(2), actor: .commandLine, action: action))
    }
    return engine
  }

  @Test(arguments: StoreUnderTest.fragile, unreadable)
  func `what can't be read is a finding with its place, and the audit goes on`(
    kind: StoreUnderTest, damaged: Case
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    await (try fill(opened.store)).stop()
    try opened.run(damaged.damage)
    let store = try opened.reopen()
    let findings = try AuditVerification(of: store).findings
    let found = try #require(findings.first { $0.fault == damaged.faults.first })
    #expect(found.tenant == Tenant.ID(1))
    #expect(found.stream != nil)
    #expect((found.position > 0) == damaged.isOfEvent)
    #expect(found.sequence > 0)
    // The other tenant's changed event has changed what follows it in nothing.
    #expect(findings.filter { $0.tenant == Tenant.ID(2) }.map(\.fault).allSatisfy { $0 == .hash })
    #expect(findings.count { $0.tenant == Tenant.ID(2) } == 1)
    #expect(findings.count == 2)
  }

  static let wrongHeads = [
    Case(
      "coupon ahead", .truncated(expected: 77),
      sqlite: "UPDATE coupon SET head_sequence = 77 WHERE tenant = 1",
      postgres: "UPDATE coupon SET head_sequence = 77 WHERE tenant = 1"),
    Case(
      "tenant ahead", .truncated(expected: 77),
      sqlite: "UPDATE tenant SET head_sequence = 77 WHERE tenant = 1",
      postgres: "UPDATE tenant SET head_sequence = 77 WHERE tenant = 1"),
    Case(
      "coupon behind", .head, .unexpected(expected: 2),
      sqlite: "UPDATE coupon SET head_sequence = 2 WHERE tenant = 1"),
    Case(
      "coupon nowhere", .unexpected(expected: 0),
      sqlite: "UPDATE coupon SET head_sequence = 0 WHERE tenant = 1"),
    Case(
      "coupon's hash", .head,
      sqlite:
        "UPDATE coupon SET head_hash = x'0000000000000000000000000000000000000000000000000000000000000001' WHERE tenant = 1",
      postgres: """
        UPDATE coupon SET head_hash = decode(lpad('01', 64, '0'), 'hex') WHERE tenant = 1
        """),
    Case(
      "coupon's hash is none", .unreadable("the hash of the head"),
      sqlite: "UPDATE coupon SET head_hash = x'00' WHERE tenant = 1",
      postgres: "UPDATE coupon SET head_hash = '\\x00' WHERE tenant = 1"),
  ]

  @Test(arguments: StoreUnderTest.fragile, wrongHeads)
  func `a wrong head leaves no gap in the log, and a rebuild puts it right`(
    kind: StoreUnderTest, damaged: Case
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let engine = try await fill(opened.store)
    let log = try await opened.store.wholeLog()
    try opened.run(damaged.damage)
    let store = try #require(try opened.reopen() as? any RebuildableStore<WorkingSet>)
    #expect(try AuditVerification(of: store).findings.map(\.fault) == damaged.faults)
    // Whatever would go on from that head is refused.
    for action: any Action<WorkingSet> in [
      ApplyCodes(orderID: "o-2", codes: ["TEN"], customer: Customer(userID: "u"), cart: .of(100)),
      ChangeSettings(TenantSettingsChange(lockSeconds: 77)),
    ] {
      do { _ = try await engine.submit(action) } catch let failure as CommandFailure {
        guard case .store(let failure) = failure else { throw failure }
        #expect([.refusedByDatabase, .corrupt].contains(failure.kind))
      }
    }
    let all = try await engine.engine.store.wholeLog()
    // What another process has written is seen a moment later.
    while try await store.wholeLog().count < all.count { try await Task.sleep(for: .milliseconds(5)) }
    let written = all.dropFirst(log.count)
    #expect(Set(written.map(\.envelope.stream)).count <= 1, "only the other stream goes on")
    #expect(try AuditVerification(of: store).findings.map(\.fault) == damaged.faults)
    let rebuild = try Rebuild(of: store)
    let differences = try store.differences(to: rebuild.scratch)
    #expect(
      differences.map(\.table) == [damaged.testDescription.hasPrefix("tenant") ? "tenant" : "coupon"],
      "\(differences)")
    try store.adopt(rebuild.scratch)
    #expect(try AuditVerification(of: store).findings == [])
    #expect(try await engine.apply(["TEN"], order: "o-3").answer.kind == .created)
    _ = try await engine.submit(ChangeSettings(TenantSettingsChange(lockSeconds: 78)))
    #expect(try AuditVerification(of: store).findings == [])
    await engine.stop()
  }
}
