import Forms
import Ledger
import Scrip

/// Nothing is sent to an endpoint any more, because it takes nothing.
public struct WebhookDisabled: PromotionFact {
  /// `WebhookDisabled`
  public static let formName = "WebhookDisabled"

  /// Which endpoint.
  public var webhookID: Webhook.ID
  /// Counts its changes.
  public var version: Int64
  /// Why.
  public var cause: WebhookEnd
  /// Since when it has taken nothing; nil where one answer was enough.
  public var failingSince: Instant?

  /// Makes the fact.
  public init(_ webhookID: Webhook.ID, version: Int64, _ cause: WebhookEnd, failingSince: Instant? = nil) {
    self.webhookID = webhookID
    self.version = version
    self.cause = cause
    self.failingSince = failingSince
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let webhookID = walk.required("webhook_id", fact?.webhookID, .id(Webhook.ID.self))
    let version = walk.required("version", fact?.version, .integer(1, to: .max))
    let cause = walk.required("cause", fact?.cause, .choice(named: "WebhookEnd"))
    let failingSince = walk.sparse("failing_since", fact?.failingSince, .instant())
    guard let webhookID, let version, let cause, let failingSince else { return nil }
    return Self(webhookID, version: version, cause, failingSince: failingSince)
  }

  /// Somebody waits for events that do not come.
  public var notice: Notice.Kind? { cause.notice }

  /// The endpoint, and its work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addWebhook(webhookID, of: tenant)
  }

  /// Notes it, and ends the work.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.shelf[WebhookRow.self].change(Owned(place.tenant, webhookID)) { row in
      row.webhook.version = version
      row.webhook.terms.isActive = false
      row.webhook.end = cause
      row.webhook.updatedAt = place.at
    }
    set.scheduleWebhook(webhookID, at: place)
  }
}

extension WebhookEnd {
  /// What operators are told that it is.
  public var notice: Notice.Kind { "webhook_disabled_\(rawValue)" }
}
