import Forms
import Ledger
import Scrip

/// Notes what became of a message that was sent to try an endpoint.
public struct KeepWebhookTest: PromotionAction {
  /// The message.
  public let delivery: WebhookDelivery

  /// Makes an action.
  public init(_ delivery: WebhookDelivery) { self.delivery = delivery }

  /// Asks for the endpoint.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[WebhookRow.self].insert(Owned(tenant, delivery.webhookID))
  }

  /// Notes it, unless the endpoint was taken away meanwhile.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    guard let row = set.shelf[WebhookRow.self][Owned(context.tenant, delivery.webhookID)], !row.isRemoved
    else {
      throw Refusal(.webhookNotFound, "The webhook was taken away while the message was under way.")
    }
    var notes = WebhookNotes(ShownDelivery(delivery: delivery))
    notes.delivery = delivery
    return Decision(reply: .webhook(notes))
  }
}
