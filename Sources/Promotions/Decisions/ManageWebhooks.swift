import Forms
import Ledger
import Scrip

extension Topic {
  /// Events that are sent to others.
  static let webhooks = Topic(
    facts: [WebhookSaved.self, WebhookDisabled.self, WebhookRemoved.self, WebhookReplayed.self],
    tables: [WebhookRow.self, WebhookProgressRow.self, WebhookDeliveryRow.self, WebhookReplayRow.self],
    entities: [ShownWebhook.self, ShownDelivery.self, ReplayedEvents.self])
}

extension ShownWebhook: Entity {
  /// `webhook`
  public static let topic = "webhook"

  /// Where it is found.
  public var path: String { "/v1/webhooks/\(id)" }
}

/// Makes an endpoint, to which events are sent from then on. Whoever asks for it has sealed its secret.
public struct CreateWebhook: PromotionAction {
  /// What an edit can change later.
  public let terms: WebhookTerms
  /// Behind which position of the log it begins.
  public let startsAfter: Int64
  /// What is signed with.
  public let secret: SealedText

  /// Makes an action.
  public init(_ terms: WebhookTerms, startsAfter: Int64, secret: SealedText) {
    self.terms = terms
    self.startsAfter = startsAfter
    self.secret = secret
  }

  /// Asks for the tenant, and how many endpoints it has.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.webhookCounts.insert(tenant)
  }

  /// Makes it, if the tenant may have one more.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    if set.found.webhookCounts[context.tenant, default: 0] >= Webhook.countMax {
      throw Refusal(.webhookLimitReached, "A tenant has \(Webhook.countMax) webhooks at most.")
    }
    let stored = StoredWebhook(
      terms: terms, startsAfter: startsAfter,
      secrets: [WebhookSecret(sealed: secret, createdAt: context.now)])
    let id: Webhook.ID = context.newID()
    return .of(id, context.tenant, isNew: true, [WebhookSaved(id, version: 1, stored)])
  }
}

/// Gives an endpoint other terms.
public struct ChangeWebhook: PromotionAction {
  /// Which endpoint.
  public let webhookID: Webhook.ID
  /// Its terms.
  public let terms: WebhookTerms
  /// The version that the caller has seen; nil if it does not care.
  public let expectedVersion: Int64?

  /// Makes an action.
  public init(_ webhookID: Webhook.ID, _ terms: WebhookTerms, expectedVersion: Int64? = nil) {
    self.webhookID = webhookID
    self.terms = terms
    self.expectedVersion = expectedVersion
  }

  /// Asks for the endpoint.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addWebhook(webhookID, of: tenant)
  }

  /// Changes it; what is the same already is no change.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let webhook = try set.webhook(webhookID, of: context.tenant, expectedVersion)
    var stored = webhook.stored
    stored.terms = terms
    let facts = terms == webhook.terms ? [] : [WebhookSaved(webhookID, version: webhook.version + 1, stored)]
    return .of(webhookID, context.tenant, facts)
  }
}

/// Has messages to an endpoint signed with a new secret, and for a while with the last one as well.
public struct RotateWebhookSecret: PromotionAction {
  /// Which endpoint.
  public let webhookID: Webhook.ID
  /// The new secret.
  public let secret: SealedText
  /// How long the last one goes on signing, in seconds.
  public let overlapSeconds: Int64

  /// Makes an action.
  public init(_ webhookID: Webhook.ID, secret: SealedText, overlapSeconds: Int64) {
    self.webhookID = webhookID
    self.secret = secret
    self.overlapSeconds = overlapSeconds
  }

