import Forms
import Ledger
import Scrip

/// An endpoint of webhooks has other terms or secrets: with the first version it came into being.
public struct WebhookSaved: PromotionFact {
  /// `WebhookSaved`
  public static let formName = "WebhookSaved"

  /// Which endpoint.
  public var webhookID: Webhook.ID
  /// Counts its changes from 1 on.
  public var version: Int64
  /// What it is from now on. Secrets are sealed, and shown to nobody.
  public var webhook: StoredWebhook

  /// Makes the fact.
  public init(_ webhookID: Webhook.ID, version: Int64, _ webhook: StoredWebhook) {
    self.webhookID = webhookID
    self.version = version
    self.webhook = webhook
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let webhookID = walk.required("webhook_id", fact?.webhookID, .id(Webhook.ID.self))
    let version = walk.required("version", fact?.version, .integer(1, to: .max))
    let webhook = StoredWebhook.walk(&walk, fact?.webhook)
    guard let webhookID, let version, let webhook else { return nil }
    return Self(webhookID, version: version, webhook)
  }

  /// The endpoint, and its work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addWebhook(webhookID, of: tenant)
  }

  /// Changes the endpoint, or makes it. Whoever makes one active again has seen to what it was disabled for.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = Owned(place.tenant, webhookID)
    let old = set.shelf[WebhookRow.self][key]
    let row = WebhookRow(
      Webhook(
        id: webhookID, version: version, terms: webhook.terms, secrets: webhook.secrets,
        startsAfter: webhook.startsAfter, end: webhook.terms.isActive ? nil : old?.webhook.end,
        createdAt: old?.webhook.createdAt ?? place.at, updatedAt: place.at))
    if old == nil {
      set.shelf[WebhookRow.self].insert(row, for: key)
      set.found.webhookCounts[place.tenant, default: 0] += 1
    } else {
      set.shelf[WebhookRow.self].change(key) { $0 = row }
    }
    set.scheduleWebhook(webhookID, at: place)
  }
}
