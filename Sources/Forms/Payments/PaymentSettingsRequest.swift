import JSON
import Scrip

/// What is to change in how orders are paid; what is left out stays. Secrets come in clear, and are sealed before anything
/// else is done with them.
public struct PaymentSettingsRequest: Sendable {
  /// Who takes the money.
  public var service: PaymentService?
  /// When an authorized amount is taken.
  public var capture: PaymentCapture?
  /// How long a customer may take to pay, in seconds.
  public var paySeconds: Int64?
  /// What becomes of an order that was paid without room for its coupons.
  public var withoutRoom: PaidWithoutRoom?
  /// What browsers show to the provider.
  public var publishableKey: PublishableKey?
  /// What the service shows to the provider.
  public var secretKey: String?  // String: a secret, sealed at once
  /// All that the provider signs its messages with, the newest first.
  public var webhookSecrets: [String]?  // String: secrets, sealed at once
}

extension PaymentSettingsRequest: RequestForm {
  /// `PaymentSettingsPatch`
  public static let formName = "PaymentSettingsPatch"
  /// In JSON.
  public static let formExamples = [#"{"provider": "manual", "pay_seconds": 1800}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let service = walk.optional("provider", request?.service, .choice(named: "PaymentProvider"))
    let capture = walk.optional("capture", request?.capture, .choice(named: "PaymentCapture"))
    let paySeconds = walk.optional(
      "pay_seconds", request?.paySeconds, .integer(PaymentSettings.paySecondsRange))
    let withoutRoom = walk.optional(
      "without_room", request?.withoutRoom, .choice(named: "PaidWithoutRoom"))
    let publishableKey = walk.optional(
      "publishable_key", request?.publishableKey, .visibleName(PublishableKey.self))
    let secretKey = walk.optional("secret_key", request?.secretKey, .text(1...255))
    let webhookSecrets = walk.optional(
      "webhook_secrets", request?.webhookSecrets,
      .list(TextForm(lengths: 1...255), 0...PaymentSettings.webhookSecretsMax),
      "All that are in use, the newest first: two while one is exchanged.")
    guard let service, let capture, let paySeconds, let withoutRoom, let publishableKey, let secretKey,
      let webhookSecrets
    else { return nil }
    return Self(
      service: service, capture: capture, paySeconds: paySeconds, withoutRoom: withoutRoom,
      publishableKey: publishableKey, secretKey: secretKey, webhookSecrets: webhookSecrets)
  }
}
