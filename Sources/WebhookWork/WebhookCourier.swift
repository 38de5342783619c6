import CheckoutWork
import Digest
import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// Makes a message of an event, signs it, and has it sent.
final class WebhookCourier: Sendable {
  let engine: Engine
  private let sealer: Sealer
  private let sender: any WebhookSender

  init(engine: Engine, sealer: Sealer, sender: any WebhookSender) {
    self.engine = engine
    self.sealer = sealer
    self.sender = sender
  }

  /// Sends a message once, and says how it stands then. One that was not taken still waits: when it is tried again is
  /// somebody else's affair.
  func send(
    _ delivery: WebhookDelivery, to webhook: Webhook, of tenant: Tenant.ID
  ) async -> (delivery: WebhookDelivery, answer: WebhookAnswer) {
    let now = engine.store.now
    let start = ContinuousClock.now
    let message = await message(delivery, to: webhook, of: tenant, at: now)
    let answer = await answer(to: message)
    var sent = delivery
    sent.attempts += 1
    sent.last = WebhookDelivery.Attempt(
      at: now, milliseconds: Int64(start.duration(to: .now) / .milliseconds(1)),
      status: answer.status.map(Int64.init), failure: answer.failure, response: answer.response)
    if answer.failure == nil {
      sent.state = .delivered
      sent.nextTryAt = nil
    }
    return (sent, answer)
  }

  private func answer(to message: WebhookMessage?) async -> WebhookAnswer {
    guard let message else { return WebhookAnswer(failure: .notSent) }
    return await sender.send(message)
  }

  private func message(
    _ delivery: WebhookDelivery, to webhook: Webhook, of tenant: Tenant.ID, at now: Instant
  ) async -> WebhookMessage? {
    guard let body = await body(delivery, of: tenant, at: now) else { return nil }
    // A secret that can't be opened proves nothing; another one may.
    let secrets = webhook.activeSecrets(at: now).compactMap {
      try? sealer.open($0.sealed, of: tenant, for: .webhookSecret)
    }
    let (id, seconds) = (delivery.eventID.text, now.microseconds / 1_000_000)
    guard
      let signature = WebhookSignature.header(id: id, seconds: seconds, body: body, secrets: secrets)
    else { return nil }
    return WebhookMessage(url: webhook.terms.url, id: id, seconds: seconds, signature: signature, body: body)
  }

  private func body(
    _ delivery: WebhookDelivery, of tenant: Tenant.ID, at now: Instant
  ) async -> [UInt8]? {
    if delivery.origin == .test {
      let event = WebhookTestEvent(
        id: delivery.eventID, tenant: tenant, webhookID: delivery.webhookID, at: delivery.createdAt)
      return JSONWriter.bytes { event.write(to: &$0) }
    }
    let filter = EventFilter(tenant: tenant, after: delivery.position - 1, limit: 1)
    do throws(StoreFailure) {
      let found = try await engine.ask { (store) throws(StoreFailure) in try store.shownEvents(filter) }
      guard let event = found.first, event.position == delivery.position else { return nil }
      return WebhookEvent(event, of: tenant).body
    } catch {
      return nil
    }
  }
}
