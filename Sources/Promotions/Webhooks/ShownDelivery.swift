import Forms
import JSON
import Ledger
import Scrip

/// A message to an endpoint as the API shows it.
public struct ShownDelivery: Hashable, Sendable {
  /// The message.
  public let delivery: WebhookDelivery

  /// Shows a message.
  public init(delivery: WebhookDelivery) { self.delivery = delivery }
}

extension ShownDelivery: Entity, JSONWritable {
  /// `webhook_delivery`
  public static let topic = "webhook_delivery"
  /// `WebhookDelivery`
  public static let formName = "WebhookDelivery"
  /// For the API's description.
  public static let formNote: StaticString? =
    "A message to an endpoint: one event, sent until it is taken or given up."
  /// Where it is found.
  public var path: String { "/v1/webhooks/\(delivery.webhookID)/deliveries/\(delivery.id)" }
  /// It counts none.
  public var version: Int64 { 1 }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let delivery = shown?.delivery
    let last = delivery?.last
    let id = walk.required("id", delivery?.id, .id(WebhookDelivery.ID.self))
    let webhookID = walk.required("webhook_id", delivery?.webhookID, .id(Webhook.ID.self))
    let eventID = walk.required(
      "event_id", delivery?.eventID.text, .text(), "The event, which receivers see as webhook-id.")
    let type = walk.required("type", delivery?.type.text, .text())
    let position = walk.optional(
      "position", delivery.flatMap { $0.origin == .test ? nil : $0.position }, .integer(0, to: .max),
      "Where the event stands in the log; null for a test.")
    let origin = walk.required("origin", delivery?.origin, .choice(named: "WebhookDeliveryOrigin"))
    let state = walk.required("state", delivery?.state, .choice(named: "WebhookDeliveryState"))
    let attempts = walk.required("attempts", delivery?.attempts, .integer(0, to: .max))
    let createdAt = walk.required("created_at", delivery?.createdAt, .instant())
    let nextTryAt = walk.optional("next_try_at", delivery?.nextTryAt, .instant())
    let at = walk.optional("tried_at", last?.at, .instant())
    let milliseconds = walk.optional(
      "milliseconds", last?.milliseconds, .integer(0, to: .max), "How long the last try took.")
    let status = walk.optional(
      "status", last?.status, .integer(0, to: 999), "Of the last answer; null if there was none.")
    let failure = walk.optional(
      "failure", last?.failure, .choice(named: "WebhookDeliveryFailure"), "Why the last try failed.")
    let response = walk.optional(
      "response", last?.response, .text(), "The beginning of the last answer's body, a kibibyte at most.")
    guard let id, let webhookID, let eventID, let type, let position, let origin, let state, let attempts,
      let createdAt, let nextTryAt, let at, let milliseconds, let status, let failure, let response
    else { return nil }
    var read = WebhookDelivery(
      id: id, webhookID: webhookID, position: position ?? 0, eventID: ExactText(eventID),
      type: Webhook.EventType(type), origin: origin, createdAt: createdAt)
    read.state = state
    read.attempts = attempts
    read.nextTryAt = nextTryAt
    read.last = at.map {
      WebhookDelivery.Attempt(
        at: $0, milliseconds: milliseconds ?? 0, status: status, failure: failure, response: response)
    }
    return Self(delivery: read)
  }
}
