import Forms
import Ledger
import Scrip

/// Has events sent to an endpoint once more. Whoever asks for it has looked which ones there are.
public struct ReplayWebhook: PromotionAction {
  /// To which endpoint.
  public let webhookID: Webhook.ID
  /// What was asked for.
  public let request: WebhookReplayRequest
  /// Which events that are.
  public let choice: WebhookReplayChoice
  /// The last position of them that there is.
  public let until: Int64
  /// How many.
  public let events: Int64

  /// Makes an action.
  public init(
    _ webhookID: Webhook.ID, _ request: WebhookReplayRequest, _ choice: WebhookReplayChoice, until: Int64,
    events: Int64
  ) {
    self.webhookID = webhookID
    self.request = request
    self.choice = choice
    self.until = until
    self.events = events
  }

  /// Asks for the endpoint, and for what is to be sent to it once more already.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addWebhook(webhookID, of: tenant)
    for key in WebhookReplayKey.all(of: webhookID) {
      request.shelf[WebhookReplayRow.self].insert(Owned(tenant, key))
    }
  }

  /// Notes it, if there is room for another.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let webhook = try set.webhook(webhookID, of: context.tenant, nil)
    if !webhook.terms.isActive {
      throw Refusal(.webhookNotActive, "Nothing is sent to the webhook; make it active first.")
    }
    var notes = WebhookNotes(ReplayedEvents(webhookID: webhookID, events: events))
    if events == 0 { return Decision(reply: .webhook(notes)) }
    let rows = set.shelf[WebhookReplayRow.self]
    let free = WebhookReplayKey.all(of: webhookID).first { key in
      let owned = Owned(context.tenant, key)
      return rows[owned] == nil && rows.unreadable[owned] == nil
    }
    guard let free else {
      throw Refusal(
        .webhookReplaysWaiting,
        "\(WebhookReplayKey.slotsMax) replays to the webhook wait already; ask again when one of them was sent."
      ).forNow
    }
    notes.replay = (
      free,
      WebhookReplayRow(choice, after: request.after ?? 0, until: until, createdAt: context.moment)
    )
    let fact = WebhookReplayed(
      webhookID, events: events, eventIDs: request.eventIDs, after: request.after,
      until: request.until.map { _ in until }, types: request.types)
    return Decision([(.tenant, fact)], reply: .webhook(notes))
  }
}