  /// Asks for the endpoint.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addWebhook(webhookID, of: tenant)
  }

  /// Puts the new one first. Of older ones only the last goes on signing, and none for longer than it would have.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let webhook = try set.webhook(webhookID, of: context.tenant, nil)
    let end = context.now.adding(seconds: overlapSeconds)
    let old = webhook.activeSecrets(at: context.now).prefix(WebhookSecret.activeMax - 1).map { secret in
      var secret = secret
      secret.expiresAt = min(secret.expiresAt ?? end, end)
      return secret
    }
    var stored = webhook.stored
    stored.secrets =
      [WebhookSecret(sealed: secret, createdAt: context.now)] + (overlapSeconds > 0 ? old : [])
    return .of(
      webhookID, context.tenant, [WebhookSaved(webhookID, version: webhook.version + 1, stored)])
  }
}

/// Ends what is sent to an endpoint that takes nothing.
public struct DisableWebhook: PromotionAction {
  /// Which endpoint.
  public let webhookID: Webhook.ID
  /// Why.
  public let cause: WebhookEnd
  /// Since when it has taken nothing.
  public let failingSince: Instant?
  /// The version of the endpoint that took nothing: one that was changed since may do better.
  public let version: Int64

  /// Makes an action.
  public init(_ webhookID: Webhook.ID, _ cause: WebhookEnd, failingSince: Instant?, version: Int64) {
    self.webhookID = webhookID
    self.cause = cause
    self.failingSince = failingSince
    self.version = version
  }

  /// Asks for the endpoint.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addWebhook(webhookID, of: tenant)
  }

  /// Disables it.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let webhook = try set.webhook(webhookID, of: context.tenant, nil)
    if webhook.version != version || !webhook.terms.isActive { return .of(webhookID, context.tenant, []) }
    return .of(
      webhookID, context.tenant,
      [WebhookDisabled(webhookID, version: version + 1, cause, failingSince: failingSince)])
  }
}

/// Takes an endpoint away.
public struct RemoveWebhook: PromotionAction {
  /// Which endpoint.
  public let webhookID: Webhook.ID
  /// The version that the caller has seen; nil if it does not care.
  public let expectedVersion: Int64?

  /// Makes an action.
  public init(_ webhookID: Webhook.ID, expectedVersion: Int64? = nil) {
    self.webhookID = webhookID
    self.expectedVersion = expectedVersion
  }

  /// Asks for the endpoint.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addWebhook(webhookID, of: tenant)
  }

  /// Takes it away, answers what it was, and has forgotten what was sent to it.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let webhook = try set.webhook(webhookID, of: context.tenant, expectedVersion)
    var notes = WebhookNotes(ShownWebhook(webhook))
    notes.forgotten = webhookID
    return Decision([(.tenant, WebhookRemoved(webhookID))], reply: .webhook(notes))
  }
}

extension Decision<WorkingSet> {
  /// What happened to an endpoint, answered by how it is then.
  fileprivate static func of(
    _ id: Webhook.ID, _ tenant: Tenant.ID, isNew: Bool = false, _ facts: [any Fact<WorkingSet>]
  ) -> Self {
    let key = Owned(tenant, id)
    return Decision(
      facts.map { (.tenant, $0) },
      reply: .entity(isNew: isNew) { $0.shelf[WebhookRow.self][key].map { ShownWebhook($0.webhook) } })
  }
}

extension WorkingSet {
  /// An endpoint that is to be changed.
  func webhook(
    _ id: Webhook.ID, of tenant: Tenant.ID, _ expectedVersion: Int64?
  ) throws(Refusal) -> Webhook {
    let rows = shelf[WebhookRow.self]
    if let failure = rows.unreadable[Owned(tenant, id)] { throw .unreadable(failure) }
    guard let row = rows[Owned(tenant, id)], !row.isRemoved else {
      throw Refusal(.webhookNotFound, "There is no webhook \(id).")
    }
    if let expectedVersion, expectedVersion != row.webhook.version {
      throw Refusal(
        .versionConflict, "The webhook is at version \(row.webhook.version), not at \(expectedVersion).")
    }
    if row.isWhole { return row.webhook }
    throw Refusal(
      .newerTerms,
      "The webhook was written by a newer version of this program, and an edit by this one would lose a part of it; edit it through a node of the newer version."
    )
  }
}
