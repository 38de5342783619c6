import Forms
import Ledger
import Promotions
import Scrip

/// Facts about webhooks.
extension Samples {
  mutating func webhookFacts() -> [any Fact<WorkingSet>] {
    [
      WebhookSaved(identifier(), version: int(1...Int64.max), webhook()),
      WebhookDisabled(
        identifier(), version: int(1...Int64.max), pick(WebhookEnd.allCases),
        failingSince: maybe { $0.instant() }),
      WebhookRemoved(identifier()),
      WebhookReplayed(
        identifier(), events: int(0...Int64.max),
        eventIDs: maybe { samples in samples.list(1...3) { ExactText("coupon_x/\($0.int(1...9))") } },
        after: maybe { $0.int(0...Int64.max) }, until: maybe { $0.int(0...Int64.max) },
        types: maybe { samples in samples.list(1...3) { Webhook.EventType($0.pick(["OrderPaid", "Öl"])) } }),
    ]
  }

  private mutating func webhook() -> StoredWebhook {
    guard let url = WebhookURL(pick(["https://shop.example/hooks?a=b", "http://[2001:db8::1]:8080"])) else {
      preconditionFailure("these are URLs")
    }
    let terms = WebhookTerms(
      url: url, types: list(0...3) { Webhook.EventType($0.pick(["CouponRedeemed", "OrderPaid"])) },
      isActive: bool(), description: maybe { $0.text() })
    let secrets = list(0...2) { samples in
      WebhookSecret(
        sealed: "00ff17", createdAt: samples.instant(), expiresAt: samples.maybe { $0.instant() })
    }
    return StoredWebhook(terms: terms, startsAfter: int(0...Int64.max), secrets: secrets)
  }
}
