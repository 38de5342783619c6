import Ledger
import Scrip

/// A page of an endpoint's messages, those that were noted last before others.
public struct WebhookDeliveries: Search {
  /// The answer.
  public typealias Found = [WebhookDelivery]

  /// To which endpoint.
  public let webhook: Owned<Webhook.ID>
  /// Only those that stand so; nil for all.
  public let state: WebhookDelivery.State?
  /// Only those that were noted before this one.
  public let after: WebhookDelivery.ID?
  /// How many are passed over first.
  public let skipping: Int
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(
    of webhook: Owned<Webhook.ID>, state: WebhookDelivery.State? = nil, after: WebhookDelivery.ID? = nil,
    skipping: Int = 0, limit: Int
  ) {
    self.webhook = webhook
    self.state = state
    self.after = after
    self.skipping = skipping
    self.limit = limit
  }
}

/// The messages of one origin to an endpoint that are to be sent, those first whose time comes first.
public struct DueWebhookDeliveries: Search {
  /// The answer.
  public typealias Found = [WebhookDelivery]

  /// To which endpoint.
  public let webhook: Owned<Webhook.ID>
  /// What they are sent for.
  public let origin: WebhookDelivery.Origin
  /// Only those whose time has come by then.
  public let moment: Instant
  /// How many are passed over first.
  public let skipping: Int
  /// How many at most.
  public let limit: Int

  /// Asks for the first of them.
  public init(
    of webhook: Owned<Webhook.ID>, _ origin: WebhookDelivery.Origin, at moment: Instant, skipping: Int = 0,
    limit: Int
  ) {
    self.webhook = webhook
    self.origin = origin
    self.moment = moment
    self.skipping = skipping
    self.limit = limit
  }
}

/// What is to be sent to an endpoint once more and is not noted yet, in the order of its places.
public struct WebhookReplays: Search {
  /// The answer.
  public typealias Found = [(key: WebhookReplayKey, row: WebhookReplayRow)]

  /// To which endpoint.
  public let webhook: Owned<Webhook.ID>

  /// Asks for all of them.
  public init(of webhook: Owned<Webhook.ID>) { self.webhook = webhook }
}

/// Where an event stands in the log; nil if there is none.
public struct PositionOfEvent: Search {
  /// The answer.
  public typealias Found = Int64?

  /// Whose.
  public let tenant: Tenant.ID
  /// In whose history.
  public let stream: StreamID
  /// Its place in there.
  public let sequence: Int64

  /// Asks for an event.
  public init(of tenant: Tenant.ID, stream: StreamID, sequence: Int64) {
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
  }
}
