import Forms
import JSON
import Ledger
import Scrip

/// How many events are sent once more.
public struct ReplayedEvents: Hashable, Sendable {
  /// To which endpoint; nil where only the number is known.
  private let webhookID: Webhook.ID?
  /// How many.
  public let events: Int64

  init(webhookID: Webhook.ID?, events: Int64) {
    self.webhookID = webhookID
    self.events = events
  }
}

extension ReplayedEvents: Entity, JSONWritable {
  /// `webhook_replay`
  public static let topic = "webhook_replay"
  /// `ReplayedEvents`
  public static let formName = "ReplayedEvents"
  /// Where what becomes of them is found.
  public var path: String { webhookID.map { "/v1/webhooks/\($0)/deliveries" } ?? "/v1/webhooks" }
  /// There is only this one.
  public var version: Int64 { 1 }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ replayed: Self?) -> Self? {
    walk.required("events", replayed?.events, .integer(0, to: .max), "How many are sent once more.")
      .map { Self(webhookID: nil, events: $0) }
  }
}
