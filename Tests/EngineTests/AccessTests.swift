import Digest
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct AccessTests {
  private func key(
    _ role: AccessKey.Role, _ engine: EngineUnderTest, idempotency: IdempotencyKey.Name? = nil
  ) async throws -> (AccessSecret, CommandOutcome) {
    let secret = AccessSecret(role: role)
    let action = CreateKey(role: role, name: "key", secretHash: secret.hash.bytes, secret: secret.text)
    return (secret, try await engine.submit(action, key: idempotency))
  }

  @Test func `a key's secret is shown once and stored nowhere`() async throws {
    try await withEngine { (engine, store) async throws in
      let (secret, made) = try await key(.server, engine, idempotency: "k")
      #expect(made.isCreated && made.secret == secret.text)
      #expect(!made.text.contains(secret.text))
      #expect(try engine.engine.store.accessKey(secretHash: secret.hash)?.role == .server)
      let again = try await engine.submit(
        CreateKey(role: .server, name: "key", secretHash: secret.hash.bytes, secret: secret.text), key: "k")
      #expect(again.isReplay && again.secret == nil && again.shown == made.shown)
      let payloads = try await engine.events().map { String(decoding: $0.payload, as: UTF8.self) }
      #expect(!payloads.contains { $0.contains(secret.text) })
    }
  }

  @Test func `secrets are long, different, and chosen ones not too short`() {
    #expect(AccessSecret(role: .admin).text != AccessSecret(role: .admin).text)
    #expect(AccessSecret(role: .admin).text.hasPrefix("scrip_admin_"))
    #expect(AccessSecret(chosen: String(repeating: "x", count: 23)) == nil)
    #expect(AccessSecret(chosen: String(repeating: "x", count: 24)) != nil)
    #expect(AccessSecret(chosen: String(repeating: " ", count: 24)) == nil)
  }

  @Test func `the last admin key is revoked by the command line alone`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await key(.admin, engine)
      _ = try await key(.admin, engine)
      _ = try await key(.server, engine)
      let keys = try engine.engine.store.accessKeys(of: engine.tenant)
      let admins = keys.filter { $0.role == .admin }
      func revoke(_ id: AccessKey.ID, actor: Actor) async throws -> CommandOutcome {
        try await engine.engine.submit(
          PromotionCommand(tenant: engine.tenant, actor: actor, action: RevokeKey(keyID: id)))
      }
      let caller = Actor.key(admins[0].id)
      let server = try #require(keys.first { $0.role == .server })
      #expect(try await revoke(server.id, actor: caller).isOK)
      #expect(try await revoke(admins[1].id, actor: caller).isOK)
      #expect(try await revoke(admins[1].id, actor: caller).isOK)
      #expect(try await revoke(admins[0].id, actor: caller).refusal == .lastAdminKey)
      #expect(try await revoke(admins[0].id, actor: .commandLine).isOK)
      #expect(try await revoke(AccessKey.ID(7), actor: caller).refusal == .keyNotFound)
      #expect(try await engine.facts().filter { $0.name == "KeyRevoked" }.count == 3)
    }
  }

  @Test func `a tenant is made once and its settings change with an event`() async throws {
    try await withEngine { (engine, _) async throws in
      #expect(try await engine.submit(CreateTenant(name: "Other")).isOK)
      #expect(try await engine.engine.tenant(engine.tenant)?.name == "Shop")
      let change = TenantSettingsChange(lockSeconds: 60)
      #expect(try await engine.submit(ChangeSettings(change)).isOK)
      #expect(try await engine.submit(ChangeSettings(change)).isOK)
      #expect(try await engine.facts().map(\.name) == ["TenantCreated", "TenantSettingsChanged"])
      _ = try await engine.coupon(.percent(), .of("TEN"))
      #expect(try await engine.lock(["TEN"], order: "o").expiresAt == engine.clock.now.adding(seconds: 60))
    }
  }

  @Test func `changes of different settings at once all stand`() async throws {
    try await withEngine { (engine, _) async throws in
      let changes = [
        TenantSettingsChange(rounding: .down), TenantSettingsChange(percentBase: .original),
        TenantSettingsChange(lockSeconds: 120),
      ]
      let outcomes = try await engine.batch(changes.map { ChangeSettings($0) })
      #expect(outcomes.map(\.isOK) == [true, true, true])
      #expect(
        try await engine.engine.tenant(engine.tenant)?.settings
          == TenantSettings(
            pricing: PricingPolicy(rounding: .down, percentBase: .original), lockSeconds: 120))
    }
  }

  @Test func `settings that were changed since they were read are not changed by their tag`() async throws {
    try await withEngine { (engine, _) async throws in
      let seen = TenantSettings().tag
      #expect(try await engine.submit(ChangeSettings(.init(lockSeconds: 60), expectedTag: seen)).isOK)
      let late = ChangeSettings(.init(rounding: .down), expectedTag: seen)
      #expect(try await engine.submit(late).refusal == .versionConflict)
      #expect(
        try await engine.engine.tenant(engine.tenant)?.settings == TenantSettings(lockSeconds: 60))
    }
  }

  @Test func `tenants do not see each other's coupons, codes and orders`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      let other = Tenant.ID(2)
      func submit(_ action: any Action<WorkingSet>) async throws -> CommandOutcome {
        try await engine.engine.submit(PromotionCommand(tenant: other, actor: .commandLine, action: action))
      }
      #expect(try await submit(CreateTenant(name: "Two")).isCreated)
      let apply = ApplyCodes(orderID: "o", codes: ["TEN"], customer: Customer(userID: "u"), cart: .of(1000))
      #expect(try await submit(apply).refusal == .code(.unknownCode))
      #expect(try await submit(RedeemApplication(applicationID: lock.id)).refusal == .applicationNotFound)
      #expect(try await submit(CreateCoupon(terms: .percent(), grants: [.of("TEN")])).isCreated)
      #expect(try await engine.engine.application(ofOrder: "o", tenant: other) == nil)
      #expect(try await engine.engine.application(lock.id, tenant: other) == nil)
    }
  }
}
