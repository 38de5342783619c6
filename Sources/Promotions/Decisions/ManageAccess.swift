import Digest
import Forms
import Ledger
import Scrip

/// Makes a key. Whoever asks for it has made the secret and knows it; only its hash comes here.
public struct CreateKey: PromotionAction {
  /// What its holder may do.
  public var role: AccessKey.Role
  /// What people call it.
  public var name: String
  /// SHA-256 of the secret, 32 bytes.
  public var secretHash: [UInt8]
  /// The secret, to be shown once in the reply.
  public var secret: String

  /// Makes an action.
  public init(role: AccessKey.Role, name: String, secretHash: [UInt8], secret: String) {
    self.role = role
    self.name = name
    self.secretHash = secretHash
    self.secret = secret
  }

  /// Asks for the tenant.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
  }

  /// Creates it.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let key = AccessKey(
      id: context.newID(), tenant: context.tenant, role: role, name: name,
      secretHash: secretHash, createdAt: context.now)
    return Decision([(.tenant, KeyCreated(key))], reply: .accessKey(key.id, secret: secret))
  }
}

/// Makes a key useless at once.
public struct RevokeKey: PromotionAction {
  /// Which key.
  public var keyID: AccessKey.ID

  /// Makes an action.
  public init(keyID: AccessKey.ID) { self.keyID = keyID }

  /// Asks for the key, and how many admin keys work.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.accessKeys.insert(Owned(tenant, keyID))
    request.adminKeyCounts.insert(tenant)
  }

  /// Revokes it; the last admin key can't be revoked over the API, because nobody could make another one there.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    guard let key = set.accessKeys[Owned(context.tenant, keyID)] else {
      throw Refusal(.keyNotFound, "There is no key \(keyID).")
    }
    if key.revokedAt != nil { return Decision(reply: .accessKey(keyID, secret: nil)) }
    if key.role == .admin, set.found.adminKeyCounts[context.tenant, default: 0] <= 1,
      context.actor != .commandLine
    {
      throw Refusal(.lastAdminKey, "This is the last admin key; make another one first.")
    }
    return Decision([(.tenant, KeyRevoked(keyID))], reply: .accessKey(keyID, secret: nil))
  }
}

/// Makes a tenant: the command line any, the API sandboxes alone.
public struct CreateTenant: PromotionAction {
  /// What people call it.
  public var name: String
  /// How its coupons are computed and held.
  public var settings: TenantSettings
  /// Where its own clock stands, if it is to be a sandbox.
  public var testClock: Instant?

  /// Makes an action.
  public init(name: String, settings: TenantSettings = TenantSettings(), testClock: Instant? = nil) {
    self.name = name
    self.settings = settings
    self.testClock = testClock
  }

  /// Asks whether the number is taken.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
  }

  /// Creates the tenant under the command's number; one that is there stays as it is.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    if set.tenants[context.tenant] != nil { return Decision(reply: .tenant(context.tenant, isNew: false)) }
    return Decision(
      [(.tenant, TenantCreated(name: name, settings: settings, testClock: testClock))],
      reply: .tenant(context.tenant, isNew: true))
  }
}

/// Moves a sandbox's own clock forward.
public struct AdvanceTestClock: PromotionAction {
  /// Where it is to stand.
  public var to: Instant

  /// Makes an action.
  public init(to: Instant) { self.to = to }

  /// Asks for the tenant.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
  }

  /// Moves it. What it passes over happens when it is looked at, as in real time: locks are over, windows end.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    guard let clock = set.tenants[context.tenant]?.tenant.testClock else {
      throw Refusal(.invalidTransition, "The tenant has no clock of its own; it lives in real time.")
    }
    if to < clock {
      throw Refusal(.invalidTransition, "The tenant's clock stands at \(clock), and never goes back.")
    }
    return Decision(
      to == clock ? [] : [(.tenant, TestClockAdvanced(to: to))], reply: .tenant(context.tenant, isNew: false))
  }
}

/// Changes how a tenant's coupons are computed and held. Locks keep what they were agreed with.
public struct ChangeSettings: PromotionAction {
  /// What changes. It meets the settings as they are when it is decided, so that nobody's change undoes another's.
  public var change: TenantSettingsChange
  /// The tag of the settings that the caller has seen; nil if it does not care.
  public var expectedTag: String?

  /// Makes an action.
  public init(_ change: TenantSettingsChange, expectedTag: String? = nil) {
    self.change = change
    self.expectedTag = expectedTag
  }

  /// Asks for the tenant.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
  }

  /// Changes them; settings that change nothing make no event.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let old = set.settings(context.tenant)
    if let expectedTag, expectedTag != old.tag {
      throw Refusal(.versionConflict, "The settings were changed since they were read.")
    }
    let settings = old.changed(by: change)
    let isSame = settings == old
    return Decision(
      isSame ? [] : [(.tenant, TenantSettingsChanged(settings))],
      reply: .tenant(context.tenant, isNew: false))
  }
}

extension TenantSettings {
  /// A text that is another one as soon as any setting is: what callers compare to know whether they have seen these.
  public var tag: String { String(SHA256.hash(json).description.prefix(16)) }
}
