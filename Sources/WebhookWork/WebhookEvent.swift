import Forms
import JSON
import Ledger
import Scrip

/// An event that is sent to endpoints.
public struct WebhookEvent: Sendable {
  /// Its place in the log.
  let position: Int64
  /// As CloudEvents name it.
  let id: ExactText<Named.EventID>
  /// Its type.
  let type: Webhook.EventType
  /// As it is sent.
  let body: [UInt8]

  init(_ event: ShownEvent, of tenant: Tenant.ID) {
    let cloud = CloudEvent(event, of: tenant)
    position = event.position
    id = ExactText(cloud.id)
    type = Webhook.EventType(event.type)
    body = JSONWriter.bytes(capacity: 2048) { cloud.write(to: &$0) }
  }
}

/// What is sent to try an endpoint: a CloudEvent that stands in no log.
struct WebhookTestEvent: ObjectForm {
  /// The type that receivers see.
  static let type: Webhook.EventType = "WebhookTest"

  static let formName = "WebhookTest"

  let id: ExactText<Named.EventID>
  let tenant: Tenant.ID
  let webhookID: Webhook.ID
  let at: Instant

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    _ = walk.required("specversion", event.map { _ in "1.0" }, .text())
    _ = walk.required("id", event?.id.text, .text())
    _ = walk.required("source", event.map { "urn:scrip:\($0.tenant)" }, .text())
    _ = walk.required("type", event.map { _ in type.text }, .text())
    _ = walk.required("time", event?.at, .instant())
    _ = walk.required("datacontenttype", event.map { _ in "application/json" }, .text())
    _ = walk.required("data", event.map { Data(webhookID: $0.webhookID) }, .object())
    // Nobody here reads one.
    return nil
  }

  private struct Data: ObjectForm {
    static let formName = "WebhookTestData"

    let webhookID: Webhook.ID

    static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ data: Self?) -> Self? {
      walk.required("webhook_id", data?.webhookID, .id(Webhook.ID.self)).map { Self(webhookID: $0) }
    }
  }
}
