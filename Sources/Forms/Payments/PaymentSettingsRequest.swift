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
    let secretKey = walk.optional("secret_key", request?.secretKey, ProviderSecretForm())
    let webhookSecrets = walk.optional(
      "webhook_secrets", request?.webhookSecrets,
      .list(ProviderSecretForm(), 0...PaymentSettings.webhookSecretsMax),
      "All that are in use, the newest first: two while one is exchanged.")
    guard let service, let capture, let paySeconds, let withoutRoom, let publishableKey, let secretKey,
      let webhookSecrets
    else { return nil }
    return Self(
      service: service, capture: capture, paySeconds: paySeconds, withoutRoom: withoutRoom,
      publishableKey: publishableKey, secretKey: secretKey, webhookSecrets: webhookSecrets)
  }
}

/// A secret of a provider's: 1 to 255 visible ASCII characters, so that a line end or a blank that came along is found at
/// once. No message repeats it.
private struct ProviderSecretForm: ValueForm {
  private static let charactersMax = 255

  func read(_ value: ValueReader) -> String? {
    value.parsed(maxLength: Self.charactersMax, as: "a secret of visible ASCII characters") { text in
      !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
  }

  func write(_ secret: String, to writer: inout JSONWriter) { writer.string(secret) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    ["type": "string", "minLength": 1, "maxLength": .int(Int64(Self.charactersMax)), "pattern": "^[!-~]+$"]
  }
}
