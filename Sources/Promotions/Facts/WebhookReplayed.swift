import Forms
import Ledger
import Scrip

/// Somebody wants events sent to an endpoint once more.
public struct WebhookReplayed: PromotionFact {
  /// `WebhookReplayed`
  public static let formName = "WebhookReplayed"

  /// To which endpoint.
  public var webhookID: Webhook.ID
  /// How many.
  public var events: Int64
  /// Which ones, as CloudEvents name them; nil for a stretch of the log.
  public var eventIDs: [ExactText<Named.EventID>]?
  /// Behind which position of the log the stretch begins.
  public var after: Int64?
  /// Its last position.
  public var until: Int64?
  /// Of the stretch only events of these types; nil for those that the endpoint took then.
  public var types: [Webhook.EventType]?

  /// Makes the fact.
  public init(
    _ webhookID: Webhook.ID, events: Int64, eventIDs: [ExactText<Named.EventID>]? = nil, after: Int64? = nil,
    until: Int64? = nil, types: [Webhook.EventType]? = nil
  ) {
    self.webhookID = webhookID
    self.events = events
    self.eventIDs = eventIDs
    self.after = after
    self.until = until
    self.types = types
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let webhookID = walk.required("webhook_id", fact?.webhookID, .id(Webhook.ID.self))
    let events = walk.required("events", fact?.events, .integer(0, to: .max))
    let ids = walk.sparse(
      "event_ids", fact?.eventIDs,
      .list(.name(ExactText<Named.EventID>.self), 1...WebhookReplayRequest.eventsMax))
    let after = walk.sparse("after", fact?.after, .integer(0, to: .max))
    let until = walk.sparse("until", fact?.until, .integer(0, to: .max))
    let types = walk.sparse(
      "types", fact?.types, .list(.name(Webhook.EventType.self), 1...WebhookTerms.typesMax))
    guard let webhookID, let events, let ids, let after, let until, let types else { return nil }
    return Self(webhookID, events: events, eventIDs: ids, after: after, until: until, types: types)
  }

  /// Nothing: what is still to be sent stands beside the log.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {}

  /// Changes nothing that the log leads to.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {}
}
