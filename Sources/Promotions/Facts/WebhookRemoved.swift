import Forms
import Ledger
import Scrip

/// An endpoint of webhooks is no more.
public struct WebhookRemoved: PromotionFact {
  /// `WebhookRemoved`
  public static let formName = "WebhookRemoved"

  /// Which endpoint.
  public var webhookID: Webhook.ID

  /// Makes the fact.
  public init(_ webhookID: Webhook.ID) { self.webhookID = webhookID }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("webhook_id", fact?.webhookID, .id(Webhook.ID.self)).map { Self($0) }
  }

  /// The endpoint, and its work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addWebhook(webhookID, of: tenant)
  }

  /// Takes it away, and ends the work.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.shelf[WebhookRow.self].change(Owned(place.tenant, webhookID)) { $0.isRemoved = true }
    set.found.webhookCounts[place.tenant, default: 0] -= 1
    set.scheduleWebhook(webhookID, at: place)
  }
}
