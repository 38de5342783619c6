import Forms
import JSON
import Ledger
import Scrip

extension Topic {
  /// What looks like fraud, and what follows.
  static let fraud = Topic(
    facts: [
      FraudSettingsChanged.self, SuspiciousUsageDetected.self, SecurityAlertRaised.self,
      SecurityAlertMailed.self, SuspicionReviewed.self,
    ],
    tables: [FraudSettingsRow.self, FraudCaseRow.self], entities: [ShownFraudSettings.self, FraudCase.self],
    cancellableWork: [.alertMail])
}

/// Says how a tenant's attempts are judged.
public struct SetFraudSettings: PromotionAction {
  /// What changes.
  public enum Change: Sendable {
    /// All of it.
    case all(FraudSettings)
    /// Traits go to one list and off the other; nil takes them off both.
    case list([FraudTrait], FraudList?)
  }

  /// What changes.
  public let change: Change
  /// The version that the caller has seen, 0 for none; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(_ change: Change, expectedVersion: Int64? = nil) {
    self.change = change
    self.expectedVersion = expectedVersion
  }

  /// Asks for the settings.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[FraudSettingsRow.self].insert(tenant)
  }

  /// Sets them; what says the same makes no event.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let tenant = context.tenant
    let row = try set.fraudSettings(tenant)
    let actual = row?.version ?? 0
    if let expectedVersion, expectedVersion != actual {
      throw Refusal(.versionConflict, "The settings are at version \(actual), not at \(expectedVersion).")
    }
    let before = row?.settings ?? FraudSettings()
    let after = try changed(before)
    let reply = ReplySubject.entity(isNew: false) {
      ShownFraudSettings($0.shelf[FraudSettingsRow.self][tenant])
    }
    return Decision(before == after ? [] : [(.tenant, FraudSettingsChanged(after))], reply: reply)
  }

  private func changed(_ before: FraudSettings) throws(Refusal) -> FraudSettings {
    switch change {
    case .all(let settings): return settings
    case .list(let traits, let list): return try before.listing(traits, on: list)
    }
  }
}

/// One of a tenant's two lists.
public enum FraudList: String, CaseIterable, Sendable {
  /// Whom nothing is held against.
  case allowed
  /// Who gets nothing.
  case denied
}

extension FraudSettings {
  /// The settings with traits on one list and off the other.
  func listing(_ traits: [FraudTrait], on list: FraudList?) throws(Refusal) -> FraudSettings {
    var changed = self
    changed.policy.allowed.subtract(traits)
    changed.policy.denied.subtract(traits)
    switch list {
    case .allowed: changed.policy.allowed.formUnion(traits)
    case .denied: changed.policy.denied.formUnion(traits)
    case nil: break
    }
    let most = FraudSettings.listedMax
    if max(changed.policy.allowed.count, changed.policy.denied.count) > most {
      throw Refusal(.fraudListFull, "A list holds \(most) at most; take some off first.")
    }
    return changed
  }
}

extension WorkingSet {
  /// What a tenant has said about fraud; nil if it has said nothing.
  ///
  /// - Throws: a refusal if this version can't read it, or can't change it without loss.
  func fraudSettings(_ tenant: Tenant.ID) throws(Refusal) -> FraudSettingsRow? {
    let rows = shelf[FraudSettingsRow.self]
    if let failure = rows.unreadable[tenant] { throw .unreadable(failure) }
    guard let row = rows[tenant] else { return nil }
    if row.isWhole { return row }
    throw Refusal(
      .newerTerms,
      "The settings were written by a newer version of this program, and an edit by this one would lose a part of it; edit them through a node of the newer version."
    )
  }
}

/// What a tenant has said about fraud, as the API shows it.
public struct ShownFraudSettings: Hashable, Sendable {
  /// How often it was said.
  public let version: Int64
  /// What was said.
  public let settings: FraudSettings

  /// Shows a row; the defaults if there is none.
  public init(_ row: FraudSettingsRow?) {
    version = row?.version ?? 0
    settings = row?.settings ?? FraudSettings()
  }

  private init(version: Int64, _ settings: FraudSettings) {
    self.version = version
    self.settings = settings
  }
}

extension ShownFraudSettings: ObjectForm, JSONWritable, Entity {
  /// `ShownFraudSettings`
  public static let formName = "ShownFraudSettings"
  /// `fraud_settings`
  public static let topic = "fraud_settings"
  /// Where it is found.
  public var path: String { "/v1/fraud/settings" }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let version = walk.required("version", shown?.version, .integer(0, to: .max), "0 for the defaults.")
    let settings = FraudSettings.walk(&walk, shown?.settings)
    guard let version, let settings else { return nil }
    return Self(version: version, settings)
  }
}
