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
      "publishable_key", request?.publishableKey.map(\.text), ProviderKeyForm(.publishable))
    let secretKey = walk.optional("secret_key", request?.secretKey, ProviderKeyForm(.secret))
    let webhookSecrets = walk.optional(
      "webhook_secrets", request?.webhookSecrets,
      .list(ProviderKeyForm(.webhook), 0...PaymentSettings.webhookSecretsMax),
      "All that are in use, the newest first: two while one is exchanged.")
    guard let service, let capture, let paySeconds, let withoutRoom, let publishableKey, let secretKey,
      let webhookSecrets
    else { return nil }
    return Self(
      service: service, capture: capture, paySeconds: paySeconds, withoutRoom: withoutRoom,
      publishableKey: publishableKey.map { PublishableKey($0) }, secretKey: secretKey,
      webhookSecrets: webhookSecrets)
  }
}

/// A key of a provider's, by the words that its kind begins with: a secret that is taken for a public key would be shown to
/// everybody. Otherwise ASCII letters, digits and `_`, so that a line end, a blank or an ellipsis that came along is found at
/// once.
///
/// Source: Stripe's API keys, https://docs.stripe.com/keys, and the signing secrets of its webhook endpoints.
public enum ProviderKeyKind: Sendable {
  /// What a service shows to the provider.
  case secret
  /// What browsers show to it.
  case publishable
  /// What the provider signs its messages with.
  case webhook

  /// The most characters of one; a publishable key is stored as names are.
  fileprivate var charactersMax: Int { self == .publishable ? TextLimit.identifier : 255 }

  fileprivate var beginnings: [String] {
    switch self {
    case .secret: ["sk_", "rk_"]
    case .publishable: ["pk_"]
    case .webhook: ["whsec_"]
    }
  }

  /// What it is, and how to know one.
  public var words: String {
    switch self {
    case .secret: "a secret key, which begins with sk_ or rk_"
    case .publishable: "a publishable key, which begins with pk_"
    case .webhook: "a webhook's signing secret, which begins with whsec_"
    }
  }

  /// Whether a text may be one.
  public func accepts(_ text: String) -> Bool {
    guard text.utf8.count <= charactersMax,
      let beginning = beginnings.first(where: { text.utf8.starts(with: $0.utf8) })
    else { return false }
    let rest = text.utf8.dropFirst(beginning.utf8.count)
    return !rest.isEmpty && rest.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
  }
}

/// A key of a kind; no message repeats it.
private struct ProviderKeyForm: ValueForm {
  private let kind: ProviderKeyKind

  init(_ kind: ProviderKeyKind) { self.kind = kind }

  func read(_ value: ValueReader) -> String? {
    value.parsed(maxLength: kind.charactersMax, as: kind.words) { kind.accepts($0) ? $0 : nil }
  }

  func write(_ key: String, to writer: inout JSONWriter) { writer.string(key) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    [
      "type": "string", "maxLength": .int(Int64(kind.charactersMax)),
      "pattern": .text("^(\(kind.beginnings.joined(separator: "|")))[A-Za-z0-9_]+$"),
    ]
  }
}
