import CommandLineClient
import HTTPAPI
import Outgoing

extension Flag {
  /// Where webhooks may go.
  static let webhooks: [Flag] = [
    .setting(
      "webhook-allow", "LIST", usualText: "none",
      "Addresses, or ranges like 10.1.0.0/16, to which webhooks may go although they are not of the internet; with commas between."
    ),
    .toggle("webhook-http", "Let webhooks go to http:// as well, in clear."),
    .setting("webhook-under-way-max", "N", usual: "8", "Messages under way to one endpoint at a time."),
  ]
}

/// How `scrip serve` sends webhooks.
struct WebhookServing: Sendable {
  /// Where they may go.
  let rules: WebhookRules
  /// How many messages are under way to one endpoint at a time.
  let underWayMax: Int

  init(_ invocation: Invocation) throws(ToolError) {
    var rules = WebhookRules()
    rules.addresses = AddressRule(
      allowing: try ServeSettings.addressRanges("webhook-allow", invocation))
    rules.allowsPlainHTTP = try invocation.isOn("webhook-http")
    self.rules = rules
    underWayMax = try invocation.requiredInteger("webhook-under-way-max", in: 1...64)
  }
}
