import Forms
import Ledger
import Scrip

/// Gives an endpoint its own secrets sealed anew: under the key that seals now, so that an older one can be taken out.
/// Receivers notice nothing of it.
public struct ResealWebhook: PromotionAction {
  /// Which endpoint.
  public let webhookID: Webhook.ID
  /// Its secrets.
  public let secrets: [WebhookSecret]
  /// The version of the endpoint whose secrets they are: others may have come since.
  public let version: Int64

  /// Makes an action.
  public init(_ webhookID: Webhook.ID, secrets: [WebhookSecret], version: Int64) {
    self.webhookID = webhookID
    self.secrets = secrets
    self.version = version
  }

  /// Asks for the endpoint.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addWebhook(webhookID, of: tenant)
  }

  /// Keeps them.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let webhook = try set.webhook(webhookID, of: context.tenant, version)
    var stored = webhook.stored
    stored.secrets = secrets
    return Decision(
      [(.tenant, WebhookSaved(webhookID, version: version + 1, stored))],
      reply: .entity(isNew: false) { [webhookID] set in
        set.shelf[WebhookRow.self][Owned(context.tenant, webhookID)].map { ShownWebhook($0.webhook) }
      })
  }
}
