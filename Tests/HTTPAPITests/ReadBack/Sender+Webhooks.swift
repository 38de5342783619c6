import Ledger
import Promotions
import Scrip
import Testing

/// Endpoints to which events are sent.
extension Sender {
  private func made() async throws -> Webhook.ID {
    let made = await send(.post, "/v1/webhooks", #"{"url":"https://shop.example/hooks"}"#, counts: false)
    return try #require(made["id"].flatMap { Webhook.ID($0) })
  }

  func createWebhooks() async throws {
    for text in Extremes.jsonTexts(max: 500) {
      await send(
        .post, "/v1/webhooks",
        #"{"url":"https://shop.example/?\#(String(repeating: "x", count: 2000))","description":\#(text),"after":\#(Int64.max)}"#
      )
    }
    await send(.post, "/v1/webhooks", #"{"url":"https://[2606:4700:4700::1111]:65535","active":false}"#)
    try await readWebhooks()
  }

  func changeWebhooks() async throws {
    let id = try await made()
    for text in Extremes.jsonTexts(max: 500) {
      await send(
        .patch, "/v1/webhooks/\(id)", #"{"description":\#(text),"types":["CouponRedeemed"],"active":false}"#)
    }
    await send(.patch, "/v1/webhooks/\(id)", #"{"description":null,"types":[],"active":true}"#)
    try await readWebhooks()
  }

  func rotateWebhookSecrets() async throws {
    let id = try await made()
    for seconds in [0, 1, 604_800] {
      await send(.post, "/v1/webhooks/\(id)/rotate", #"{"overlap_seconds":\#(seconds)}"#)
    }
    await send(.post, "/v1/webhooks/\(id)/rotate", "")
    try await readWebhooks()
  }

  func disableWebhooks() async throws {
    for cause in WebhookEnd.allCases {
      let id = try await made()
      let since: Instant? = cause == .gone ? nil : .earliest
      try await submit(DisableWebhook(id, cause, failingSince: since, version: 1))
    }
    try await readWebhooks()
  }

  func removeWebhooks() async throws {
    await send(.delete, "/v1/webhooks/\(try await made())", "")
    try await readWebhooks()
  }

  func replayWebhooks() async throws {
    let id = try await made()
    await send(.post, "/v1/webhooks/\(id)/replay", #"{"after":0,"until":\#(Int64.max)}"#)
    await send(
      .post, "/v1/webhooks/\(id)/replay",
      #"{"after":\#(Int64.max),"until":\#(Int64.max),"types":["KeyCreated"]}"#)
    await send(.post, "/v1/webhooks/\(id)/replay", #"{"event_ids":["tenant_1/1"]}"#, counts: false)
    try await readWebhooks()
  }

  func testWebhooks() async throws {
    await send(.post, "/v1/webhooks/\(try await made())/test", "")
    try await readWebhooks()
  }

  func resealWebhooks() async throws {
    try await submit(ResealWebhook(try await made(), secrets: [], version: 1))
    try await readWebhooks()
  }

  private func readWebhooks() async throws {
    try await forEachPage("/v1/webhooks?limit=100") { webhook in
      guard let id = webhook["id"]?.string() else { return }
      try await self.read("/v1/webhooks/\(id)")
      try await self.read("/v1/webhooks/\(id)/deliveries")
    }
  }
}
