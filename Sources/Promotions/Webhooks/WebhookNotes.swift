import Ledger
import Scrip

/// What a decision about endpoints keeps beside the log.
public struct WebhookNotes: Sendable {
  /// What is answered.
  var answer: any Entity
  /// Events that are to be sent once more, and where that is noted.
  var replay: (key: WebhookReplayKey, row: WebhookReplayRow)?
  /// A message that was sent.
  var delivery: WebhookDelivery?
  /// An endpoint that is no more, of which everything is to be forgotten.
  var forgotten: Webhook.ID?

  init(_ answer: any Entity) { self.answer = answer }
}

extension DueWork.Kind {
  /// Forgetting what was sent to an endpoint that is no more.
  public static let webhookForgetting: DueWork.Kind = "webhook_forgetting"
}

extension DueKey {
  /// Everything that is still kept of an endpoint that is no more.
  public static func webhookForgetting(_ id: Webhook.ID) -> DueKey {
    DueKey(.webhookForgetting, ExactText(id.description))
  }

  /// Which endpoint it is to forget; nil for other work.
  public var forgottenWebhookID: Webhook.ID? {
    kind == .webhookForgetting ? Webhook.ID(name.text) : nil
  }
}

extension WorkingSet {
  /// Whether nothing of endpoints' messages is to be written.
  var webhooksAreUnchanged: Bool {
    shelf.isEmpty || shelf[WebhookReplayRow.self].isUnchanged && shelf[WebhookDeliveryRow.self].isUnchanged
  }

  /// Keeps what is to be kept of messages.
  mutating func keep(_ notes: WebhookNotes, of tenant: Tenant.ID) {
    if let (key, row) = notes.replay {
      shelf[WebhookReplayRow.self].insert(row, for: Owned(tenant, key))
    }
    if let delivery = notes.delivery {
      shelf[WebhookDeliveryRow.self].insert(
        WebhookDeliveryRow(delivery),
        for: Owned(tenant, WebhookDeliveryKey(delivery.webhookID, delivery.id)))
    }
    if let id = notes.forgotten {
      dueWork.insert(
        DueWork(dueAt: .earliest, isTold: false), for: Owned(tenant, .webhookForgetting(id)))
    }
  }
}
